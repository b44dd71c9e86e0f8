"""Pages to create and edit a structure, and the steps of its life."""

from __future__ import annotations

import json
from typing import Any

from flask import redirect, render_template, url_for
from wtforms import SelectChoice

from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, require
from registry.kernel.errors import NotFound
from registry.kernel.fields import display_value
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.builder import typed_values, values_of
from registry.kernel.forms.submit import add_errors, submit
from registry.kernel.geo.readings import Bounds
from registry.kernel.geo.vn2000 import ZONE_105
from registry.kernel.i18n import _, _l
from registry.streets.rule_queries import RuleInPlace
from registry.structures import positions
from registry.structures.commands import GivenPosition
from registry.structures.forms import (
    GROUPS,
    StepForm,
    StructureFormBase,
    fields_for,
    form_class,
    is_outside_allowed,
    to_create,
    to_edit,
)
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Kind
from registry.structures.kinds.value_checks import warnings_of
from registry.structures.map.page import position_echo
from registry.structures.models import Structure
from registry.structures.pages.blueprint import bp
from registry.structures.positions.in_streets import rules_for_new
from registry.structures.positions.line_ends import JunctionChoice, choices_of_ends
from registry.structures.queries import get_structure, list_possible_owners
from registry.structures.writing import confirm, create_structure, decommission, edit_structure, resume, suspend
from registry.structures.writing.locate import acceptance_bounds
from registry.territory.queries import commune_choices

_WGS84 = 4326
#: Step -> permission, service, message afterwards.
_STEPS: dict[str, tuple[P, Any, str]] = {
    "confirm": (P.STRUCTURE_CONFIRM, confirm, _l("Đã xác nhận thông tin còn đúng.")),
    "suspend": (P.STRUCTURE_SUSPEND, suspend, _l("Đã tạm ngừng công trình.")),
    "resume": (P.STRUCTURE_SUSPEND, resume, _l("Công trình đã khai thác trở lại.")),
    "decommission": (
        P.STRUCTURE_DECOMMISSION,
        decommission,
        _l("Đã ghi nhận ngừng khai thác; hồ sơ và lịch sử vẫn được giữ."),
    ),
}


@bp.get("/structures/new", permission=P.STRUCTURE_CREATE)
def new(ctx: Ctx) -> str:
    """The choice of the kind to register."""
    require(ctx, P.STRUCTURE_CREATE)
    return render_template("structures/kinds.html", kinds=KINDS.values())


@bp.get("/structures/new/<kind>", permission=P.STRUCTURE_CREATE)
def create(ctx: Ctx, kind: str) -> str:
    """The empty form of a kind."""
    structure_kind = _kind(kind)
    form = _filled_choices(
        ctx,
        form_class(structure_kind.code)(
            status="active", sharing_status=structure_kind.sharing[0].value, position_method="unknown"
        ),
    )
    return _form_page(ctx, form, structure_kind)


@bp.post("/structures/new/<kind>", permission=P.STRUCTURE_CREATE, endpoint="create_post")
def create_post(ctx: Ctx, kind: str) -> Page:
    """Register, or show the form again with all refusals at their fields (422)."""
    structure_kind = _kind(kind)
    form = _filled_choices(ctx, form_class(structure_kind.code)())
    position = form.read_position(structure_kind.code, _bounds(ctx, form))
    if position is not None and form.validate_on_submit() and not form.was_echoed():
        return _form_page(ctx, form, structure_kind, echo=position)
    structure = _submitted(
        ctx,
        form,
        position,
        lambda position_sent: create_structure(ctx, to_create(form, structure_kind.code, position_sent)),
    )
    if structure is None:
        return _form_page(ctx, form, structure_kind), form.refusal_status
    flash_done(ctx, _("Đã đăng ký công trình %(code)s.", code=structure.code))
    return redirect(url_for("structures.detail", code=structure.code), code=303)


