"""The page of one structure: attributes, position, places and files of higher features, history."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.accounts.queries import describe_holder
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.contract import Problem
from registry.structures.forms import StepForm
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.pages.blueprint import bp, words
from registry.structures.pages.facts import cell_of, groups_of, position_of
from registry.structures.pages.past import moment, past_page
from registry.structures.panels import panels_of
from registry.structures.past.when import read_when
from registry.structures.queries import get_coarse, get_code, get_structure
from registry.structures.references import visible_values
from registry.structures.service.edit import current_values
from registry.structures.service.values import warnings_of
from registry.structures.timeline import entries
from registry.territory.models import AdminUnit
from registry.territory.queries import UnitHit, get_unit

STEPS = {
    "confirm": P.STRUCTURE_CONFIRM,
    "suspend": P.STRUCTURE_SUSPEND,
    "resume": P.STRUCTURE_SUSPEND,
    "decommission": P.STRUCTURE_DECOMMISSION,
}


@bp.get("/structures/by-id/<int:structure_id>", permission=P.PUBLIC)
def by_id(ctx: Ctx, structure_id: int) -> Response:
    """The page of a structure by its row number (map, files), of the same time."""
    when = read_when(request.args)
    address = url_for("structures.detail", code=get_code(ctx, structure_id, when))
    return redirect(f"{address}?{when.query}" if when is not None else address)


@bp.get("/structures/<code>", permission=P.PUBLIC)
def detail(ctx: Ctx, code: str) -> str:
    """The full page for who sees the structure exactly, else kind, owner category and cell; of the past as it was."""
    when = read_when(request.args)
    if when is not None:
        return past_page(ctx, code, when)
    row = get_coarse(ctx, code)
    if not row.exact:
        cell = cell_of(ctx, positions.geojson_of(ctx, row.id))
        return render_template("structures/coarse.html", row=row, moment=moment(ctx, None), **cell, **words())
    structure = get_structure(ctx, code, KINDS[row.kind].model)
    panels = panels_of(ctx, structure)
    position = position_of(ctx, positions.given_of(ctx, structure.id))
    return render_template(
        "structures/detail.html",
        structure=structure,
        kind=KINDS[structure.kind],
        groups=groups_of(
            structure.kind,
            visible_values(ctx, structure.kind, structure.owner_organisation_id, current_values(structure)),
        ),
        moment=moment(ctx, None),
        position=position,
        owner=describe_holder(ctx.session, structure.owner_organisation_id, row.owner_name, ctx.today),
        commune=_commune(ctx, structure, position["now"]),
        warnings=_warnings(ctx, structure),
        panels=panels,
        **{name: value for panel in panels for name, value in panel.data.items()},
        timeline=entries(ctx, structure) if allowed(ctx, P.STRUCTURE_HISTORY, structure) else None,
        may={name: allowed(ctx, permission, structure) for name, permission in STEPS.items()},
        may_edit=allowed(ctx, P.STRUCTURE_EDIT, structure),
        step_form=StepForm(formdata=None, version=str(structure.version)),
        **words(),
    )


def _commune(ctx: Ctx, structure: Structure, now: UnitHit | None) -> UnitHit | AdminUnit | None:
    """The recorded commune; mostly it is the one that the place lies in now, which is known already."""
    if structure.commune_id is None:
        return None
    return now if now is not None and now.id == structure.commune_id else get_unit(ctx.session, structure.commune_id)


def _warnings(ctx: Ctx, structure: Structure) -> list[Problem]:
    found = warnings_of(ctx.session, KINDS[structure.kind], current_values(structure), ctx.today)
    if structure.outside_area:
        found.append(
            Problem("position", _("Công trình nằm ngoài địa bàn tỉnh, được quản trị cho phép ghi nhận."), blocks=False)
        )
    return found
