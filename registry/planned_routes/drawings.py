"""Planned routes as straight-line diagrams: metres re-used and to be built, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from registry.drawings.drawing import Drawing, route_drawing
from registry.drawings.facts import RouteFacts, Run, amount
from registry.kernel.i18n import _, format_number
from registry.planned_routes.between import ShownPath, ShownStep
from registry.planned_routes.path_search import DUG
from registry.planned_routes.queries import WAY_LABELS, RouteCandidate, RoutePart, RoutePlan


def draw_plan(plan: RoutePlan) -> Drawing:
    """The chosen way to build along a line."""
    stated = (
        (_("Chiều dài tuyến"), amount(plan.length_m, decimals=0)),
        (_("Dùng lại được"), amount(plan.chosen.reused_m, decimals=0)),
        (_("Phải xây mới"), amount(plan.chosen.new_m, decimals=0)),
    )
    title = _("Sơ đồ thẳng của tuyến: %(option)s", option=plan.chosen.label)
    return route_drawing(RouteFacts("plan", title, tuple(map(_part, plan.parts)), stated))


def draw_path(shown: ShownPath, labels: dict[str, Any]) -> Drawing:
    """A path between two points; `labels` name the ways of its steps."""
    stated = (
        (_("Chiều dài tuyến"), amount(shown.path.metres, decimals=0)),
        (_("Dùng lại được"), amount(shown.path.reused_m, decimals=0)),
        (_("Phải xây mới"), amount(shown.path.dug_m, decimals=0)),
    )
    title = _("Sơ đồ thẳng của tuyến: %(option)s", option=shown.label)
    runs = tuple(_step(step, labels) for step in shown.steps)
    return route_drawing(RouteFacts(f"path-{shown.key}", title, runs, stated))


def _part(part: RoutePart) -> Run:
    if not part.stretch.is_gap:
        return Run("reused", str(WAY_LABELS[part.stretch.way or ""]), part.stretch.metres, _of(part.used))
    if part.full:
        return Run("full", _("Có công trình nhưng chưa dùng được"), part.stretch.metres, _of(part.full))
    return Run("new", _("Phải xây mới"), part.stretch.metres)


def _step(shown: ShownStep, labels: dict[str, Any]) -> Run:
    style = "new" if shown.step.way in DUG else "reused"
    return Run(style, str(labels[shown.step.way]), shown.step.metres, _of(shown.used) or shown.step.label or "")


def _of(candidates: Iterable[RouteCandidate]) -> str:
    """The owner and the first code of what a part runs along."""
    listed = list(candidates)
    if not listed:
        return ""
    owners = ", ".join(dict.fromkeys(candidate.carrier.owner for candidate in listed))
    more = f" + {format_number(len(listed) - 1)}" if len(listed) > 1 else ""
    return f"{listed[0].carrier.code}{more} · {owners}"
