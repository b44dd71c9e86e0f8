"""What files can belong to: higher features register their objects here, with the check of who may do what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import NotFound


@dataclass(frozen=True)
class Subject:
    """A kind of object with attachments.

    `authorise(ctx, id, permission)` returns the id of the organisation that owns the object, and raises NotFound or
    Forbidden where the actor does not hold the permission (FILE_READ or FILE_ADD) for it. `page` is the endpoint of
    the object's page, `argument` the name of the id in its address. `keeps(ctx, id)` tells whether what was attached
    stays: the papers of a case that others rely on.
    """

    kind: str
    authorise: Callable[[Ctx, int, P], int]
    page: str
    argument: str
    keeps: Callable[[Ctx, int], bool] | None = None


_subjects: dict[str, Subject] = {}


def register_subject(subject: Subject) -> None:
    """Let objects of this kind have attachments (wiring calls it once for each)."""
    _subjects[subject.kind] = subject


def subject_of(kind: str) -> Subject:
    """The registered kind; NotFound for any other."""
    if kind not in _subjects:
        raise NotFound
    return _subjects[kind]
