"""Writes of workbooks: upload, how they are read, and storing of their rows; offices' columns are remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, BinaryIO, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from registry.audit.chain import canonical, record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Conflict, NotFound
from registry.kernel.i18n import _
from registry.kernel.text import TextRefused, fold, shown
from registry.kernel.uploaded_tables import UploadedTable
from registry.routelists.commands import ImportStreets
from registry.routelists.common import require_open
from registry.routelists.queries import get_list
from registry.routelists.workbook import import_rows, read_workbook
from registry.routelists.workbook_models import RouteWorkbook, RouteWorkbookLayout

#: How long a table waits for its rows to be stored, and its outcome can be read.
RETENTION: Final = timedelta(hours=24)
_NAME_LENGTH: Final = 200
#: What is remembered of how a workbook was read.
_REMEMBERED: Final = ("headings", "meanings")


def upload_workbook(
    ctx: Ctx, list_id: int, file_name: str, stream: BinaryIO, defaults: Mapping[str, str]
) -> RouteWorkbook:
    """Read the table of a file; it waits for a day, one at a time of a person. Columns are read as the last time.

    Invalid (field `file`) where it is no such table.
    """
    require(ctx, P.ROUTELIST_PROPOSE)
    require_open(get_list(ctx, list_id))
    sheet = read_workbook(stream)
    waiting = (RouteWorkbook.user_id == ctx.actor.id) & RouteWorkbook.outcome.is_(None)
    ctx.session.execute(
        delete(RouteWorkbook).where(or_(waiting, RouteWorkbook.uploaded_at < ctx.now - RETENTION)),
        execution_options={"synchronize_session": False},
    )
    layout = ctx.session.scalars(
        select(RouteWorkbookLayout).where(
            RouteWorkbookLayout.organisation_id == ctx.actor.organisation_id,
            RouteWorkbookLayout.layout == layout_key(sheet.header),
        )
    ).one_or_none()
    workbook = RouteWorkbook(
        route_list_id=list_id,
        user_id=ctx.actor.id,
        file_name=shown(file_name).strip()[-_NAME_LENGTH:] or "?",
        sheet={"header": sheet.header, "columns": dict(sheet.columns), "rows": sheet.rows},
        options={"defaults": dict(defaults), **(_recalled(layout, sheet) if layout is not None else {})},
        outcome=None,
        recalled_from=None if layout is None else layout.file_name,
        uploaded_at=ctx.now,
        version=1,
    )
    ctx.session.add(workbook)
    ctx.session.flush()
    return workbook


def _recalled(layout: RouteWorkbookLayout, sheet: UploadedTable) -> dict[str, Any]:
    """The remembered columns as this file spells them, and the meanings."""
    spelled = {_plain(heading): heading for heading in sheet.header}
    headings = {name: spelled.get(_plain(text), "") for name, text in layout.options.get("headings", {}).items()}
    return {"headings": headings, "meanings": layout.options.get("meanings", {})}


def layout_key(header: Sequence[str]) -> str:
    """The key of the headings of a table in their order."""
    return hashlib.sha256(canonical({"header": [_plain(heading) for heading in header]})).hexdigest()


def _plain(heading: str) -> str:
    try:
        return " ".join(fold(heading).split())
    except TextRefused:
        return heading


def get_workbook(ctx: Ctx, workbook_id: int, *, locked: bool = False) -> RouteWorkbook:
    """A workbook of the actor; NotFound for those of others and for one whose day is over."""
    query = select(RouteWorkbook).where(
        RouteWorkbook.id == workbook_id,
        RouteWorkbook.user_id == ctx.actor.id,
        RouteWorkbook.uploaded_at >= ctx.now - RETENTION,
    )
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    workbook = ctx.session.scalars(query).one_or_none()
    if workbook is None:
        raise NotFound(_("Không có tệp này, hoặc tệp đã quá 24 giờ; hãy tải tệp lên lại."))
    return workbook


def sheet_of(ctx: Ctx, workbook: RouteWorkbook) -> UploadedTable:
    """The table of a workbook whose rows are not stored."""
    stored = ctx.session.scalars(select(RouteWorkbook.sheet).where(RouteWorkbook.id == workbook.id)).one() or {}
    return UploadedTable(
        tuple(stored["header"]), stored["columns"], [(number, cells) for number, cells in stored["rows"]]
    )


def command_of(workbook: RouteWorkbook) -> ImportStreets:
    """How a workbook is read."""
    return ImportStreets(workbook.route_list_id, **workbook.options)


def save_options(ctx: Ctx, workbook_id: int, version: int | None, options: Mapping[str, Any]) -> RouteWorkbook:
    """Read a workbook otherwise; Conflict where its rows are stored or another page has changed it."""
    require(ctx, P.ROUTELIST_PROPOSE)
    workbook = get_workbook(ctx, workbook_id, locked=True)
    if workbook.outcome is not None:
        raise Conflict(_("Các dòng của tệp này đã được nhập; hãy mở lại trang."))
    if workbook.version != version:
        raise Conflict(_("Cách đọc tệp đã được đổi ở một trang khác; hãy xem lại rồi tiếp tục."))
    workbook.options, workbook.version = dict(options), workbook.version + 1
    ctx.session.flush()
    return workbook


def store_rows(ctx: Ctx, workbook_id: int, version: int | None, options: Mapping[str, Any]) -> RouteWorkbook:
    """Propose the rows of a workbook as drafts; what became of each is kept for a day, its columns are remembered."""
    workbook = save_options(ctx, workbook_id, version, options)
    sheet = sheet_of(ctx, workbook)
    outcome = import_rows(ctx, command_of(workbook), sheet)
    workbook.sheet = None
    workbook.outcome = {name: asdict(outcome)[name] for name in ("placed", "unplaced", "refused")}
    values = {
        "options": {name: workbook.options.get(name, {}) for name in _REMEMBERED},
        "file_name": workbook.file_name,
        "used_at": ctx.now,
    }
    ctx.session.execute(
        insert(RouteWorkbookLayout)
        .values(organisation_id=ctx.actor.organisation_id, layout=layout_key(sheet.header), **values)
        .on_conflict_do_update(index_elements=["organisation_id", "layout"], set_=values)
    )
    ctx.session.flush()
    record(ctx, "routelist.import", "routelist", workbook.route_list_id)
    return workbook
