"""Pages of the lists: all years, one year, its agreed streets on the screen, as a file and on paper."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.files.queries import list_files
from registry.kernel.exports.csv_file import csv_text
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, format_date, format_datetime
from registry.routelists.forms import ListForm
from registry.routelists.models import RouteList, WorkKind
from registry.routelists.pages.blueprint import INVALID, Page, bp, shape_of
from registry.routelists.queries import (
    agreed_geojson,
    get_list,
    is_extract,
    length_totals,
    list_agreed,
    list_before,
    list_differences,
    list_overview,
    organisation_name,
)
from registry.routelists.rules import by_commune
from registry.routelists.service import open_list
from registry.routelists.workflow import LIST
from registry.structures.kinds import KINDS
from registry.structures.pages.blueprint import code_labels
from registry.territory.queries import get_province
from registry.workflow.list_pages import chips_of, read_case_filter
from registry.workflow.lists import CaseFilter
from registry.workflow.views import case_view


@bp.get("/route-lists", permission=P.ROUTELIST_READ)
def index(ctx: Ctx) -> str:
    """The lists of all years, or those whose number or title has the words of `q`."""
    return _index_page(ctx, ListForm(formdata=None, year=ctx.today.year + 1))


@bp.post("/route-lists", permission=P.ROUTELIST_ISSUE)
def open_year(ctx: Ctx) -> Page:
    """Begin the list of a year."""
    form = ListForm()
    made = submit(ctx, form, lambda: open_list(ctx, form.to_command()))
    if made is None:
        return _index_page(ctx, form), INVALID
    flash(_("Đã mở danh mục năm %(year)d; UBND các xã, phường có thể gửi đề xuất.", year=made.year), "success")
    return redirect(url_for("routelists.detail", case_id=made.id), code=303)


@bp.get("/route-lists/<int:case_id>", permission=P.ROUTELIST_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One list: where it stands, its decision, what happened."""
    found = get_list(ctx, case_id)
    view = case_view(ctx, LIST, found)
    return render_template(
        "routelists/detail.html",
        case=found,
        view=view,
        steps=view.steps,
        department=organisation_name(ctx, found.organisation_id),
        overview=next(row for row in list_overview(ctx) if row.RouteList.id == found.id),
        may_see=holds(ctx.actor, P.ROUTELIST_ITEMS),
        links=list_files(ctx, LIST.code, found.id),
        subject_kind=LIST.code,
        subject_id=found.id,
        can_add=bool(view.moves) and holds(ctx.actor, P.FILE_ADD),
    )


@bp.get("/route-lists/<int:list_id>/agreed", permission=P.ROUTELIST_ITEMS)
def agreed(ctx: Ctx, list_id: int) -> str:
    """The agreed streets of a list, their lengths, and what is new or gone against the list before."""
    found = get_list(ctx, list_id)
    shown = _agreed(ctx, found)
    before = list_before(ctx, found)
    geojson = agreed_geojson(ctx, found)
    outline, bounds = shape_of(geojson) if geojson else (None, None)
    differences = list_differences(ctx, found, before) if before else []
    return render_template(
        "routelists/agreed.html", before=before, differences=differences, outline=outline, bounds=bounds, **shown
    )


@bp.get("/route-lists/<int:list_id>/agreed.csv", permission=P.ROUTELIST_ITEMS, costly=True)
def agreed_csv(ctx: Ctx, list_id: int) -> Response:
    """The agreed streets as a file for a spreadsheet; its last lines say what it holds, when and for whom."""
    found = get_list(ctx, list_id)
    rows = list_agreed(ctx, found)
    heads = [
        _("TT"),
        _("Số hồ sơ"),
        _("Xã, phường"),
        _("Tên đường, phố"),
        _("Điểm đầu"),
        _("Điểm cuối"),
        _("Chiều dài (m)"),
        _("Loại công việc"),
        _("Trong đô thị"),
        _("Công trình dự kiến"),
        _("Muốn làm từ năm"),
        _("Đến năm"),
        _("Dự án liên quan"),
        _("Đơn vị đề xuất"),
        _("Quyết định"),
    ]
    lines = [_csv_line(number, row) for number, row in enumerate(rows, 1)]
    notes = [[], [found.title, _filter_words(ctx)], [_notes(ctx)]]
    response = Response(csv_text([heads, *lines, *notes]), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="danh-muc-tuyen-duong-{found.year}.csv"'
    return response


@bp.get("/route-lists/<int:list_id>/agreed/print", permission=P.ROUTELIST_ITEMS, costly=True)
def agreed_print(ctx: Ctx, list_id: int) -> str:
    """The agreed streets on A4 paper, in the form of official papers."""
    found = get_list(ctx, list_id)
    province = get_province(ctx.session)
    return render_template(
        "routelists/print.html",
        province=province.name if province else "",
        department=organisation_name(ctx, found.organisation_id),
        notes=f"{_filter_words(ctx)}. {_notes(ctx)}",
        **_agreed(ctx, found),
    )


def _index_page(ctx: Ctx, form: ListForm) -> str:
    chosen = CaseFilter(q=read_case_filter(LIST, request.args).q)
    return render_template(
        "routelists/lists.html",
        rows=list_overview(ctx, chosen.q),
        chosen=chosen,
        chips=chips_of(url_for("routelists.index"), LIST, chosen, {}),
        tones=LIST.tones,
        form=form,
        may_open=holds(ctx.actor, P.ROUTELIST_ISSUE),
        may_propose=holds(ctx.actor, P.ROUTELIST_PROPOSE),
    )


def _agreed(ctx: Ctx, found: RouteList) -> dict[str, Any]:
    rows = list_agreed(ctx, found)
    return {
        "found": found,
        "rows": rows,
        "total_m": sum(row.RouteItem.length_m for row in rows),
        "communes": by_commune(length_totals(ctx, found)),
        "work_kinds": list(WorkKind),
        "extract": is_extract(ctx),
        **code_labels(),
    }


def _filter_words(ctx: Ctx) -> str:
    if is_extract(ctx):
        return _("Bộ lọc: đã thống nhất, trong địa bàn của người lập")
    return _("Bộ lọc: đã thống nhất")


def _notes(ctx: Ctx) -> str:
    return _("Lập lúc %(when)s cho %(name)s.", when=format_datetime(ctx.now), name=ctx.actor.display_name)


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
