"""The blueprint of structures and what its pages share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import get_template_attribute

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, current_locale
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds import KINDS
from registry.structures.positions.moment import AS_OF, RECORDED_AT, When, format_moment

bp = GuardedBlueprint("structures", __name__, errors=html_errors)
STATUS_TONES = {
    Status.PLANNED: "neutral",
    Status.BUILDING: "info",
    Status.ACTIVE: "good",
    Status.SUSPENDED: "warn",
    Status.DECOMMISSIONED: "dark",
    Status.REMOVED: "dark",
}


@dataclass(frozen=True)
class Badges:
    """The rendered badges of the closed lists, cached for each language."""

    status: dict[Status, str]
    sharing: dict[SharingStatus, str]
    #: Replaces the name of a structure known by its cell only.
    cell: str


def badges() -> Badges:
    """The badges in the language of this request."""
    return _badges(str(current_locale()))


@lru_cache(maxsize=4)
def _badges(_locale: str) -> Badges:
    state, sharing, approximate = (
        get_template_attribute("macros/badge.html", name) for name in ("badge", "sharing", "approximate")
    )
    return Badges(
        {member: state(member.label, STATUS_TONES[member]) for member in Status},
        {member: sharing(member.value, member.label) for member in SharingStatus},
        approximate(_("Chỉ hiển thị theo ô lưới")),
    )


def code_labels() -> dict[str, Any]:
    """Code -> label of the closed lists that lists, map and cards show."""
    return {
        "kinds": {code: str(kind.label) for code, kind in KINDS.items()},
        "sharing": {member.value: member.label for member in SharingStatus},
        "statuses": {member.value: member.label for member in Status},
        "status_tones": STATUS_TONES,
    }


def moment(ctx: Ctx, when: When | None, pairs: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """The data of the time control and banner of a page; `pairs` are the other arguments of its address."""
    return {
        "sentence": when.text(ctx.now) if when is not None else None,
        AS_OF: when.as_of if when is not None else None,
        RECORDED_AT: format_moment(when.recorded_at) if when is not None and when.recorded_at is not None else "",
        "pairs": [(name, value) for name, value in pairs if value and name not in (AS_OF, RECORDED_AT, "cursor")],
        "query": when.query if when is not None else "",
    }
