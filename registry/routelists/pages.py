"""Pages of the lists and of the proposed streets, and the tiles of the map."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response as FlaskResponse
from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.files.pages import files_part
from registry.files.queries import list_files
from registry.kernel.exports.csv_file import csv_text
from registry.kernel.fields import fields_named, labels_of
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import add_errors, submit
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.kernel.i18n import _, format_date, format_datetime
from registry.kernel.lists.page import list_page
from registry.kernel.numbers import parse_id
from registry.routelists.bulk import count_drafts, find_outcome
from registry.routelists.comments import comment_parts
from registry.routelists.content import content_hash
from registry.routelists.doubles import exception_of
from registry.routelists.forms import ItemForm, ListForm, as_typed, to_edit, to_propose
from registry.routelists.item_view import facts, position_of, projects_of, rejection, shape_of
from registry.routelists.list_view import ITEMS, ROUTE_LISTS, years_of
from registry.routelists.map import tile
from registry.routelists.models import ItemState, ListState, RouteItem, RouteList, WorkKind
from registry.routelists.papers import served_list
from registry.routelists.placing import (
    UNPLACED,
    first_view,
    form_differences,
    next_unplaced,
    parts_of_street,
    place,
    unplaced_drafts,
)
from registry.routelists.queries import (
    ALL_YEARS,
    agreed_geojson,
    editions_of,
    editions_with,
    geojson_of,
    get_item,
    get_list,
    given_line,
    is_extract,
    length_totals,
    list_agreed,
    list_differences,
    list_years,
    organisation_name,
    overview_of,
    previous_list,
)
from registry.routelists.rounds import rounds_of
from registry.routelists.rules import EDITABLE, OUT, by_commune
from registry.routelists.service import edit_item, open_list, propose_item, require_editable
from registry.routelists.workflow import ITEM, LIST
from registry.structures.codes import Condition, SharingStatus
from registry.structures.commands import GivenPosition
from registry.structures.kinds import KINDS
from registry.structures.map.page import describe_position
from registry.structures.pages.blueprint import code_labels
from registry.structures.writing.locate import acceptance_bounds
from registry.workflow.views import case_view

bp = GuardedBlueprint("routelists", __name__, errors=html_errors)
#: The value of the argument `edition` of the print that asks for the next one.
DRAFT = "draft"
#: The only step of the review that operators and owners see.
_PUBLIC_STEP = "agree"


@bp.get("/route-lists", permission=P.ROUTELIST_READ)
def index(ctx: Ctx) -> str:
    return _index_page(ctx, ListForm(formdata=None, year=ctx.today.year + 1))


@bp.post("/route-lists", permission=P.ROUTELIST_ISSUE)
def open_year(ctx: Ctx) -> Page:
    form = ListForm()
    route_list = submit(ctx, form, lambda: open_list(ctx, form.to_command()))
    if route_list is None:
        return _index_page(ctx, form), form.refusal_status
    flash_done(ctx, _("Đã mở danh mục năm %(year)d; UBND các xã, phường có thể gửi đề xuất.", year=route_list.year))
    return redirect(url_for("routelists.detail", case_id=route_list.id), code=303)


@bp.get("/route-lists/<int:case_id>", permission=P.ROUTELIST_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    route_list = get_list(ctx, case_id)
    view = case_view(ctx, LIST, route_list)
    return render_template(
        "routelists/detail.html",
        case=route_list,
        view=view,
        steps=view.steps,
        department=organisation_name(ctx, route_list.organisation_id),
        overview=overview_of(ctx, route_list.id),
        editions=editions_of(ctx, route_list.id),
        rounds=rounds_of(ctx, route_list),
        may_see=holds(ctx.actor, P.ROUTELIST_ITEMS),
        may_review=holds(ctx.actor, P.ROUTELIST_REVIEW),
        **files_part(ctx, LIST.code, route_list.id, can_add=bool(view.moves) and holds(ctx.actor, P.FILE_ADD)),
    )


@bp.get("/route-lists/<int:list_id>/agreed", permission=P.ROUTELIST_ITEMS)
def agreed(ctx: Ctx, list_id: int) -> str:
    """The agreed streets of a list, their lengths, and the differences to the list before."""
    route_list = get_list(ctx, list_id)
    shown = _agreed(ctx, route_list)
    before = previous_list(ctx, route_list)
    geojson = agreed_geojson(ctx, route_list)
    outline, bounds = shape_of(geojson) if geojson else (None, None)
    differences = list_differences(ctx, route_list, before) if before else []
    return render_template(
        "routelists/agreed.html",
        labels=labels_of(RouteItem),
        before=before,
        differences=differences,
        outline=outline,
        bounds=bounds,
        editions=editions_of(ctx, route_list.id),
        content_hash=content_hash(ctx, route_list.id) if holds(ctx.actor, P.ROUTELIST_ISSUE) else "",
        **shown,
    )


@bp.get("/route-lists/<int:list_id>/agreed.csv", permission=P.ROUTELIST_ITEMS, costly=True)
def agreed_csv(ctx: Ctx, list_id: int) -> Response:
    """The agreed streets as CSV; the last lines state filter, time and user."""
    route_list = get_list(ctx, list_id)
    rows = list_agreed(ctx, route_list)
    heads = [
        _("TT"),
        _("Số hồ sơ"),
        _("Xã, phường"),
        *_headings("street_name", "from_place", "to_place"),
        _("Chiều dài (m)"),
        *_headings("work_kind", "is_urban"),
        _("Công trình dự kiến"),
        *_headings("wanted_from_year", "wanted_to_year", "linked_project"),
        _("Đơn vị đề xuất"),
        _("Quyết định"),
    ]
    lines = [_csv_line(number, row) for number, row in enumerate(rows, 1)]
    notes = [
        [],
        [route_list.title, _filter_words(ctx)],
        [_("Lập lúc %(when)s cho %(name)s.", when=format_datetime(ctx.now), name=ctx.actor.display_name)],
    ]
    response = Response(csv_text([heads, *lines, *notes]), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="danh-muc-tuyen-duong-{route_list.year}.csv"'
    return response


@bp.get("/route-lists/<int:list_id>/agreed/print", permission=P.ROUTELIST_ITEMS, costly=True)
def agreed_print(ctx: Ctx, list_id: int) -> str:
    """The list on A4 in the form of official documents: as it was issued, or a draft.

    `edition`: a former one, or DRAFT for the one that is being collected.
    """
    route_list = get_list(ctx, list_id)
    wanted = request.args.get("edition", "")
    served = served_list(ctx, route_list, parse_id(wanted), is_draft_wanted=wanted == DRAFT)
    return render_template(
        "routelists/print.html",
        labels=labels_of(RouteItem),
        found=route_list,
        served=served,
        work_kinds=list(WorkKind),
        extract=is_extract(ctx),
    )


def _headings(*names: str) -> list[str]:
    return [str(field.heading or field.label) for field in fields_named(RouteItem, *names)]


def _index_page(ctx: Ctx, form: ListForm) -> str:
    return render_template(
        "routelists/lists.html",
        listing=list_page(ctx, ROUTE_LISTS),
        form=form,
        may_open=holds(ctx.actor, P.ROUTELIST_ISSUE),
        may_propose=holds(ctx.actor, P.ROUTELIST_PROPOSE),
    )


def _agreed(ctx: Ctx, route_list: RouteList) -> dict[str, Any]:
    rows = list_agreed(ctx, route_list)
    return {
        "found": route_list,
        "rows": rows,
        "total_m": sum(row.RouteItem.length_m for row in rows),
        "communes": by_commune(length_totals(ctx, route_list)),
        "work_kinds": list(WorkKind),
        "extract": is_extract(ctx),
        **code_labels(),
    }


def _filter_words(ctx: Ctx) -> str:
    if is_extract(ctx):
        return _("Bộ lọc: đã thống nhất, trong địa bàn của người lập")
    return _("Bộ lọc: đã thống nhất")


def _csv_line(number: int, row: Any) -> list[object]:
    item = row.RouteItem
    decided = _("%(number)s ngày %(day)s", number=item.decision_number, day=format_date(item.decided_on))
    return [
        number,
        item.number,
        row.commune,
        item.street_name,
        item.from_place,
        item.to_place,
        round(item.length_m),
        str(item.work_kind.label),
        _("Có") if item.is_urban else _("Không"),
        ", ".join(str(KINDS[kind].label) for kind in item.planned_kinds if kind in KINDS),
        item.wanted_from_year or "",
        item.wanted_to_year or "",
        item.linked_project or "",
        row.proposer,
        decided if item.decision_number else "",
    ]


@bp.get("/route-lists/items", permission=P.ROUTELIST_ITEMS)
def items(ctx: Ctx) -> str:
    listing = list_page(ctx, ITEMS)
    year = listing.chosen.get("year")
    may_propose = holds(ctx.actor, P.ROUTELIST_PROPOSE)
    collecting = year if isinstance(year, RouteList) and year.state is ListState.COLLECTING else None
    return render_template(
        "routelists/items.html",
        listing=listing,
        found=None if year == ALL_YEARS else year,
        years=years_of(ctx),
        all_years=ALL_YEARS,
        may_propose=may_propose,
        may_review=holds(ctx.actor, P.ROUTELIST_REVIEW),
        drafts=count_drafts(ctx, collecting.id) if may_propose and collecting is not None else 0,
        unplaced=_to_place(ctx, listing, collecting) if may_propose else None,
        outcome=find_outcome(ctx, parse_id(request.args.get("outcome"))),
    )


def _to_place(ctx: Ctx, listing: Any, collecting: RouteList | None) -> int | None:
    """The first draft without a line, on the list of those; None elsewhere."""
    if collecting is None or not listing.chosen.get(UNPLACED):
        return None
    return next(iter(unplaced_drafts(ctx, collecting.id)), None)


@bp.get("/route-lists/items/new", permission=P.ROUTELIST_PROPOSE)
def new(ctx: Ctx) -> str:
    form = _with_lists(ctx, ItemForm(formdata=None, is_urban="true", work_kind="underground"))
    return _form_page(ctx, form)


@bp.post("/route-lists/items/new", permission=P.ROUTELIST_PROPOSE)
def create(ctx: Ctx) -> Page:
    """Save a draft; 422 shows every refusal at its field."""
    form = _with_lists(ctx, ItemForm())
    if place(ctx, form):
        return _placed(ctx, form)
    line = form.read_line(acceptance_bounds(ctx.session, ctx.today))
    if isinstance(line, GivenPosition) and form.validate_on_submit() and not form.was_echoed():
        return _form_page(ctx, form, echo=line)
    route_item = _submitted(ctx, form, line, lambda position: propose_item(ctx, to_propose(form, position)))
    if route_item is None:
        return _form_page(ctx, form), form.refusal_status
    flash_done(ctx, _("Đã lưu đề xuất; hãy kiểm tra lại rồi gửi Sở Xây dựng."))
    return redirect(url_for("routelists.item", case_id=route_item.id), code=303)


@bp.get("/route-lists/items/<int:case_id>", permission=P.ROUTELIST_ITEMS)
def item(ctx: Ctx, case_id: int) -> str:
    """One street: proposal, position, structures along it, review.

    Operators and owners see only what was agreed, not the documents and steps before.
    """
    case = get_item(ctx, case_id)
    view, papers = case_view(ctx, ITEM, case), allowed(ctx, P.ROUTELIST_PAPERS, case)
    if not papers:
        agreed = (event | {"said": []} for event in view.events if event["move"] == _PUBLIC_STEP)
        view = replace(view, events=tuple(agreed))
    may_edit = case.state in EDITABLE and allowed(ctx, P.ROUTELIST_PROPOSE, case)
    return render_template(
        "routelists/item.html",
        case=case,
        view=view,
        steps=view.steps,
        found=get_list(ctx, case.route_list_id),
        known=facts(ctx, case),
        projects=projects_of(ctx, case.id),
        editions=editions_with(ctx, case),
        exception=exception_of(ctx, case) if papers and case.state not in OUT else None,
        **position_of(ctx, case),
        condition_labels={member.value: member.label for member in Condition},
        sharing_labels={member.value: member.label for member in SharingStatus},
        may_edit=may_edit,
        papers=papers,
        rejection=rejection(view) if papers and case.state is ItemState.REJECTED else "",
        **comment_parts(ctx, case),
        links=list_files(ctx, ITEM.code, case.id) if papers else [],
        subject_kind=ITEM.code,
        subject_id=case.id,
        can_add=bool(view.moves) and holds(ctx.actor, P.FILE_ADD),
        can_withdraw=may_edit and case.number is None,
        **code_labels(),
    )


@bp.get("/route-lists/items/<int:case_id>.geojson", permission=P.ROUTELIST_ITEMS)
def item_geojson(ctx: Ctx, case_id: int) -> FlaskResponse:
    """The line of a street as a GeoJSON feature (RFC 7946)."""
    case = get_item(ctx, case_id)
    properties = {
        "id": case.id,
        "number": case.number,
        "title": case.title,
        "state": case.state.value,
        "work_kind": case.work_kind.value,
        "length_m": None if case.length_m is None else round(case.length_m),
    }
    geojson = geojson_of(ctx, case)
    outline = None if geojson is None else shape_of(geojson)[0]
    answer = jsonify(type="Feature", geometry=outline, properties=properties)
    answer.mimetype = "application/geo+json"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@bp.get("/route-lists/items/<int:case_id>/edit", permission=P.ROUTELIST_PROPOSE)
def edit(ctx: Ctx, case_id: int) -> str:
    case = get_item(ctx, case_id)
    require(ctx, P.ROUTELIST_PROPOSE, case)
    require_editable(case)
    form = ItemForm(formdata=None, data=as_typed(case, given_line(ctx, case)))
    del form.route_list
    return _form_page(ctx, form, case)


@bp.post("/route-lists/items/<int:case_id>/edit", permission=P.ROUTELIST_PROPOSE)
def save(ctx: Ctx, case_id: int) -> Page:
    """Save; 422 shows refusals, 409 the version that another user saved meanwhile."""
    case = get_item(ctx, case_id)
    require(ctx, P.ROUTELIST_PROPOSE, case)
    form = ItemForm()
    del form.route_list
    if place(ctx, form, case):
        return _placed(ctx, form, case)
    line = form.read_line(acceptance_bounds(ctx.session, ctx.today))
    moved = (form.position.data or "").split() != given_line(ctx, case).split()
    if moved and isinstance(line, GivenPosition) and form.validate_on_submit() and not form.was_echoed():
        return _form_page(ctx, form, case, echo=line)
    saved = _submitted(
        ctx, form, line, lambda position: edit_item(ctx, to_edit(form, case_id, position if moved else None)), case
    )
    if saved is None:
        return _form_page(ctx, form, case), form.refusal_status
    flash_done(ctx, _("Đã lưu đề xuất."))
    return redirect(_after_save(ctx, case), code=303)


def _after_save(ctx: Ctx, case: RouteItem) -> str:
    """The next draft without a line where they are placed one after the other, else the street."""
    if not _is_in_turn():
        return url_for("routelists.item", case_id=case.id)
    following = next_unplaced(unplaced_drafts(ctx, case.route_list_id), case.id)
    if following is None:
        return url_for("routelists.items", year=get_list(ctx, case.route_list_id).year)
    return url_for("routelists.edit", case_id=following, next=UNPLACED)


def _is_in_turn() -> bool:
    return request.args.get("next") == UNPLACED


def _placed(ctx: Ctx, form: Any, case: RouteItem | None = None) -> Page:
    """The form with the line that a file or a button gave, to be looked at and saved; 422 with its refusal."""
    if any(field.errors for field in form):
        return _form_page(ctx, form, case), form.refusal_status
    line = form.read_line(acceptance_bounds(ctx.session, ctx.today))
    if isinstance(line, GivenPosition):
        return _form_page(ctx, form, case, echo=line)
    add_errors(form, {"position": [line]})
    return _form_page(ctx, form, case), form.refusal_status


def _submitted(
    ctx: Ctx, form: Any, line: GivenPosition | str, call: Any, current: RouteItem | None = None
) -> RouteItem | None:
    """Validate everything, so that all refusals are shown at once; call only if the line was read."""
    if isinstance(line, GivenPosition):
        return submit(ctx, form, lambda: call(line), current=current)
    form.validate_on_submit()
    if not form.position.errors:
        add_errors(form, {"position": [line]})
    return None


def _with_lists(ctx: Ctx, form: Any) -> Any:
    """Offer the lists that accept streets, the one of the query string first."""
    wanted = request.args.get("year", "")
    lists = sorted(list_years(ctx, collecting=True), key=lambda route_list: str(route_list.year) != wanted)
    form.route_list.choices = [SelectChoice(route_list.id, str(route_list.year)) for route_list in lists]
    return form


def _form_page(ctx: Ctx, form: Any, case: RouteItem | None = None, echo: GivenPosition | None = None) -> str:
    if echo is not None:
        form.echoed.data = form.position.data
    parts = parts_of_street(ctx, case)
    drafts = unplaced_drafts(ctx, case.route_list_id) if case is not None and _is_in_turn() else []
    return render_template(
        "routelists/form.html",
        form=form,
        case=case,
        bounds=first_view(ctx, case, parts),
        parts=parts,
        waiting=len(drafts),
        following=next_unplaced(drafts, case.id) if case is not None else None,
        echo=describe_position(ctx, echo) if echo else None,
        differences=form_differences(ctx, form, case) if case is not None and form.conflict is not None else [],
    )


@bp.get("/route-lists/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.ROUTELIST_ITEMS)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> FlaskResponse:
    return tile_response(pack_tile(tile(ctx, zoom, x, y)))
