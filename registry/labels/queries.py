"""Reads of labels: the card of a code, sheets, the labels of a structure. None reads a position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, func, select

from registry.accounts.actor import in_force
from registry.accounts.models import Organisation, RoleAssignment, UserAccount
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.labels.models import StructureLabel
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter, where_of
from registry.structures.models import Structure
from registry.structures.visibility import IS_RESTRICTED

#: Sheets on the page that lists them.
LISTED: Final = 100


@dataclass(frozen=True)
class Card:
    """What a printed code shows to the public; `structure` is None for a restricted structure."""

    structure: Any
    #: Whether the reader sees the structure exactly and may open its full page.
    exact: bool


def get_card(ctx: Ctx, code: str | None) -> Card:
    """The card of a code; NotFound with the same message for unknown, revoked and malformed codes."""
    query = (
        select(
            Structure.code,
            Structure.kind,
            Organisation.name.label("owner"),
            Organisation.hotline,
            IS_RESTRICTED.clause(Structure).label("restricted"),
            positions.sees_exactly(ctx).label("exact"),
        )
        .select_from(StructureLabel)
        .join(Structure, Structure.id == StructureLabel.structure_id)
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .where(StructureLabel.code == code, StructureLabel.revoked_at.is_(None))
    )
    row = ctx.session.execute(query).one_or_none() if code is not None else None
    if row is None:
        raise NotFound(
            _("Mã trên nhãn không có trong hệ thống hoặc nhãn đã được thu hồi; hãy kiểm tra lại mã đã nhập.")
        )
    return Card(row if row.exact or not row.restricted else None, bool(row.exact))


def find_labelled(ctx: Ctx, code: str | None) -> Row[Any] | None:
    """Id, code, kind of the structure of a valid code, and whether it is restricted; None for any other code."""
    query = (
        select(
            Structure.id,
            Structure.code,
            Structure.kind,
            IS_RESTRICTED.clause(Structure).label("restricted"),
        )
        .join(StructureLabel, StructureLabel.structure_id == Structure.id)
        .where(StructureLabel.code == code, StructureLabel.revoked_at.is_(None))
    )
    row: Any = ctx.session.execute(query).one_or_none() if code is not None else None
    return row  # type: ignore[no-any-return]


def sheets_query(ctx: Ctx) -> Select[Any]:
    """Sheets with labels of structures that the actor may label, newest first."""
    label = StructureLabel
    columns: tuple[Any, ...] = (
        label.sheet_id,
        func.count().label("total"),
        func.count(label.revoked_at).label("revoked"),
        func.min(label.issued_at).label("issued_at"),
        func.min(UserAccount.full_name).label("issued_by"),
    )
    return (
        select(*columns)
        .join(Structure, Structure.id == label.structure_id)
        .join(UserAccount, UserAccount.id == label.issued_by_id)
        .where(visible(ctx, Structure, P.LABEL_PRINT))
        .group_by(label.sheet_id)
        .order_by(label.sheet_id.desc())
        .limit(LISTED)
    )


def list_labels(ctx: Ctx, sheet_id: int) -> list[Row[Any]]:
    """The labels of a sheet in the order of the request; NotFound where the actor may label none."""
    rows = list(
        ctx.session.execute(_labels(ctx).where(StructureLabel.sheet_id == sheet_id).order_by(StructureLabel.id))
    )
    if not rows:
        raise NotFound(_("Không có tờ nhãn này, hoặc không có quyền xem."))
    return rows


def labels_of(ctx: Ctx, structure_id: int) -> list[Row[Any]]:
    """The valid labels of a structure, newest first; none where the actor may not issue them."""
    query = _labels(ctx).where(StructureLabel.structure_id == structure_id, StructureLabel.revoked_at.is_(None))
    return list(ctx.session.execute(query.order_by(StructureLabel.id.desc())))


def _labels(ctx: Ctx) -> Any:
    return (
        select(
            StructureLabel.id,
            StructureLabel.code,
            StructureLabel.sheet_id,
            StructureLabel.issued_at,
            StructureLabel.revoked_at,
            UserAccount.full_name.label("issued_by"),
            Structure.code.label("structure_code"),
            Structure.name,
            Structure.kind,
            Organisation.short_name.label("owner"),
            Organisation.hotline,
        )
        .join(Structure, Structure.id == StructureLabel.structure_id)
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .join(UserAccount, UserAccount.id == StructureLabel.issued_by_id)
        .where(visible(ctx, Structure, P.LABEL_PRINT))
    )


def printable_codes(ctx: Ctx, structure_filter: StructureFilter, limit: int) -> list[str]:
    """Codes of standing structures that match a filter and the actor may label; `limit` + 1 where there are more."""
    printable = select(Structure.id).where(visible(ctx, Structure, P.LABEL_PRINT), Structure.is_there_rule())
    readable_rows = positions.readable(ctx)
    query = select(readable_rows.c.code).where(
        readable_rows.c.exact, readable_rows.c.id.in_(printable), *where_of(ctx, readable_rows, structure_filter)
    )
    return list(positions.run(ctx, query.order_by(readable_rows.c.code).limit(limit + 1)).scalars())


def get_label(ctx: Ctx, label_id: int, *, lock: bool = False) -> tuple[StructureLabel, Any]:
    """A label and its structure (code, owner_organisation_id); NotFound where the actor may not issue it."""
    query = (
        select(StructureLabel, Structure.code, Structure.owner_organisation_id)
        .join(Structure, Structure.id == StructureLabel.structure_id)
        .where(StructureLabel.id == label_id, visible(ctx, Structure, P.LABEL_PRINT))
    )
    row = ctx.session.execute(query.with_for_update(of=StructureLabel) if lock else query).one_or_none()
    if row is None:
        raise NotFound
    return row.StructureLabel, row


def lead_department(ctx: Ctx) -> Any:
    """Name, hotline and e-mail of the department that leads the register today, or None."""
    leading = (
        select(UserAccount.organisation_id)
        .join(RoleAssignment, RoleAssignment.user_id == UserAccount.id)
        .where(RoleAssignment.role == Role.LEAD_DEPARTMENT, UserAccount.is_active, *in_force(ctx.today))
    )
    query = (
        select(Organisation.name, Organisation.hotline, Organisation.email)
        .where(Organisation.id.in_(leading))
        .order_by(Organisation.id)
        .limit(1)
    )
    return ctx.session.execute(query).one_or_none()
