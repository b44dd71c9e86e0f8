"""Files of structures: who may read and add them, and their part of the page."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, require
from registry.files.queries import list_files
from registry.kernel.errors import NotFound
from registry.structures.models import Structure
from registry.structures.panels import Panel

SUBJECT = "structure"


def owner_of_files(ctx: Ctx, structure_id: int, permission: P) -> int:
    """The organisation that owns a structure's files; refuses whoever does not hold `permission` for it."""
    structure = ctx.session.get(Structure, structure_id)
    if structure is None or not allowed(ctx, P.STRUCTURE_READ, structure):
        raise NotFound
    require(ctx, permission, structure)
    return structure.owner_organisation_id


def files_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The files of a structure, for who may read them."""
    if not allowed(ctx, P.FILE_READ, structure):
        return None
    data = {
        "links": list_files(ctx, SUBJECT, structure.id),
        "subject_kind": SUBJECT,
        "subject_id": structure.id,
        "can_add": allowed(ctx, P.FILE_ADD, structure),
        "can_withdraw": allowed(ctx, P.FILE_ADD, structure),
    }
    return Panel("files", "files/panel.html", data)
