"""Pages of the results: rows by outcome, map, duplicates, problem files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, Final, TypeVar

from flask import Response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.imports.forms import DecideFormBase, decide_form, sent_rows
from registry.imports.jobs import start
from registry.imports.models import FileFormat, ImportBatch
from registry.imports.outcome.duplicates import decide
from registry.imports.outcome.error_file import ErrorFileRows, error_file_format, write_error_file, write_problems
from registry.imports.outcome.map_rows import Box, bounds, rows_geojson
from registry.imports.pages.blueprint import bp, is_busy, page_urls, sent_cursor, store, template_context
from registry.imports.queries import (
    ResultList,
    compare_with_register,
    far_move_m,
    field_cells,
    get_batch,
    list_results,
    owner_of,
    stream_problems,
)
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.exports.workbook import XLSX
from registry.kernel.forms.answers import flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, format_number
from registry.kernel.numbers import parse_ids
from registry.structures.forms import fields_for
from registry.structures.kinds import KINDS


def read_show() -> ResultList:
    code = request.args.get("show", ResultList.ALL.value)
    if code not in set(ResultList):
        raise Invalid({"show": _("Không có danh sách “%(show)s”.", show=code[:60])})
    return ResultList(code)


@bp.get("/<int:batch_id>/rows", permission=P.IMPORT_RUN)
def rows(ctx: Ctx, batch_id: int) -> str:
    return _rows(ctx, get_batch(ctx, batch_id), read_show(), None)


@bp.post("/<int:batch_id>/decisions", permission=P.IMPORT_RUN, endpoint="decide")
def decide_post(ctx: Ctx, batch_id: int) -> BaseResponse | tuple[str, int]:
    """Save decisions on duplicates and check again; 422 without a choice."""
    batch = get_batch(ctx, batch_id)
    form = decide_form(batch, sent_rows(request.form))
    command = form.to_command(batch, request.form.get("scope", "rows")) if form.validate_on_submit() else None
    done = submit(ctx, form, lambda: decide(ctx, command)) if command is not None else None
    if done is None:
        return _rows(ctx, batch, ResultList.DUPLICATE, form), form.refusal_status
    start(ctx, store(), "check", done)
    flash_done(ctx, _("Đã ghi lựa chọn và kiểm tra lại."))
    return redirect(url_for("imports.rows", batch_id=batch_id, show=ResultList.DUPLICATE.value), code=303)


def _rows(ctx: Ctx, batch: ImportBatch, show: ResultList, sent: DecideFormBase | None) -> str:
    of = f"import:{batch.id}:{show.value}"
    page = list_results(ctx, batch, show, sent_cursor(of))
    form = None
    if show is ResultList.DUPLICATE and not is_busy(batch) and not batch.applied_at:
        form = sent or decide_form(batch, {row.number: row.choice for row in page.rows})

    return render_template(
        "imports/rows.html",
        batch=batch,
        owner=owner_of(ctx, batch),
        kind=KINDS[batch.kind],
        show=show,
        page=page,
        form=form,
        busy=is_busy(batch),
        given=lambda row, *names: field_cells(batch, row, *names),
        labels=labels(batch),
        compared=compare_with_register(ctx, batch, page.rows) if show is ResultList.DUPLICATE else {},
        bounds=bounds(ctx, batch, show),
        tabs=_tabs(ctx, batch, show),
        show_label=label_of(ctx, show),
        **page_urls(of, page, "imports.rows", batch_id=batch.id, show=show.value),
        **template_context(),
    )


def labels(batch: ImportBatch) -> dict[str, str]:
    """Field -> label with unit; for fields of files the header of the column."""
    return dict(batch.mapping) | {
        name: f"{field.label} ({field.unit.symbol})" if field.unit else str(field.label)
        for name, field in fields_for(batch.kind).items()
    }


def label_of(ctx: Ctx, show: ResultList) -> str:
    if show is ResultList.MOVED:
        return _("Thay đổi vị trí hơn %(metres)s m", metres=format_number(far_move_m(ctx)))
    return str(show.label)


def _tabs(ctx: Ctx, batch: ImportBatch, show: ResultList) -> list[dict[str, Any]]:
    counts = batch.counts | {ResultList.ALL.value: batch.counts.get("rows", 0)}
    return [
        {
            "label": label_of(ctx, each),
            "url": url_for("imports.rows", batch_id=batch.id, show=each.value),
            "active": each is show,
            "count": counts.get(each.value),
        }
        for each in ResultList
        if counts.get(each.value) or each in (show, ResultList.ALL)
    ]


_EDGES: Final = 4
#: Rows of the card of the map.
_MOST_ROWS: Final = 8
_HALF_TURN: Final = 180


@bp.get("/<int:batch_id>/places.geojson", permission=P.IMPORT_RUN, endpoint="places")
def rows_on_map(ctx: Ctx, batch_id: int) -> Response:
    """Positions of rows as GeoJSON, in a box, some by number, or all; not cached by proxies."""
    batch = get_batch(ctx, batch_id)
    box, numbers = _box(request.args.get("bbox", "")), _numbers(request.args.get("rows", ""))
    response = Response(rows_geojson(ctx, batch, read_show(), box, numbers))
    response.headers["Content-Type"] = "application/geo+json"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _numbers(text: str) -> list[int]:
    """Numbers of rows, as the card of the map asks for; Invalid for more or other text."""
    parts = text.split(",") if text else []
    numbers = parse_ids(parts)
    if len(numbers) < len(parts) or len(parts) > _MOST_ROWS:
        sentence = _("“%(rows)s” không phải số dòng; cần tối đa %(most)d số.", rows=text[:60], most=_MOST_ROWS)
        raise Invalid({"rows": sentence})
    return list(numbers)


def _box(text: str) -> Box | None:
    if not text:
        return None
    try:
        edges = [float(edge) for edge in text.split(",")]
    except ValueError:
        edges = []
    if len(edges) != _EDGES or not all(isfinite(edge) and abs(edge) <= _HALF_TURN for edge in edges):
        raise Invalid({"bbox": _("Khung “%(box)s” không đúng; cần tây,nam,đông,bắc bằng độ.", box=text[:60])})
    west, south, east, north = edges
    return west, south, east, north


ChoiceT = TypeVar("ChoiceT", ErrorFileRows, FileFormat)
_TYPES: Final = {
    FileFormat.CSV: "text/csv",
    FileFormat.XLSX: XLSX,
}


@bp.get("/<int:batch_id>/problems.csv", permission=P.IMPORT_RUN, costly=True)
def problems(ctx: Ctx, batch_id: int) -> Response:
    """All problems as CSV."""
    batch = get_batch(ctx, batch_id)
    name = f"import-{batch.id}-problems.csv"
    return _download(lambda path: write_problems(path, stream_problems(ctx, batch)), "text/csv", name)


@bp.get("/<int:batch_id>/errors", permission=P.IMPORT_RUN, costly=True)
def error_file(ctx: Ctx, batch_id: int) -> Response:
    """The file's own table with reasons, to correct and upload again."""
    batch = get_batch(ctx, batch_id)
    if batch.checked_at is None:
        raise Conflict(_("Lô nhập chưa được kiểm tra nên chưa có tệp lỗi."))
    rows = _one_of(ErrorFileRows, "rows", ErrorFileRows.REFUSED.value)
    file_format = _one_of(FileFormat, "format", error_file_format(batch, rows).value)
    if file_format not in _TYPES:
        raise Invalid({"format": _("Tệp lỗi chỉ có dạng CSV hoặc XLSX.")})
    name = f"{Path(batch.file_name).stem[:100]}-{batch.id}-loi.{file_format.value}"
    return _download(lambda path: write_error_file(ctx, batch, path, rows, file_format), _TYPES[file_format], name)


def _download(write: Callable[[Path], object], mimetype: str, name: str) -> Response:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        write(path)
        # Opened before the folder is deleted; the content is read while it is sent.
        content = path.open("rb")
    response: Response = send_file(content, mimetype=mimetype, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _one_of(choices: type[ChoiceT], name: str, default: str) -> ChoiceT:
    code = request.args.get(name, default)
    if code not in set(choices):
        raise Invalid({name: _("Không có lựa chọn “%(code)s”.", code=code[:60])})
    return choices(code)
