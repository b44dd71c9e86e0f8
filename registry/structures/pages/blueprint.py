"""The blueprint of structures and what its pages share."""

from __future__ import annotations

from typing import Any

from registry.authz.blueprint import GuardedBlueprint
from registry.kernel.http.pages import html_errors
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds import KINDS

bp = GuardedBlueprint("structures", __name__, errors=html_errors)

STATUS_TONES = {
    Status.PLANNED: "neutral",
    Status.BUILDING: "info",
    Status.ACTIVE: "good",
    Status.SUSPENDED: "warn",
    Status.DECOMMISSIONED: "dark",
    Status.REMOVED: "dark",
}


def words() -> dict[str, Any]:
    """Code -> words of the closed lists that lists, map and cards show."""
    return {
        "kinds": {code: kind.label for code, kind in KINDS.items()},
        "sharing": {member.value: member.label for member in SharingStatus},
        "statuses": {member.value: member.label for member in Status},
        "status_tones": STATUS_TONES,
    }
