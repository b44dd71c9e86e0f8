"""Queries of imports: batches visible to the user, their rows, results and problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from registry.accounts.models import Organisation
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, CREATOR, get_visible, scopes_of, visible
from registry.imports.mapping.coordinate_systems import SystemHint
from registry.imports.mapping.plan import detect_system
from registry.imports.models import (
    BatchState,
    ImportBatch,
    ImportDecision,
    ImportResult,
    ImportRow,
    RowChoice,
    RowOutcome,
    without_quiet,
)
from registry.imports.reading.protocol import Declared
from registry.kernel.dated_settings import setting
from registry.kernel.db.base import Choice
from registry.kernel.errors import NotFound
from registry.kernel.fields import display_value
from registry.kernel.i18n import _, _l
from registry.kernel.paging import Cursor, Page
from registry.structures import positions
from registry.structures.forms import fields_for
from registry.structures.kinds import KINDS
from registry.structures.writing.create_edit import current_values

LISTED = 50
_LOGGED: Final = "import_rows"
_PORTION: Final = 1_000
#: Refused rows and rows with remarks; others may have quiet notes.
_WITH_PROBLEMS: Final = (
    ImportResult.problems.is_not(None),
    or_(ImportResult.outcome == RowOutcome.REFUSED, ImportResult.warned),
)


def batches_query(ctx: Ctx) -> Select[Any]:
    """The latest visible imports, newest first, with their owners."""
    return (
        select(ImportBatch)
        .where(visible(ctx, ImportBatch, P.IMPORT_RUN))
        .options(joinedload(ImportBatch.organisation, innerjoin=True))
        .order_by(ImportBatch.created_at.desc(), ImportBatch.id.desc())
        .limit(LISTED)
    )


def get_batch(ctx: Ctx, batch_id: int, *, lock: bool = False) -> ImportBatch:
    """One import with its owner; NotFound where it is not visible."""
    if lock:
        query = (
            select(ImportBatch)
            .where(ImportBatch.id == batch_id, visible(ctx, ImportBatch, P.IMPORT_RUN))
            # FOR NO KEY UPDATE: progress and decisions may still reference it.
            .with_for_update(of=ImportBatch, key_share=True)
            .execution_options(populate_existing=True)
        )
        batch = ctx.session.scalars(query).one_or_none()
        if batch is None:
            raise NotFound(_no_batch(batch_id))
        return batch
    return cast(
        "ImportBatch",
        get_visible(ctx, ImportBatch, P.IMPORT_RUN, ImportBatch.id == batch_id, message=_no_batch(batch_id)),
    )


def _no_batch(batch_id: int) -> str:
    return _("Không có lô nhập số %(number)d, hoặc không có quyền xem.", number=batch_id)


def declared_in(batch: ImportBatch) -> Declared | None:
    crs = batch.found.get("crs")
    return Declared(**crs) if crs else None


def hint_of_batch(batch: ImportBatch, mapping: Mapping[str, str]) -> SystemHint:
    """Probable coordinate system of a batch, for a mapping."""
    description = batch.found
    return detect_system(
        description.get("title") or "",
        description.get("header") or (),
        mapping,
        declared=declared_in(batch),
        file_format=batch.file_format.value if batch.file_format else "",
        statements=description.get("said") or (),
        elsewhere=(*(batch.options.get("elsewhere") or ()), batch.table_name or "", batch.file_name),
        degrees=bool(description.get("degrees")),
    )


def owner_of(ctx: Ctx, batch: ImportBatch) -> Organisation:
    return ctx.session.get_one(Organisation, batch.organisation_id)


@dataclass(frozen=True)
class ListedRow:
    """A row with its result; `given` are its mapped cells by field."""

    number: int
    given: Mapping[str, str]
    result: ImportResult


def log_batch_access(ctx: Ctx, batch: ImportBatch) -> None:
    """Log access to the exact positions of another organisation's rows, once per request."""
    if ctx.memo.get(_LOGGED) != batch.id:
        ctx.memo[_LOGGED] = batch.id
        log_access(ctx, _LOGGED, [batch.organisation_id], rows=batch.counts.get("rows", 0), batch=batch.id)


