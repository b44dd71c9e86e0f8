"""Who takes part in an incident, as recipients of its notices.

Incidents of a storm have no notices of their own, or hundreds would come at once: one notice announces each file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from registry.authz.actors import Ctx, Role
from registry.incidents.codes import AGENCY_ROLES, Agency
from registry.incidents.models import Incident
from registry.incidents.moves import tenants_of
from registry.kernel.i18n import _l
from registry.notices.service import Audience
from registry.workflow.definition import Party


def _in_charge(ctx: Ctx, case: Incident) -> Audience:
    del ctx
    units = frozenset({case.unit_id}) if case.agency is Agency.COMMUNE else frozenset()
    return Audience(roles=AGENCY_ROLES[case.agency], unit_ids=units)


def _asked(ctx: Ctx, case: Incident) -> Audience:
    del ctx
    agency = case.agency_asked
    if agency is None:
        return Audience()
    units = frozenset({case.unit_id}) if agency is Agency.COMMUNE else frozenset()
    return Audience(roles=AGENCY_ROLES[agency], unit_ids=units)


def _commune(ctx: Ctx, case: Incident) -> Audience:
    del ctx
    return Audience(roles=frozenset({Role.COMMUNE_PC, Role.AREA_INSPECTOR}), unit_ids=frozenset({case.unit_id}))


def _lead(ctx: Ctx, case: Incident) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


def _responsible(ctx: Ctx, case: Incident) -> Audience:
    del ctx
    return Audience(organisation_ids=frozenset({case.organisation_id} if case.organisation_id else set()))


def _tenants(ctx: Ctx, case: Incident) -> Audience:
    return Audience(organisation_ids=tenants_of(ctx, case))


def _of_one(audience: Callable[[Ctx, Incident], Audience]) -> Callable[[Ctx, Incident], Audience]:
    def of_case(ctx: Ctx, case: Incident) -> Audience:
        return Audience() if case.storm_id is not None else audience(ctx, case)

    return of_case


PARTIES: Final = {
    "agency": Party(_l("Cơ quan thụ lý"), _of_one(_in_charge)),
    "asked": Party(_l("Cơ quan được đề nghị tiếp nhận"), _asked),
    "commune": Party(_l("UBND xã, phường"), _of_one(_commune)),
    "lead": Party(_l("Sở Khoa học và Công nghệ"), _of_one(_lead)),
    "responsible": Party(_l("Đơn vị chịu trách nhiệm"), _of_one(_responsible)),
    "tenants": Party(_l("Đơn vị có thiết bị trên công trình"), _of_one(_tenants)),
}
