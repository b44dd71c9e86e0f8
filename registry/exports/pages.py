"""Export over HTTP: short lists at once, long ones by the worker, and the page of the reader's files."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, current_app, g, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from registry.authz.actors import Ctx, Role
from registry.authz.blueprint import NOTES, GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.exports.jobs import STORE, defer_work
from registry.exports.list_view import EXPORTS
from registry.exports.public_files import RETRY_AFTER_S, is_public_file, newest_file
from registry.exports.service import RequestExport, get_finished, request_export
from registry.exports.writing import WrittenFile, access_log_details, format_of, open_list, write_list
from registry.kernel.errors import Busy, Invalid, NotFound
from registry.kernel.exports.dataset import ExportFormat
from registry.kernel.exports.formats import MEDIA_TYPES
from registry.kernel.exports.lists import ExportList, Source, costly_lists, list_of
from registry.kernel.forms.answers import flash_done
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, current_locale, format_number
from registry.kernel.lists.choice import COLUMNS
from registry.kernel.lists.page import list_page
from registry.structures.filtering.url import MAP_ARGS

bp = GuardedBlueprint("exports", __name__, errors=html_errors, url_prefix="/exports")
#: Longer lists are written by the worker.
AT_ONCE: Final = 5_000
#: A browser that opens a file may run and load nothing.
_FILE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
#: Arguments of a list page that do not select rows.
_NOT_FILTERS: Final = ("cursor", "sort", "order", COLUMNS, "csrf_token", "request_key", *MAP_ARGS)
_MOST_ARGUMENTS: Final = 200


@bp.get("", permission=P.ACCOUNT_SELF)
def index(ctx: Ctx) -> str:
    """The files of the reader."""
    listing = list_page(ctx, EXPORTS)
    return render_template(
        "exports/index.html", listing=listing, busy=any(row.ExportJob.is_open for row in listing.rows)
    )


def _is_made_now() -> bool:
    """Whether the file has yet to be made: one that the worker makes takes no slot."""
    export_list = list_of(request.view_args["list_code"]) if request.view_args else None
    return export_list is None or not is_public_file(g.ctx, export_list, is_filtered=bool(_pairs(request.args)))


@bp.get("/<list_code>.<file_format>", permission=P.PUBLIC, costly=_is_made_now)
def make(ctx: Ctx, list_code: str, file_format: str) -> BaseResponse | str:
    """The file of a short list; for a long or slow one a page that offers to let the worker write it."""
    pairs = _pairs(request.args)
    export_list, source = open_list(ctx, list_code, MultiDict(pairs))
    chosen_format = format_of(export_list, file_format)
    if is_public_file(ctx, export_list, is_filtered=bool(pairs)):
        return _newest(ctx, export_list, chosen_format)
    if not export_list.by_worker and source.count(AT_ONCE) <= AT_ONCE:
        return _at_once(ctx, list_code, chosen_format, source)
    if Role.PUBLIC in ctx.actor.roles:
        sentence = _(
            "Danh sách có hơn %(most)s dòng; hãy thu hẹp bộ lọc, hoặc đăng nhập để hệ thống lập tệp lớn.",
            most=format_number(AT_ONCE),
        )
        raise Invalid({"": sentence})
    address = url_for("exports.request_file", list_code=list_code, file_format=chosen_format.value)
    return render_template(
        "exports/large.html",
        found=export_list,
        wanted=chosen_format,
        chosen=source.chosen,
        most=AT_ONCE,
        is_long=not export_list.by_worker,
        choices=[(choice, dict(pairs).get(choice.name, choice.values[0][0])) for choice in export_list.choices],
        action=f"{address}?{urlencode(pairs)}",
    )


@bp.post("/<list_code>.<file_format>", permission=P.ACCOUNT_SELF)
def request_file(ctx: Ctx, list_code: str, file_format: str) -> BaseResponse:
    """Let the worker write the file; an equal open request is not repeated."""
    names = {choice.name for choice in list_of(list_code).choices}
    pairs = [pair for pair in _pairs(request.args) if pair[0] not in names or pair[0] not in request.form]
    pairs += [(name, request.form[name]) for name in sorted(names) if name in request.form]
    export_list, _source = open_list(ctx, list_code, MultiDict(pairs))
    chosen_format = format_of(export_list, file_format)
    command = RequestExport(list_code, chosen_format, tuple(pairs), current_locale(), costly_lists())
    job, is_new = request_export(ctx, command)
    if is_new:
        defer_work(ctx, job.id)
    flash_done(ctx, _("Hệ thống đang lập tệp; hệ thống sẽ thông báo khi tệp sẵn sàng."))
    return redirect(url_for("exports.index"), code=303)


@bp.get("/files/<int:export_id>", permission=P.ACCOUNT_SELF)
def download(ctx: Ctx, export_id: int) -> Response:
    """A file that the worker wrote, for the person who requested it, until it expires."""
    job = get_finished(ctx, export_id)
    store = STORE.current()
    path = store.path(job.id)
    if not path.is_file():
        current_app.logger.error("export %s is missing in the store", job.id)
        raise NotFound(_("Tệp không còn trong kho; hãy lập lại từ danh sách."))
    return _file_response(path, job.file_format, str(job.file_name))


def _at_once(ctx: Ctx, list_code: str, file_format: ExportFormat, source: Source) -> Response:
    with TemporaryDirectory() as folder:
        path, written = write_list(ctx, list_of(list_code), source, file_format, Path(folder))
        # The file stays readable through its handle after the folder is gone.
        handle = path.open("rb")
    _log_later(ctx, list_code, file_format, written)
    return _file_response(handle, file_format, written.file_name)


def _newest(ctx: Ctx, export_list: ExportList, file_format: ExportFormat) -> Response:
    """The file that the worker made last; Busy until there is one."""
    newest = newest_file(STORE.current(), export_list, file_format)
    content = None
    if newest is not None:
        # The worker may delete it for a newer one meanwhile; an open file stays readable.
        with suppress(FileNotFoundError):
            content = newest.path.open("rb")
    if newest is None or content is None:
        sentence = _(
            "Tệp “%(list)s” dạng %(format)s đang được hệ thống lập; hãy thử lại sau %(s)d giây.",
            list=export_list.label,
            format=file_format.label,
            s=RETRY_AFTER_S,
        )
        raise Busy(sentence, RETRY_AFTER_S)
    _log_later(ctx, export_list.code, file_format, newest.written)
    response = _file_response(content, file_format, newest.written.file_name)
    response.last_modified = newest.made_at
    return response


def _log_later(ctx: Ctx, list_code: str, file_format: ExportFormat, written: WrittenFile) -> None:
    """Write the access log entry of a file once the transaction has ended."""
    write_entry = partial(
        NOTES.current(),
        ctx.actor,
        "export",
        request_id=g.get("request_id", ""),
        origin=request.remote_addr or "",
        **access_log_details(ctx.actor, list_code, file_format, written),
    )
    ctx.after_commit.append(write_entry)


def _file_response(content: Any, file_format: ExportFormat, file_name: str) -> Response:
    response = send_file(
        content, mimetype=MEDIA_TYPES[file_format], as_attachment=True, download_name=file_name, max_age=0
    )
    response.headers["Content-Security-Policy"] = _FILE_POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _pairs(args: MultiDict[str, str]) -> list[tuple[str, str]]:
    pairs = [(name, value) for name, value in args.items(multi=True) if name not in _NOT_FILTERS]
    if len(pairs) > _MOST_ARGUMENTS:
        raise Invalid({"": _("Bộ lọc có quá %(most)d điều kiện.", most=_MOST_ARGUMENTS)})
    return pairs


def download_links(ctx: Ctx, list_code: str) -> list[dict[str, str]]:
    """Label and address of each format of a list, under the filter of the page; none without the permission."""
    export_list = list_of(list_code)
    if not holds(ctx.actor, P(export_list.permission)):
        return []
    query = urlencode(_pairs(request.args))
    return [
        {
            "label": f"{file_format.label} {export_list.remark}".strip(),
            "url": "?".join(
                filter(None, (url_for("exports.make", list_code=list_code, file_format=file_format.value), query))
            ),
        }
        for file_format in export_list.formats
    ]