def list_problem_rows(ctx: Ctx, batch: ImportBatch, *, limit: int | None = None) -> list[ListedRow]:
    """Rows with problems, refused ones first, then by number."""
    log_batch_access(ctx, batch)
    query = (
        select(ImportRow, ImportResult)
        .join(ImportResult, same_row(ImportResult))
        .where(ImportRow.batch_id == batch.id, *_WITH_PROBLEMS)
        .order_by(ImportResult.outcome != RowOutcome.REFUSED, ImportResult.number)
        .limit(limit)
    )
    header: list[str] = batch.found["header"]
    at = {field: header.index(word) for field, word in batch.mapping.items()}
    return [
        ListedRow(row.number, {field: row.cells[index] for field, index in at.items()}, result)
        for row, result in ctx.session.execute(query)
    ]


@dataclass(frozen=True)
class ProblemGroup:
    """A problem that several rows have with one value."""

    column: str
    value: str
    reason: str
    outcome: RowOutcome
    rows: list[int]


def group_problems(rows: Iterable[ListedRow]) -> list[ProblemGroup]:
    """The problems of rows, equal ones of one value once with all their rows, in the order of their first rows."""
    groups: dict[tuple[Any, ...], ProblemGroup] = {}
    for row in rows:
        for problem in row.result.remarks:
            key = (problem["column"], problem["value"], problem["reason"], row.result.outcome)
            groups.setdefault(key, ProblemGroup(*key, rows=[])).rows.append(row.number)
    return list(groups.values())


@dataclass(frozen=True)
class Problem:
    """One problem of a row; a remark where not `blocks`."""

    row: int
    outcome: RowOutcome
    field: str
    column: str
    value: str
    reason: str
    blocks: bool


def stream_problems(ctx: Ctx, batch: ImportBatch) -> Iterator[Problem]:
    """All problems in the order of `list_problem_rows`, streamed."""
    log_batch_access(ctx, batch)
    query = (
        select(ImportResult.number, ImportResult.outcome, ImportResult.problems)
        .where(ImportResult.batch_id == batch.id, *_WITH_PROBLEMS)
        .order_by(ImportResult.outcome != RowOutcome.REFUSED, ImportResult.number)
    )
    for row in ctx.session.execute(query, execution_options={"yield_per": _PORTION}):
        for problem in without_quiet(row.problems):
            texts = (problem.get("field") or "", problem["column"], problem["value"], problem["reason"])
            yield Problem(row.number, row.outcome, *texts, blocks=problem["blocks"])


def list_owners(ctx: Ctx) -> list[Organisation]:
    """Organisations for which the user may import."""
    query = select(Organisation).where(or_(Organisation.valid_to.is_(None), Organisation.valid_to >= ctx.today))
    if not {ALL, CREATOR}.intersection(scopes_of(ctx.actor, P.IMPORT_RUN)):
        query = query.where(Organisation.id.in_(ctx.actor.organisation_ids))
    return list(ctx.session.scalars(query.order_by(Organisation.short_name, Organisation.id)))


PAGE_SIZE: Final = 50
_FIRST: Final = 200
_SIBLINGS: Final = 20
#: Setting: distance in metres from which a move is listed as far.
_FAR: Final = "imports.moved_m"


class ResultList(Choice):
    """Lists of the preview."""

    ALL = "all", _l("Tất cả")
    NEW = "new", _l("Thêm mới")
    CHANGED = "changed", _l("Cập nhật")
    MOVED = "moved", _l("Thay đổi vị trí xa")
    UNCHANGED = "unchanged", _l("Không đổi")
    DUPLICATE = "duplicate", _l("Trùng")
    REFUSED = "refused", _l("Không nhập")
    WARNED = "warned", _l("Có lưu ý")
    CORRECTED = "mended", _l("Đã sửa tại chỗ")


_OUTCOMES: Final = {
    ResultList.NEW: RowOutcome.NEW,
    ResultList.CHANGED: RowOutcome.CHANGED,
    ResultList.UNCHANGED: RowOutcome.UNCHANGED,
    ResultList.REFUSED: RowOutcome.REFUSED,
}


