"""What a token may be for, and the permissions that each scope leaves of its owner's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from registry.authz.permissions import P
from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l


class TokenScope(Choice):
    """What a token may read."""

    STRUCTURES = "structures", _l("Công trình")
    ROUTES = (
        "routes",
        _l(
            "Tuyến đường trong danh mục, quy định và thi công trên tuyến phố, địa điểm cung cấp, quy hoạch, phương án "
            "xây dựng chung"
        ),
    )
    VIOLATIONS = "violations", _l("Vi phạm")
    INCIDENTS = "incidents", _l("Sự cố")


PERMISSIONS: Final[dict[TokenScope, frozenset[P]]] = {
    # Those to be built, too.
    TokenScope.STRUCTURES: frozenset({P.STRUCTURE_READ, P.BUILDING_NOTICE_READ}),
    TokenScope.ROUTES: frozenset(
        {
            *(P.ROUTELIST_ITEMS, P.ROUTELIST_READ, P.STREET_RULE_READ, P.STREET_WORK_READ),
            *(P.OFFERED_SITE_READ, P.INFRA_PLAN_READ, P.JOINT_BUILD_READ),
        }
    ),
    TokenScope.VIOLATIONS: frozenset({P.VIOLATION_READ, P.VIOLATION_PLACE}),
    # With their place, which those who triage and mend them know: routes that take tokens change nothing.
    TokenScope.INCIDENTS: frozenset({P.INCIDENT_READ, P.INCIDENT_FOLLOW, P.INCIDENT_TRIAGE, P.INCIDENT_WORK}),
}


def permissions_of(scopes: Iterable[str]) -> frozenset[P]:
    """The permissions that a token with these scopes has at most."""
    return frozenset[P]().union(*(PERMISSIONS[TokenScope(scope)] for scope in scopes))
