"""Whose paper it is: the body above an agency, and the agency in lines."""

from __future__ import annotations

from sqlalchemy import select

from registry.accounts.models import Organisation, OrganisationKind
from registry.authz.actors import Ctx
from registry.documents.official import agency_lines
from registry.territory.models import AdminUnit, UnitLevel


def letterhead(ctx: Ctx, agency: Organisation) -> tuple[str, list[str]]:
    """The body above an agency ("" for a committee), and its name in lines, all in capitals."""
    if agency.kind is not OrganisationKind.DEPARTMENT:
        return "", agency_lines(agency.name)
    query = select(AdminUnit.name).where(AdminUnit.level == UnitLevel.PROVINCE, AdminUnit.in_force(ctx.today))
    province = (ctx.session.scalars(query.limit(1)).one_or_none() or "tỉnh").upper()
    # The line above names the province already.
    return f"UBND {province}", [agency.name.upper().removesuffix(f" {province}")]


def head_of(agency: Organisation) -> str:
    """Who signs for an agency."""
    return "GIÁM ĐỐC" if agency.kind is OrganisationKind.DEPARTMENT else "CHỦ TỊCH"
