"""Occupations on a structure's page and on the start page."""

from __future__ import annotations

from flask import url_for

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.cables.queries import foreign_uses
from registry.capacity.queries import may_see_holders
from registry.kernel.i18n import _, _n, format_number
from registry.occupations.codes import OccupationState
from registry.occupations.queries import count_unanswered, list_on_structure
from registry.occupations.workflow import OCCUPATION
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel, case_entries
from registry.workflow.worklist import WorklistTask


def occupations_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """Open occupations of a structure, and the button to record one; None if there is nothing to show."""
    may_open = structure.commune_id is not None and allowed(ctx, P.OCCUPATION_OPEN, structure)
    occupations = list_on_structure(ctx, structure.id)
    if not occupations and not may_open:
        return None
    passing = foreign_uses(ctx, structure) if may_open and may_see_holders(ctx, structure) else []
    data = {
        "occupations": occupations,
        "may_open_occupation": may_open,
        "occupation_tones": OCCUPATION.tones,
        "foreign_cables": passing,
    }
    return Panel("occupations", "occupations/panel.html", data, entries=case_entries("occupations.detail", occupations))


def unclaimed_desk_lines(ctx: Ctx) -> list[WorklistTask]:
    """The line with unclaimed equipment that the actor's organisation has not answered yet."""
    count = count_unanswered(ctx)
    if not count:
        return []
    text = _n(
        "%(count)s hồ sơ cáp, thiết bị chưa rõ chủ sở hữu, đề nghị đơn vị nhận diện", count, count=format_number(count)
    )
    return [WorklistTask(text, url_for("occupations.index", state=OccupationState.UNCLAIMED.value), _("Chờ nhận diện"))]
