"""Who takes part in an incident, as recipients of its notices."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx, Role
from registry.incidents.case_facts import tenants_of
from registry.incidents.codes import AGENCY_ROLES, Agency
from registry.incidents.models import Incident, Storm
from registry.kernel.fields import labels_of
from registry.kernel.i18n import _l
from registry.notices.events import ROLE_PARTIES, Audience, Party
from registry.workflow.definition import Crowd


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


PARTIES: Final = {
    "agency": Party(labels_of(Incident)["agency"], _in_charge, watches=True),
    "asked": Party(_l("Cơ quan được đề nghị tiếp nhận"), _asked, watches=True),
    "commune": Party(_l("UBND xã, phường"), _commune, watches=True),
    "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead, watches=True),
    "province": ROLE_PARTIES[Role.PROVINCIAL_PC.value],
    "responsible": Party(_l("Đơn vị chịu trách nhiệm"), _responsible),
    "tenants": Party(_l("Đơn vị có thiết bị trên công trình"), _tenants),
}
#: Kind of storms in notices and in the audit log.
STORM: Final = "incident_storm"


def storm_of(ctx: Ctx, case: Incident) -> Crowd | None:
    """The storm of a case: hundreds of its terms may end at once, and each recipient gets one notice of them."""
    if case.storm_id is None:
        return None
    return Crowd(STORM, case.storm_id, {"name": ctx.session.get_one(Storm, case.storm_id).name})