@dataclass(frozen=True)
class ResultRow:
    """A row with its result and decision, and its structure if the user may see it."""

    row: ImportRow
    result: ImportResult
    choice: RowChoice | None = None
    existing: Row[Any] | None = None

    @property
    def other(self) -> int | None:
        """The row of the file that this one repeats or was merged into."""
        return next((item["other"] for item in self.problems if item.get("other")), None)

    @property
    def number(self) -> int:
        return self.row.number

    @property
    def problems(self) -> list[dict[str, Any]]:
        return self.result.problems or []

    @property
    def is_corrected(self) -> bool:
        return self.row.original is not None


def list_results(ctx: Ctx, batch: ImportBatch, show: ResultList, cursor: Cursor | None = None) -> Page[ResultRow]:
    """One page of a list of results, by row number."""
    log_batch_access(ctx, batch)
    query = _rows(batch).where(*where_of(ctx, show))
    result_rows, following, previous = read_page(ctx, query, ImportRow.number, cursor, lambda row: int(row[0].number))
    total = count_results(ctx, batch, show)
    return Page(_with_structures(ctx, result_rows), following, previous, total, batch.counts["rows"])


def read_page(
    ctx: Ctx, query: Any, key: Any, cursor: Cursor | None, key_of: Callable[[Any], int]
) -> tuple[list[Any], Cursor | None, Cursor | None]:
    """One page of a query in the order of `key`, with the cursors of the next and the previous page."""
    backwards = cursor is not None and cursor.backwards
    if cursor is not None:
        query = query.where(key < cursor.id if backwards else key > cursor.id)
    page_rows = list(ctx.session.execute(query.order_by(key.desc() if backwards else key).limit(PAGE_SIZE + 1)))
    more = len(page_rows) > PAGE_SIZE
    page_rows = page_rows[:PAGE_SIZE]
    if backwards:
        page_rows.reverse()
    has_next = bool(page_rows) and (more or backwards)
    has_previous = bool(page_rows) and cursor is not None and (more or not backwards)
    return (
        page_rows,
        Cursor(None, key_of(page_rows[-1])) if has_next else None,
        Cursor(None, key_of(page_rows[0]), backwards=True) if has_previous else None,
    )


def count_results(ctx: Ctx, batch: ImportBatch, show: ResultList) -> int:
    """Number of rows of a list; counts of the check are reused."""
    if show in _OUTCOMES or show is ResultList.WARNED:
        return int(batch.counts.get(show.value, 0))
    if show is ResultList.ALL:
        return int(batch.counts.get("rows", 0))
    counted = _rows(batch).where(*where_of(ctx, show)).with_only_columns(func.count())
    return int(ctx.session.execute(counted).scalar_one())


def get_result(ctx: Ctx, batch: ImportBatch, number: int) -> ResultRow | None:
    log_batch_access(ctx, batch)
    # The check writes by SQL, so objects in the session may be outdated.
    query = _rows(batch).where(ImportRow.number == number).execution_options(populate_existing=True)
    row = ctx.session.execute(query).one_or_none()
    return _with_structures(ctx, [row])[0] if row is not None else None


def far_move_m(ctx: Ctx) -> Decimal:
    """Distance in metres from which a move is listed as far."""
    return Decimal(str(setting(ctx.session, _FAR, ctx.today)))


def where_of(ctx: Ctx, show: ResultList) -> list[ColumnElement[bool]]:
    """Conditions of a list; a decided duplicate stays in its list."""
    if show in _OUTCOMES:
        return [ImportResult.outcome == _OUTCOMES[show]]
    if show is ResultList.DUPLICATE:
        return [or_(ImportResult.outcome == RowOutcome.DUPLICATE, ImportDecision.choice.is_not(None))]
    if show is ResultList.WARNED:
        return [ImportResult.warned.is_(True)]
    if show is ResultList.MOVED:
        return [ImportResult.moved_m > far_move_m(ctx), ImportResult.outcome == RowOutcome.CHANGED]
    return [ImportRow.original.is_not(None)] if show is ResultList.CORRECTED else []


def problem_columns(batch: ImportBatch, problem: Mapping[str, Any]) -> list[int]:
    """Column indexes of a problem; it names fields, or headers."""
    header: list[str] = batch.found["header"]
    words = [batch.mapping.get(name) for name in str(problem.get("field") or "").split(",")]
    if not any(words):
        column = str(problem.get("column") or "")
        words = [column] if column in header else list(column.split(", "))
    return [header.index(word) for word in words if word in header]


