"""Names of the things that the audit log speaks of, and the versioned tables whose changes it shows; features provide
both.

A feature names only what the reader may see: what it does not name is shown by its kind alone, and what the reader
cannot open shows no values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.feature import Contribution, KeyedExtensionPoint


@dataclass(frozen=True)
class Named:
    """The name of a thing, and the address of its page if the reader may open it."""

    text: str
    url: str | None = None


@dataclass(frozen=True)
class Subject:
    """One kind of object of audit events."""

    #: The things of these ids that the reader may see.
    names: Callable[[Ctx, Collection[int]], Mapping[int, Named]]
    #: The ids of the visible things whose names hold all of these words; None: not found by words.
    find: Callable[[Ctx, Sequence[str]], Select[Any]] | None = None


#: By the kind of the object; columns that refer to a table are named by the subject of that table.
SUBJECTS = KeyedExtensionPoint[Subject]("audit.subjects")


@dataclass(frozen=True)
class Tracked:
    """A versioned table whose changes are shown: field by field, with the values before and after."""

    model: Any
    #: Column -> its label, or its declaration (registry.kernel.fields.Field). Positions are never among them.
    fields: Callable[[], Mapping[str, Any]]
    #: The kind of object that a row belongs to, and the column with its id: values are shown to those who may open it.
    subject: str
    subject_id: str = "id"
    #: What the reader needs besides.
    permission: P | None = None
    #: Whether the values of a first version are shown, too.
    shows_first: bool = False
    #: Further columns of a row that `show` reads.
    needs: tuple[str, ...] = ()
    #: A value in words where its type does not say it: column, value, row; None for the usual form.
    show: Callable[[str, Any, Any], str | None] | None = None


#: By the name of the table.
TRACKED = KeyedExtensionPoint[Tracked]("audit.tracked", key=lambda tracked: tracked.model.__tablename__)


def named_subject(kind: str, subject: Subject, *tracked: Tracked) -> tuple[Contribution, ...]:
    """A kind of object and the tables whose rows belong to it, for `Feature.provides`."""
    return SUBJECTS.named({kind: subject}), TRACKED.of(*tracked)
