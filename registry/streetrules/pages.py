"""Pages of rules: list, one rule, its draft, the public page, and the tiles of the map."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response as FlaskResponse
from flask import render_template, request
from wtforms import SelectChoice

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.files.pages import files_part
from registry.kernel.dated_settings import setting_row
from registry.kernel.fields import address_day, display_value, labels_of
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import add_errors, submit
from registry.kernel.geo.bounds import outline_and_bounds
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.kernel.i18n import _, format_date
from registry.kernel.lists.page import list_page
from registry.kernel.units import M
from registry.streetrules.forms import RULE_FIELDS, RuleForm, as_typed, to_command
from registry.streetrules.list_view import RULES
from registry.streetrules.map import tile
from registry.streetrules.queries import (
    get_announced,
    get_rule,
    names_of,
    outline_of,
    public_rules,
    shape_of_rule,
)
from registry.streetrules.service import allowed_communes, makes_all_rules, require_draft, write_rule
from registry.streetrules.workflow import RULE
from registry.streets.queries import label_of
from registry.streets.rule_models import RuleKind, RuleState, StreetRule
from registry.streets.rule_queries import NOTICE_MONTHS
from registry.streets.rules import describe
from registry.streets.work_queries import WorkInPlace, works_at
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.territory.queries import commune_choices
from registry.workflow.forms import save_case_form
from registry.workflow.views import case_view

bp = GuardedBlueprint("street_rules", __name__, errors=html_errors)
#: Degrees around lines on their map, about 300 m.
_MARGIN = 0.003


@bp.get("/street-rules", permission=P.STREET_RULE_READ)
def index(ctx: Ctx) -> str:
    return render_template(
        "street_rules/list.html", listing=list_page(ctx, RULES), may_write=holds(ctx.actor, P.STREET_RULE_WRITE)
    )


@bp.get("/street-rules/in-force", permission=P.PUBLIC)
def in_force(ctx: Ctx) -> str:
    """The rules of a day for everyone (argument `on`, today without it), with their map."""
    day = address_day(request.args, "on") or ctx.today
    outline = outline_of(ctx, day)
    return render_template(
        "street_rules/in_force.html",
        day=day,
        today=ctx.today,
        rows=[(row, describe(row.StreetRule, label_of(row.Street))) for row in public_rules(ctx, day)],
        labels=labels_of(StreetRule),
        **outline_and_bounds(outline, _MARGIN),
    )


@bp.get("/street-rules/<int:case_id>/published", permission=P.PUBLIC)
def published(ctx: Ctx, case_id: int) -> str:
    """One announced rule for everyone."""
    return _rule_page(ctx, get_announced(ctx, case_id), "street_rules/published.html")


@bp.get("/street-rules/<int:case_id>", permission=P.STREET_RULE_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    rule = get_rule(ctx, case_id)
    view = case_view(ctx, RULE, rule)
    return _rule_page(
        ctx,
        rule,
        "street_rules/detail.html",
        view=view,
        steps=view.steps,
        works=_works_before_end(ctx, rule),
        notice_rule=setting_row(ctx.session, NOTICE_MONTHS, ctx.today),
        may_edit=rule.state is RuleState.PROPOSED and allowed(ctx, P.STREET_RULE_WRITE, rule),
        **files_part(ctx, RULE.code, rule.id, can_add=bool(view.moves) and holds(ctx.actor, P.FILE_ADD)),
    )


@bp.get("/street-rules/new", permission=P.STREET_RULE_WRITE)
def new(ctx: Ctx) -> str:
    typed = {"street": request.args.get("street", "")[:200], "valid_from": format_date(ctx.today)}
    return _form_page(ctx, _filled(ctx, RuleForm(formdata=None, data=typed)))


@bp.post("/street-rules/new", permission=P.STREET_RULE_WRITE)
def create(ctx: Ctx) -> Page:
    """Save a draft; 422 shows every refusal at its field."""
    form = _filled(ctx, RuleForm())
    rule = _submitted(ctx, form)
    if rule is None:
        return _form_page(ctx, form), form.refusal_status
    return go(ctx, "street_rules.detail", _("Đã lưu dự thảo; hãy xem lại đoạn đường rồi công bố."), case_id=rule.id)


@bp.get("/street-rules/<int:case_id>/edit", permission=P.STREET_RULE_WRITE)
def edit(ctx: Ctx, case_id: int) -> str:
    rule = _editable(ctx, case_id)
    return _form_page(
        ctx, _filled(ctx, RuleForm(formdata=None, data=as_typed(rule, names_of(ctx, rule).Street.name))), rule
    )


@bp.post("/street-rules/<int:case_id>/edit", permission=P.STREET_RULE_WRITE)
def save(ctx: Ctx, case_id: int) -> Page:
    """Save; 422 shows refusals, 409 what another user saved meanwhile."""
    rule = _editable(ctx, case_id)
    form = _filled(ctx, RuleForm())
    line, refusal = form.read_line(acceptance_bounds(ctx.session, ctx.today))
    if refusal is not None:
        _refuse_line(form, refusal)
        return _form_page(ctx, form, rule), form.refusal_status
    return save_case_form(
        ctx,
        rule,
        form,
        lambda: write_rule(ctx, to_command(form, line, case_id)),
        lambda: _form_page(ctx, form, rule),
        "street_rules.detail",
    )


@bp.get("/street-rules/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.STREET_RULE_READ)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> FlaskResponse:
    return tile_response(pack_tile(tile(ctx, zoom, x, y)))


def _editable(ctx: Ctx, case_id: int) -> StreetRule:
    rule = get_rule(ctx, case_id)
    require(ctx, P.STREET_RULE_WRITE, rule)
    require_draft(rule)
    return rule


def _submitted(ctx: Ctx, form: Any) -> StreetRule | None:
    line, refusal = form.read_line(acceptance_bounds(ctx.session, ctx.today))
    if refusal is not None:
        _refuse_line(form, refusal)
        return None
    rule: StreetRule | None = submit(ctx, form, lambda: write_rule(ctx, to_command(form, line)))
    return rule


def _refuse_line(form: Any, refusal: str) -> None:
    """All refusals of the form, with that of the line."""
    form.validate_on_submit()
    add_errors(form, {"position": [refusal]})


def _filled(ctx: Ctx, form: Any) -> Any:
    units = allowed_communes(ctx)
    choices = [SelectChoice(*choice) for choice in commune_choices(ctx.session, ctx.today) if choice[0] in units]
    if makes_all_rules(ctx):
        choices.insert(0, SelectChoice(0, _("Toàn tuyến, qua nhiều xã, phường")))
    form.commune.choices = choices
    if len(choices) == 1 and not form.is_submitted():
        form.commune.data = choices[0].value
    return form


def _form_page(ctx: Ctx, form: Any, case: StreetRule | None = None) -> str:
    return render_template(
        "street_rules/form.html",
        form=form,
        case=case,
        bounds=working_bounds(ctx),
        notice_rule=setting_row(ctx.session, NOTICE_MONTHS, ctx.today),
    )


def _rule_page(ctx: Ctx, rule: StreetRule, template: str, **more: Any) -> str:
    names, shape = names_of(ctx, rule), shape_of_rule(ctx, rule)
    return render_template(
        template,
        case=rule,
        sentence=describe(rule, label_of(names.Street)),
        rule_facts=_facts(rule, names, shape.length_m),
        **outline_and_bounds(shape.geojson, _MARGIN),
        **more,
    )


def _works_before_end(ctx: Ctx, rule: StreetRule) -> list[WorkInPlace]:
    """The announced works where digging is or will be forbidden, from today to its last day: what still digs there."""
    if rule.kind is not RuleKind.NO_DIG or rule.state in (RuleState.CLOSED, RuleState.CANCELLED):
        return []
    return works_at(ctx, shape_of_rule(ctx, rule).geojson, ctx.today, rule.valid_to)


def _facts(rule: StreetRule, names: Any, length_m: float) -> list[tuple[Any, str]]:
    days = [(label, getattr(rule, name)) for name, label in StreetRule.DAY_LABELS.items()]
    return [
        (_("Đường"), label_of(names.Street)),
        (_("Xã, phường"), names.commune or _("Toàn tuyến, qua nhiều xã, phường")),
        (_("Chiều dài"), M.display(Decimal(length_m), 0)),
        (_("Phạm vi"), _("Cả tuyến") if rule.is_whole else _("Một đoạn")),
        (_("Cơ quan lập"), names.office),
        *((field.label, display_value(field, getattr(rule, name))) for name, field in RULE_FIELDS.items()),
        *((label, format_date(day)) for label, day in days if day is not None),
    ]