def field_cells(batch: ImportBatch, row: ImportRow, *names: str) -> list[str]:
    """Non-empty mapped cells of some fields, in the given order."""
    header: list[str] = batch.found["header"]
    places = [header.index(batch.mapping[name]) for name in names if batch.mapping.get(name) in header]
    return [row.cells[index] for index in places if row.cells[index].strip()]


def first_cells(ctx: Ctx, batch: ImportBatch) -> list[tuple[str, ...]]:
    """Cells of the first rows."""
    query = select(ImportRow.cells).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number).limit(_FIRST)
    return [tuple(cells) for cells in ctx.session.scalars(query)]


def batches_of_same_file(ctx: Ctx, batch: ImportBatch) -> list[ImportBatch]:
    """Other imports of the same owner from the same file, newest first."""
    query = (
        select(ImportBatch)
        .where(
            ImportBatch.sha256 == batch.sha256,
            ImportBatch.organisation_id == batch.organisation_id,
            ImportBatch.id != batch.id,
            ImportBatch.state != BatchState.CANCELLED,
        )
        .order_by(ImportBatch.id.desc())
        .limit(_SIBLINGS)
    )
    return list(ctx.session.scalars(query))


def duplicates(ctx: Ctx, batch: ImportBatch) -> Any:
    """Query of the rows that may be decided on."""
    return _rows(batch).where(*where_of(ctx, ResultList.DUPLICATE))


def _rows(batch: ImportBatch) -> Any:
    return (
        select(ImportRow, ImportResult, ImportDecision.choice)
        .join(ImportResult, same_row(ImportResult))
        .outerjoin(ImportDecision, same_row(ImportDecision))
        .where(ImportRow.batch_id == batch.id)
    )


def same_row(table: type[ImportResult] | type[ImportDecision]) -> ColumnElement[bool]:
    return and_(table.batch_id == ImportRow.batch_id, table.number == ImportRow.number)


def _with_structures(ctx: Ctx, result_rows: Iterable[Any]) -> list[ResultRow]:
    rows: list[tuple[ImportRow, ImportResult, RowChoice | None]] = [tuple(row) for row in result_rows]
    structures = structures_of(ctx, {result.structure_id for _row, result, _choice in rows if result.structure_id})
    return [ResultRow(row, result, choice, structures.get(result.structure_id or 0)) for row, result, choice in rows]


def structures_of(ctx: Ctx, ids: set[int]) -> dict[int, Row[Any]]:
    """Structures by id, limited to those that the user sees exactly; positions are not read."""
    if not ids:
        return {}
    readable_rows = positions.readable(ctx)
    names = ("id", "code", "name", "own_code", "kind", "status", "confirmed_on")
    query = select(*(readable_rows.c[name] for name in names)).where(readable_rows.c.id.in_(ids), readable_rows.c.exact)
    return {row.id: row for row in positions.run(ctx, query)}


def compare_with_register(
    ctx: Ctx, batch: ImportBatch, rows: Iterable[ResultRow]
) -> dict[int, list[tuple[str, str, str]]]:
    """Row number -> (label, cell, registered value) of each mapped field, for visible structures."""
    model = KINDS[batch.kind].model
    about = {row.number: row for row in rows if row.existing is not None and row.existing.kind == batch.kind}
    ids = {row.existing.id for row in about.values() if row.existing is not None}
    registered = {each.id: each for each in ctx.session.scalars(select(model).where(model.id.in_(ids)))} if ids else {}
    header, fields = batch.found["header"], fields_for(batch.kind)
    at = {name: header.index(word) for name, word in batch.mapping.items() if name in fields and word in header}
    differences = {}
    for number, row in about.items():
        structure = registered[row.existing.id] if row.existing is not None else None
        if structure is None:
            continue
        values = current_values(structure)
        pairs = [
            (fields[name], row.row.cells[index], display_value(fields[name], values.get(name)))
            for name, index in at.items()
        ]
        differences[number] = [
            (str(field.label), cell, registered) for field, cell, registered in pairs if cell.strip() or registered
        ]
    return differences
