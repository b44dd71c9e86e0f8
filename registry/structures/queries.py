"""Reads of structures: one record, its code, owners; all through the selectable of positions."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation
from registry.accounts.queries import may_own
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, allowed, get_visible, require, scopes_of
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.models import Structure
from registry.structures.positions.moment import When


def get_structure(ctx: Ctx, code: str, model: type[Structure] = Structure) -> Structure:
    """One structure with all its fields; NotFound unless the actor sees it exactly.

    With the `model` of its kind one query reads the columns of both tables.
    """
    message = _("Không có công trình nào mang mã “%(code)s”, hoặc không có quyền xem.", code=code)
    base = get_visible(ctx, model, P.STRUCTURE_READ, model.code == code, message=message)
    log_access(ctx, "detail", [base.owner_organisation_id], code=code)
    return cast("Structure", base)


def get_coarse(ctx: Ctx, code: str) -> Row[Any]:
    """One structure as far as the actor may see it, exact or coarse, with `owner_name`; NotFound otherwise."""
    readable_rows = positions.readable(ctx)
    query = select(readable_rows, Organisation.short_name.label("owner_name")).where(readable_rows.c.code == code)
    query = query.outerjoin(Organisation, Organisation.id == readable_rows.c.owner_organisation_id)
    row = positions.run(ctx, query).one_or_none()
    if row is None:
        raise NotFound(_("Không có công trình nào mang mã “%(code)s”, hoặc không có quyền xem.", code=code))
    return row


def list_owners(session: Session) -> list[Organisation]:
    """The organisations that own structures, by name."""
    # A loose index scan from owner to owner: SELECT DISTINCT would read all structures.
    owner = Structure.owner_organisation_id
    owning = select(func.min(owner).label("id")).cte("owning", recursive=True)
    after = select(func.min(owner)).where(owner > owning.c.id).scalar_subquery()
    owning = owning.union_all(select(after).where(owning.c.id.is_not(None)))
    query = select(Organisation).where(Organisation.id.in_(select(owning.c.id))).order_by(Organisation.short_name)
    return list(session.scalars(query))


def list_possible_owners(ctx: Ctx) -> list[Organisation]:
    """The organisations for which the actor may register structures: its own, or all owners."""
    if ALL in scopes_of(ctx.actor, P.STRUCTURE_CREATE):
        query = select(Organisation).where(may_own(ctx.today))
    else:
        query = select(Organisation).where(
            Organisation.id == ctx.actor.organisation_id,
            or_(Organisation.valid_to.is_(None), Organisation.valid_to >= ctx.today),
        )
    return list(ctx.session.scalars(query.order_by(Organisation.short_name)))


def get_code(ctx: Ctx, structure_id: int, when: When | None = None) -> str:
    """The code of a structure that the actor may see; NotFound otherwise."""
    readable_rows = positions.readable(ctx, when)
    code: str | None = positions.run(
        ctx, select(readable_rows.c.code).where(readable_rows.c.id == structure_id)
    ).scalar()
    if code is None:
        raise NotFound
    return code


def owner_of_files(ctx: Ctx, structure_id: int, permission: P) -> int:
    """The owner of a structure's files; Forbidden without `permission` for it, NotFound where it is not visible."""
    structure = ctx.session.get(Structure, structure_id)
    if structure is None or not allowed(ctx, P.STRUCTURE_READ, structure):
        raise NotFound
    require(ctx, permission, structure)
    return structure.owner_organisation_id


def owner_name(session: Session, organisation_id: int | None) -> str | None:
    return session.scalar(select(Organisation.short_name).where(Organisation.id == organisation_id))
