"""Whose paper it is: the body above an agency, the agency in lines, and its sign in the number."""

from __future__ import annotations

from sqlalchemy import select

from registry.accounts.models import Organisation, OrganisationKind
from registry.authz.actors import Ctx
from registry.documents.official import BLANK, agency_lines
from registry.territory.models import AdminUnit, UnitLevel


def letterhead(ctx: Ctx, agency: Organisation) -> tuple[str, list[str]]:
    """The body above an agency ("" for a committee), and its name in lines, all in capitals."""
    if agency.kind is not OrganisationKind.DEPARTMENT:
        return "", agency_lines(agency.name)
    query = select(AdminUnit.name).where(AdminUnit.level == UnitLevel.PROVINCE, AdminUnit.in_force(ctx.today))
    province = (ctx.session.scalars(query.limit(1)).one_or_none() or "tỉnh").upper()
    # The line above names the province already.
    return f"UBND {province}", [agency.name.upper().removesuffix(f" {province}")]


def draft_number(kind: str, agency: Organisation) -> str:
    """The number of a paper before it is signed: blank, its kind, and the sign of the agency that is on record."""
    return f"{BLANK}/{'-'.join(filter(None, (kind, agency.paper_sign)))}"


def head_of(agency: Organisation) -> str:
    """Who signs for an agency."""
    return "GIÁM ĐỐC" if agency.kind is OrganisationKind.DEPARTMENT else "CHỦ TỊCH"
