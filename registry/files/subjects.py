"""The kinds of objects with attachments, and their access checks; features provide them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import NotFound
from registry.kernel.feature import KeyedExtensionPoint


@dataclass(frozen=True)
class FileSubject:
    """A kind of object with attachments.

    `authorise(ctx, id, permission)` returns the id of the organisation that owns the object, and raises NotFound or
    Forbidden where the actor does not hold the permission (FILE_READ or FILE_ADD) for it. `page` is the endpoint of
    the object's page, `argument` the name of the id in its URL. `is_locked(ctx, id)`: whether attachments can no
    longer be withdrawn, such as the papers of a submitted case. `more_types` are accepted besides `files.types.TYPES`.
    """

    kind: str
    authorise: Callable[[Ctx, int, P], int]
    page: str
    argument: str
    is_locked: Callable[[Ctx, int], bool] | None = None
    more_types: Mapping[str, str] = field(default_factory=dict)


FILE_SUBJECTS = KeyedExtensionPoint[FileSubject]("files.subjects", key=lambda subject: subject.kind)


def subject_of(kind: str) -> FileSubject:
    """NotFound for a kind without attachments."""
    if kind not in FILE_SUBJECTS:
        raise NotFound
    return FILE_SUBJECTS[kind]
