"""Whom an occupation concerns, and whom notices about it reach."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.kernel.i18n import _l
from registry.notices.service import Audience
from registry.occupations.models import Occupation
from registry.structures.models import Structure
from registry.workflow.definition import Party


def _owner(ctx: Ctx, case: Occupation) -> Audience:
    del ctx
    return Audience(organisation_ids=frozenset({case.owner_organisation_id}))


def _opener(ctx: Ctx, case: Occupation) -> Audience:
    del ctx
    return Audience(organisation_ids=frozenset({case.opener_organisation_id}))


def _occupant(ctx: Ctx, case: Occupation) -> Audience:
    """Nobody while it is not known who it is."""
    del ctx
    known = case.occupant_organisation_id
    return Audience(organisation_ids=frozenset() if known is None else frozenset({known}))


def _candidates(ctx: Ctx, case: Occupation) -> Audience:
    """All operators, while the owner is looked for; of a restricted structure nobody, as they may not know of it."""
    open_one = select(Structure.id).where(Structure.id == case.structure_id, Structure.is_open_rule())
    if case.occupant_organisation_id is not None or ctx.session.scalar(open_one) is None:
        return Audience()
    return Audience(roles=frozenset({Role.OPERATOR}))


def _inspector(ctx: Ctx, case: Occupation) -> Audience:
    del ctx
    return Audience(roles=frozenset({Role.AREA_INSPECTOR}), unit_ids=frozenset({case.unit_id}))


def _lead(ctx: Ctx, case: Occupation) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


PARTIES: Final = {
    "owner": Party(_l("Chủ sở hữu công trình"), _owner),
    "opener": Party(_l("Đơn vị ghi nhận"), _opener),
    "occupant": Party(_l("Bên bị cho là sử dụng không hợp đồng"), _occupant),
    "candidates": Party(_l("Các doanh nghiệp viễn thông"), _candidates),
    "inspector": Party(_l("Cán bộ kiểm tra địa bàn"), _inspector),
    "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead),
}