@bp.get("/structures/<code>/edit", permission=P.STRUCTURE_EDIT)
def edit(ctx: Ctx, code: str) -> str:
    """The form with the current values."""
    structure = get_structure(ctx, code)
    require(ctx, P.STRUCTURE_EDIT, structure)
    form = _filled_choices(ctx, form_class(structure.kind)(data=_as_typed(ctx, structure)), structure)
    return _form_page(ctx, form, KINDS[structure.kind], structure)


@bp.post("/structures/<code>/edit", permission=P.STRUCTURE_EDIT, endpoint="edit_post")
def edit_post(ctx: Ctx, code: str) -> Page:
    """Save, or show the form again with refusals (422) or with a concurrent change (409)."""
    structure = get_structure(ctx, code)
    require(ctx, P.STRUCTURE_EDIT, structure)
    kind = KINDS[structure.kind]
    form = _filled_choices(ctx, form_class(structure.kind)(), structure)
    moved = (form.position.data or "").strip() != _as_typed(ctx, structure)["position"]
    position = form.read_position(kind.code, None if structure.outside_area else _bounds(ctx, form))
    if moved and position is not None and form.validate_on_submit() and not form.was_echoed():
        return _form_page(ctx, form, kind, structure, echo=position)
    saved = _submitted(
        ctx,
        form,
        position,
        lambda position_sent: edit_structure(ctx, to_edit(form, kind.code, code, position_sent if moved else None)),
        current=structure,
    )
    if saved is None:
        return _form_page(ctx, form, kind, structure), form.refusal_status
    flash_done(ctx, _("Đã lưu công trình %(code)s.", code=code))
    return redirect(url_for("structures.detail", code=code), code=303)


def _submitted(
    ctx: Ctx, form: StructureFormBase, position: GivenPosition | None, call: Any, current: Structure | None = None
) -> Structure | None:
    """Validate everything, so that all refusals are shown at once; call only where the position was read, too."""
    refusal = list(form.position.errors)
    if position is not None:
        return submit(ctx, form, lambda: call(position), current=current)
    form.validate_on_submit()
    form.position.errors = []
    add_errors(form, {"position": refusal})
    return None


for _name in _STEPS:

    def _step(ctx: Ctx, code: str, name: str = _name) -> Page:
        """One step in a structure's life; the permission is checked before the form."""
        permission, service, done = _STEPS[name]
        structure = get_structure(ctx, code)
        require(ctx, permission, structure)
        form = StepForm()
        moved = submit(ctx, form, lambda: service(ctx, form.to_command(code)), current=structure)
        if moved is None:
            return _step_page(form, structure, name), form.refusal_status
        flash_done(ctx, str(done))
        return redirect(url_for("structures.detail", code=code), code=303)

    bp.post(f"/structures/<code>/{_name}", permission=_STEPS[_name][0], endpoint=_name)(_step)


def _step_page(form: StepForm, structure: Structure, step: str) -> str:
    asks = step == "decommission" and bool(form.occupants.errors or form.move_to.errors or form.occupants.data)
    return render_template("structures/step.html", form=form, structure=structure, step=step, asks_occupants=asks)


def _bounds(ctx: Ctx, form: StructureFormBase) -> Bounds | None:
    """The box that positions must be in; None where a place outside the province is allowed."""
    return None if is_outside_allowed(form) else acceptance_bounds(ctx.session, ctx.today)


def _kind(code: str) -> Kind:
    if code not in KINDS:
        raise NotFound(_("Không có loại công trình “%(code)s”.", code=code[:60]))
    return KINDS[code]


def _filled_choices(ctx: Ctx, form: StructureFormBase, structure: Structure | None = None) -> StructureFormBase:
    owners = list_possible_owners(ctx)
    form.owner.choices = [SelectChoice(owner.id, owner.name) for owner in owners]
    if structure is not None:
        del form.owner
    if not holds(ctx.actor, P.STRUCTURE_OUTSIDE_AREA):
        del form.outside_area
    form.stated_commune.choices = [
        SelectChoice(0, _("Chưa khai")),
        *(SelectChoice(*commune) for commune in commune_choices(ctx.session, ctx.today)),
    ]
    return form


