"""Pages of the desk: its figures by year, projects, and the fines of decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import render_template, url_for
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.authz.start_page import StartPart
from registry.indicators.declared import FigureQuery, FigureScope, read_figure
from registry.kernel.fields import display_value
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page, list_url
from registry.kernel.lists.view import LISTS
from registry.money.figures import FIGURES_OF_MONEY
from registry.money.forms import FIELDS, ProjectForm, StreetForm, as_typed, to_command
from registry.money.list_view import FINES, PROJECTS
from registry.money.models import PppProject, PppState
from registry.money.queries import get_project
from registry.money.service import save_project
from registry.money.streets import link_street, streets_of, unlink_street
from registry.routelists.models import RouteItem
from registry.structures.kinds import HOSTS

bp = GuardedBlueprint("money", __name__, errors=html_errors, url_prefix="/money")
#: Years that the page shows, with the present and the coming one.
_YEARS_BACK: Final = 3


@dataclass(frozen=True)
class MoneyCell:
    """A figure with the address of the list that it counts; None: nothing is recorded for the year."""

    number: Decimal | None
    url: str = ""
    is_money: bool = False


@dataclass(frozen=True)
class MoneyRow:
    """A row of a table of figures."""

    label: str
    cells: Sequence[MoneyCell]


@bp.get("", permission=P.MONEY_READ)
def index(ctx: Ctx) -> str:
    """State funding of streets, rents of public assets, fines and projects, each figure with its list."""
    years = range(ctx.today.year + 1, ctx.today.year - _YEARS_BACK, -1)
    return render_template(
        "money/index.html",
        streets=_by_year(ctx, years, ("streets", "streets_agreed", "streets_vnd", "streets_unknown")),
        street_heads=_labels(("streets", "streets_agreed", "streets_vnd", "streets_unknown")),
        fines=_by_year(ctx, years, ("fines", "fined_vnd", "paid_vnd", "unpaid")),
        fine_heads=_labels(("fines", "fined_vnd", "paid_vnd", "unpaid")),
        rents=_rents(ctx),
        projects=_projects(ctx),
        ppp=[_cell(ctx, code, ctx.today) for code in ("ppp", "ppp_vnd")],
        now=ctx.now,
    )


@bp.get("/fines", permission=P.VIOLATION_FINES)
def fines(ctx: Ctx) -> str:
    return render_template("lists/list.html", listing=list_page(ctx, FINES))


@bp.get("/projects", permission=P.MONEY_READ)
def projects(ctx: Ctx) -> str:
    may_edit = holds(ctx.actor, P.MONEY_PROJECTS)
    return render_template("money/projects.html", listing=list_page(ctx, PROJECTS), may_edit=may_edit)


@bp.get("/projects/<int:project_id>", permission=P.MONEY_READ)
def project(ctx: Ctx, project_id: int) -> str:
    return _project_page(ctx, get_project(ctx, project_id))


@bp.post("/projects/<int:project_id>/streets", permission=P.MONEY_PROJECTS)
def add_street(ctx: Ctx, project_id: int) -> Page:
    """Link a street."""
    return _street_changed(ctx, project_id, link_street, _("Đã liên kết tuyến đường %(number)s."))


@bp.post("/projects/<int:project_id>/streets/remove", permission=P.MONEY_PROJECTS)
def remove_street(ctx: Ctx, project_id: int) -> Page:
    """Take back the link of a street."""
    return _street_changed(ctx, project_id, unlink_street, _("Đã bỏ liên kết tuyến đường %(number)s."))


@bp.get("/projects/new", permission=P.MONEY_PROJECTS)
def new(_ctx: Ctx) -> str:
    return _form_page(ProjectForm(formdata=None))


@bp.post("/projects/new", permission=P.MONEY_PROJECTS)
def create(ctx: Ctx) -> Page:
    form = ProjectForm()
    saved = submit(ctx, form, lambda: save_project(ctx, to_command(form)))
    if saved is None:
        return _form_page(form), form.refusal_status
    return go(ctx, "money.project", _("Đã thêm dự án."), project_id=saved.id)


@bp.get("/projects/<int:project_id>/edit", permission=P.MONEY_PROJECTS)
def edit(ctx: Ctx, project_id: int) -> str:
    present = get_project(ctx, project_id)
    return _form_page(ProjectForm(formdata=None, data=as_typed(present)), present)


@bp.post("/projects/<int:project_id>/edit", permission=P.MONEY_PROJECTS)
def save(ctx: Ctx, project_id: int) -> Page:
    """Save; 422 shows refusals, 409 what another user saved meanwhile."""
    present, form = get_project(ctx, project_id), ProjectForm()
    saved = submit(ctx, form, lambda: save_project(ctx, to_command(form, project_id)))
    if saved is None:
        return _form_page(form, present), form.refusal_status
    return go(ctx, "money.project", _("Đã lưu dự án."), project_id=project_id)


def start_part(ctx: Ctx) -> StartPart | None:
    """The figures of this year on the start page of the finance department."""
    if not holds(ctx.actor, P.MONEY_PROJECTS):
        return None
    codes = ("streets_agreed", "streets_vnd", "fined_vnd", "paid_vnd", "ppp")
    cells = [(str(FIGURES_OF_MONEY[code].label), _cell(ctx, code, ctx.today)) for code in codes]
    return StartPart("money/start.html", {"money_figures": cells, "money_year": ctx.today.year})


def _street_changed(ctx: Ctx, project_id: int, change: Callable[[Ctx, int, str], RouteItem], done: str) -> Page:
    present, form = get_project(ctx, project_id), StreetForm()
    item = submit(ctx, form, lambda: change(ctx, project_id, form.number.data or ""))
    if item is None:
        return _project_page(ctx, present, form), form.refusal_status
    return go(ctx, "money.project", done % {"number": item.number}, project_id=project_id)


def _project_page(ctx: Ctx, present: PppProject, form: StreetForm | None = None) -> str:
    may_edit = holds(ctx.actor, P.MONEY_PROJECTS)
    return render_template(
        "money/project.html",
        project=present,
        project_facts=[(field.label, display_value(field, getattr(present, name))) for name, field in FIELDS.items()],
        may_edit=may_edit,
        streets=streets_of(ctx, present),
        form=(form or StreetForm(formdata=None)) if may_edit else None,
    )


def _form_page(form: Any, present: PppProject | None = None) -> str:
    return render_template("money/form.html", form=form, project=present, names=list(FIELDS))


def _labels(codes: Sequence[str]) -> list[str]:
    return [str(FIGURES_OF_MONEY[code].label) for code in codes]


def _by_year(ctx: Ctx, years: Sequence[int], codes: Sequence[str]) -> list[MoneyRow]:
    """The figures of each year that has any."""
    rows = [MoneyRow(str(year), [_cell(ctx, code, date(year, 12, 31)) for code in codes]) for year in years]
    return [row for row in rows if any(cell.number for cell in row.cells)]


def _cell(ctx: Ctx, code: str, on: date) -> MoneyCell:
    parts = read_figure(ctx, f"money.{code}", FigureQuery(on, scope=FigureScope.READER))
    if parts is None or parts.endpoint is None:
        return MoneyCell(None)
    return MoneyCell(parts.value, url_for(parts.endpoint, **parts.list_arguments), code.endswith("_vnd"))


def _rents(ctx: Ctx) -> list[MoneyRow]:
    """The prices of public assets that apply today, by kind."""
    view = LISTS["tariffs"]
    rows = []
    for code, kind in HOSTS.items():
        values = view.read(ctx, MultiDict({"kind": code, "public": "1"}))
        number = view.count_rows(ctx, values)
        if number:
            rows.append(MoneyRow(str(kind.label), [MoneyCell(Decimal(number), list_url(ctx, view, values))]))
    return rows


def _projects(ctx: Ctx) -> list[MoneyRow]:
    """The projects by state."""
    rows = []
    for state in PppState:
        values = PROJECTS.read(ctx, MultiDict({"state": state.value}))
        number = PROJECTS.count_rows(ctx, values)
        if number:
            rows.append(MoneyRow(str(state.label), [MoneyCell(Decimal(number), list_url(ctx, PROJECTS, values))]))
    return rows
