"""Whom a violation concerns, and whom notices about it reach."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx, Role
from registry.kernel.i18n import _l
from registry.notices.service import Audience
from registry.violations.models import Violation
from registry.workflow.definition import Party


def _in_area(role: Role, case: Violation) -> Audience:
    return Audience(roles=frozenset({role}), unit_ids=frozenset({case.unit_id}))


def _inspector(ctx: Ctx, case: Violation) -> Audience:
    del ctx
    return _in_area(Role.AREA_INSPECTOR, case)


def _commune(ctx: Ctx, case: Violation) -> Audience:
    del ctx
    return _in_area(Role.COMMUNE_PC, case)


def _lead(ctx: Ctx, case: Violation) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


def _accused(ctx: Ctx, case: Violation) -> Audience:
    """Nobody until minutes name it: before, an accusation is only suspected."""
    del ctx
    known = case.organisation_id is not None and case.minutes_number is not None
    return Audience(organisation_ids=frozenset({case.organisation_id} if known and case.organisation_id else set()))


PARTIES: Final = {
    "inspector": Party(_l("Cán bộ kiểm tra địa bàn"), _inspector),
    "commune": Party(_l("UBND xã, phường"), _commune),
    "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead),
    "accused": Party(_l("Tổ chức bị cho là vi phạm"), _accused),
}