def _as_typed(ctx: Ctx, structure: Structure) -> dict[str, Any]:
    stated = positions.given_of(ctx, structure.id)
    typed: dict[str, Any] = dict(typed_values(fields_for(structure.kind), structure))
    typed["position"], typed["system"] = _position_typed(stated)
    typed["version"] = str(structure.version)
    return typed


def _position_typed(stated: Any) -> tuple[str, str]:
    """A position and its system as the form takes them: as given, or in degrees for systems that the form lacks."""
    if stated is None:
        return "", "wgs84"
    systems = {_WGS84: "wgs84", ZONE_105.srid: "vn2000"}
    if stated.given_srid in systems and not stated.given_position.lstrip().upper().startswith(("POINT", "LINESTRING")):
        return stated.given_position, systems[stated.given_srid]
    shape = json.loads(stated.geojson)
    points = [shape["coordinates"]] if shape["type"] == "Point" else shape["coordinates"]
    return "\n".join(f"{lat}, {lon}" for lon, lat in points), "wgs84"


def _junctions(ctx: Ctx, form: StructureFormBase, kind: Kind, structure: Structure | None) -> list[JunctionChoice]:
    """What the fields with the ends of a line offer; a code may be typed as well."""
    if not kind.junction:
        return []
    for name in kind.references:
        form[name].render_kw = {**(form[name].render_kw or {}), "list": "junctions"}
    own = ctx.actor.organisation_ids if structure is None else (structure.owner_organisation_id,)
    junctions = choices_of_ends(ctx, kind.junction, own, None if structure is None else structure.id)
    others = {junction.owner_id for junction in junctions} - set(own)
    log_access(ctx, "line_ends", others, rows=len(junctions), code=structure.code if structure else "")
    return junctions


def _street_rules(
    ctx: Ctx, form: StructureFormBase, kind: Kind, structure: Structure | None, echo: GivenPosition | None
) -> list[RuleInPlace]:
    """The rules of the street at the position that was sent, of an edit without one at the recorded position."""
    geojson = echo.geojson if echo else None if structure is None else positions.geojson_of(ctx, structure.id)
    if geojson is None:
        return []
    fields = fields_for(kind.code)
    if structure is not None and not form.is_submitted():
        values = {name: getattr(structure, name) for name in fields}
    else:
        # A refused field has no value.
        values = {name: getattr(form[name], "value", None) for name in fields}
    return rules_for_new(ctx, kind, kind.settled(values), geojson)


def _form_page(
    ctx: Ctx,
    form: StructureFormBase,
    kind: Kind,
    structure: Structure | None = None,
    echo: GivenPosition | None = None,
) -> str:
    box, conflict = acceptance_bounds(ctx.session, ctx.today), form.conflict
    fields = fields_for(kind.code)
    current = {
        field.label: display_value(field, conflict.current[name])
        for name, field in (fields.items() if conflict else ())
        if conflict
        and name in conflict.current
        and display_value(field, conflict.current[name]) != display_value(field, getattr(form[name], "value", None))
    }
    return render_template(
        "structures/form.html",
        form=form,
        kind=kind,
        structure=structure,
        junctions=_junctions(ctx, form, kind, structure),
        groups=[
            (title, [name for name, f in fields.items() if f.group == code])
            for code, title in GROUPS
            if code != "position"
        ],
        position_fields=[name for name, f in fields.items() if f.group == "position"],
        bounds=[box.west, box.south, box.east, box.north],
        current=current,
        echo=position_echo(ctx, form, echo),
        warnings=warnings_of(ctx.session, kind, kind.settled(values_of(form, fields)), ctx.today) if echo else [],
        street_rules=_street_rules(ctx, form, kind, structure, echo),
    )
