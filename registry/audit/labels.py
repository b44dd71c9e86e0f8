"""Labels of the audit log by their stored codes; features provide them."""

from __future__ import annotations

from typing import Any

from registry.kernel.feature import Contribution, KeyedExtensionPoint

#: By the action that `record` was given; one without a label is shown by its code.
ACTION_LABELS = KeyedExtensionPoint[Any]("audit.actions")
#: By the kind of the object.
OBJECT_LABELS = KeyedExtensionPoint[Any]("audit.objects")
#: By the page that showed an exact position, as stored in a note.
ACCESS_LABELS = KeyedExtensionPoint[Any]("audit.looks")
#: By the part of the program that acted without a browser.
ORIGIN_LABELS = KeyedExtensionPoint[Any]("audit.origins")


def record_labels(kind: str, label: Any, **actions: Any) -> tuple[Contribution, Contribution]:
    """The labels of one kind of object and of the actions on it: `publish` labels the action "<kind>.publish"."""
    return (
        OBJECT_LABELS.named({kind: label}),
        ACTION_LABELS.named({f"{kind}.{name}": text for name, text in actions.items()}),
    )
