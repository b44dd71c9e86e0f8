"""Add, confirm and withdraw rows of law; each takes the lock of the table and leaves one record in the audit log."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.audit.chain import record
from registry.audit.undo import Undoable, rows_of_change
from registry.authz.actors import Ctx
from registry.authz.scopes import require
from registry.dated_rows.tables import FIRST_DAYS, VALID_FROM, DatedTable, RowT
from registry.kernel.db.history import history_of
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _, format_date, format_datetime

_ONE_DAY: Final = timedelta(days=1)


def begin(ctx: Ctx, table: DatedTable[RowT]) -> None:
    """Forbidden without the right to change the table; else exclude other changes until the transaction ends."""
    require(ctx, table.permission)
    table.lock(ctx)


def get_row(ctx: Ctx, table: DatedTable[RowT], row_id: int) -> RowT:
    """One row, also a withdrawn one; NotFound without one."""
    row = ctx.session.get(table.model, row_id)
    if row is None:
        raise NotFound
    return row


def rows_by_id(ctx: Ctx, table: DatedTable[RowT], ids: Collection[int]) -> Sequence[RowT]:
    """The rows of these ids; those that do not exist are left out."""
    model: Any = table.model
    return list(ctx.session.scalars(select(model).where(model.id.in_(ids))))


def rows_of_series(ctx: Ctx, table: DatedTable[RowT], row: RowT) -> list[RowT]:
    """The rows of the series of a row with the withdrawn ones, newest first; `row` may be a new one."""
    model: Any = table.model
    series = [getattr(model, column).is_not_distinct_from(getattr(row, column)) for column in table.series]
    return list(ctx.session.scalars(select(model).where(*series).order_by(model.valid_from.desc(), model.id.desc())))


def standing_rows(ctx: Ctx, table: DatedTable[RowT], row: RowT) -> list[RowT]:
    """The same without the withdrawn ones."""
    return [other for other in rows_of_series(ctx, table, row) if other.withdrawn_at is None]


def row_of_today(ctx: Ctx, rows: Sequence[Any]) -> Any | None:
    """The row in force today of the rows of one series, newest first; None before its first day."""
    return next((row for row in rows if row.withdrawn_at is None and row.valid_from <= ctx.today), None)


def list_series(ctx: Ctx, table: DatedTable[RowT]) -> list[list[RowT]]:
    """The rows of a dated table by series, each newest first, the withdrawn ones included."""
    model: Any = table.model
    columns = [getattr(model, column) for column in table.series]
    query = select(model).order_by(*columns, model.valid_from.desc(), model.id.desc())
    by_series: dict[tuple[Any, ...], list[RowT]] = {}
    for row in ctx.session.scalars(query):
        by_series.setdefault(tuple(table.key_of(row)), []).append(row)
    return list(by_series.values())


def in_force(session: Session, table: DatedTable[RowT], day: date, *series: Any) -> RowT | None:
    """The row that applies on a day, of the series with these values; None before its first day."""
    model: Any = table.model
    conditions = [getattr(model, column) == value for column, value in zip(table.series, series, strict=True)]
    query = select(model).where(*conditions, model.valid_from <= day, model.withdrawn_at.is_(None))
    row: RowT | None = session.scalars(query.order_by(model.valid_from.desc()).limit(1)).one_or_none()
    return row


def check_first_day(ctx: Ctx, table: DatedTable[RowT], row: Any, standing: Sequence[Any]) -> None:
    """Invalid for a day out of the span, or one that the standing rows of its series have no room for.

    A row with a last day may lie before others, and a table that `inserts` takes a day between two rows.
    """
    first, last = row.valid_from, getattr(row, "valid_to", None)
    problem = FIRST_DAYS.problem(VALID_FROM.label, first, ctx.today)
    if problem:
        raise Invalid({"valid_from": problem})
    if last is not None and last < first:
        raise Invalid({"valid_to": _("Ngày cuối %(day)s trước ngày đầu; cần ngày sau.", day=format_date(last))})
    days = sorted(other.valid_from for other in standing)
    if not days:
        return
    if table.inserts:
        problem = _problem_between(first, days)
    elif not hasattr(row, "valid_to"):
        if first <= days[-1]:
            problem = _("Ngày hiệu lực phải sau %(day)s, ngày hiệu lực của dòng mới nhất.", day=format_date(days[-1]))
    else:
        taken = next((day for day in days if first <= day and (last is None or day <= last)), None)
        problem = taken and _(
            "Đã có dòng có hiệu lực từ ngày %(day)s; dòng mới phải bắt đầu sau đó, hoặc kết thúc trước đó.",
            day=format_date(taken),
        )
    if problem:
        raise Invalid({"valid_from": problem})


def _problem_between(first: date, days: Sequence[date]) -> str | None:
    if first in days:
        return _(
            "Đã có dòng có hiệu lực từ ngày %(day)s; hãy chọn ngày khác, hoặc rút dòng đó trước.",
            day=format_date(first),
        )
    if first < days[0]:
        return _(
            "Ngày hiệu lực %(day)s phải sau %(first)s, ngày hiệu lực của dòng đầu tiên.",
            day=format_date(first),
            first=format_date(days[0]),
        )
    return None


def add_row(ctx: Ctx, table: DatedTable[RowT], row: RowT, **details: Any) -> RowT:
    """Add a row of a dated table; the row before it ends the day before, where rows have a last day.

    Invalid for a first day that `check_first_day` refuses.
    """
    begin(ctx, table)
    standing: Sequence[Any] = standing_rows(ctx, table, row)
    check_first_day(ctx, table, row, standing)
    if hasattr(table.model, "valid_to"):
        first = row.valid_from  # type: ignore[attr-defined]  # rows with a last day are dated
        for before in standing:
            if before.valid_from < first and (before.valid_to is None or before.valid_to >= first):
                before.valid_to = first - _ONE_DAY
        ctx.session.flush()
    return write_row(ctx, table, row, **details)


def write_row(ctx: Ctx, table: DatedTable[RowT], row: RowT, **details: Any) -> RowT:
    """Write a row that the caller, who holds the lock, has checked."""
    ctx.session.add(row)
    ctx.session.flush()
    record_change(ctx, table, "add", row, **details)
    return row


def confirm_row(ctx: Ctx, table: DatedTable[RowT], row_id: int, sources: Mapping[str, str]) -> RowT:
    """Record that a row was compared with its source; `sources` (by column) may name it more exactly than before.

    Conflict if it was withdrawn or confirmed already.
    """
    begin(ctx, table)
    row = _locked(ctx, table, row_id)
    if row.withdrawn_at is not None or not row.needs_verification:
        raise Conflict(_("Dòng %(row)s không còn chờ xác nhận.", row=table.name_of(row)))
    for column in row.CITES:
        setattr(row, column, sources[column])
    row.needs_verification = False
    ctx.session.flush()
    record_change(ctx, table, "confirm", row)
    return row


def withdraw_row(ctx: Ctx, table: DatedTable[RowT], row_id: int, reason: str, **details: Any) -> RowT:
    """Withdraw a mistaken row; the one before it applies again, for as long as it did before.

    Conflict and Invalid as of `require_withdrawable`.
    """
    row = take_out(ctx, table, row_id, reason)
    record_change(ctx, table, "withdraw", row, **details)
    return row


def take_out(ctx: Ctx, table: DatedTable[RowT], row_id: int, reason: str) -> RowT:
    """The same without its record, for a savepoint that shows what the change would do."""
    row = require_withdrawable(ctx, table, row_id)
    row.withdrawn_at, row.withdrawn_reason = ctx.now, reason
    ctx.session.flush()
    if hasattr(table.model, "valid_to"):
        _lengthen_before(ctx, row, standing_rows(ctx, table, row))
    return row


def require_withdrawable(ctx: Ctx, table: DatedTable[RowT], row_id: int) -> RowT:
    """The row, locked.

    Conflict if it was withdrawn or replaced already; Invalid for the first one of a series that keeps it, and for one
    that others rest on.
    """
    begin(ctx, table)
    row: Any = _locked(ctx, table, row_id)
    if row.withdrawn_at is not None:
        sentence = _(
            "Dòng %(row)s đã ngừng áp dụng lúc %(moment)s.",
            row=table.name_of(row),
            moment=format_datetime(row.withdrawn_at),
        )
        raise Conflict(sentence)
    if table.keeps_first(row) and standing_rows(ctx, table, row)[-1] is row:
        sentence = _(
            "Dòng %(row)s là dòng đầu tiên nên không rút được; cần thêm dòng đúng từ một ngày sau đó.",
            row=table.name_of(row),
        )
        raise Invalid({"reason": sentence})
    if table.check_withdrawal is not None:
        table.check_withdrawal(ctx, row)
    locked: RowT = row
    return locked


def record_change(ctx: Ctx, table: DatedTable[RowT], verb: str, row: Any, **details: Any) -> None:
    """The record of a change in the audit log: the series and first day of the row, its facts and `details`."""
    facts = {column: _as_json(value) for column, value in zip(table.series, table.key_of(row), strict=True)}
    if hasattr(row, "valid_from"):
        facts["valid_from"] = row.valid_from.isoformat()
    record(ctx, f"{table.action}.{verb}", table.name, row.id, **{**facts, **table.facts(row), **details})


def _as_json(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _locked(ctx: Ctx, table: DatedTable[RowT], row_id: int) -> RowT:
    row = ctx.session.get(table.model, row_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def _lengthen_before(ctx: Ctx, row: Any, others: Sequence[Any]) -> None:
    """Give the row before back the last day that it had before `row` was added, up to the next standing row."""
    before = next((version for version in others if version.valid_from < row.valid_from), None)
    if before is None or before.valid_to != row.valid_from - _ONE_DAY:
        return
    history = history_of(type(row)).c
    added = (
        select(history.change_id).where(history.id == row.id).order_by(history.history_id).limit(1).scalar_subquery()
    )
    versions = ctx.session.execute(
        select(history.valid_to, (history.change_id == added).label("is_shortened"))
        .where(history.id == before.id)
        .order_by(history.history_id)
    ).all()
    former = next(
        (
            version
            for version, after in itertools.pairwise(versions)
            if after.is_shortened and after.valid_to == before.valid_to
        ),
        None,
    )
    if former is None:
        return
    following = min((version.valid_from for version in others if version.valid_from > row.valid_from), default=None)
    last_days = [day for day in (former.valid_to, following and following - _ONE_DAY) if day]
    before.valid_to = min(last_days, default=None)
    ctx.session.flush()


def undo_of_added_row(
    table: DatedTable[RowT],
    address: Callable[[Ctx, RowT], tuple[str, Mapping[str, Any]]],
    check: Callable[[Ctx, RowT], None] | None = None,
) -> Undoable:
    """A row that was just added is withdrawn again; `check` refuses those that one person does not withdraw."""

    def editable(ctx: Ctx, row_id: int) -> RowT:
        row = require_withdrawable(ctx, table, row_id)
        if check is not None:
            check(ctx, row)
        return row

    def take_back(ctx: Ctx, row: Any, change_id: int) -> dict[str, Any]:
        model: Any = table.model
        written = [each for each in rows_of_change(ctx, model, change_id) if each.id == row.id]
        if not all(each.is_current for each in written):
            raise Conflict(
                _("Dòng %(row)s đã được thay đổi sau khi thêm nên không hoàn tác được.", row=table.name_of(row))
            )
        take_out(ctx, table, row.id, _("Hoàn tác ngay sau khi lưu"))
        return {column: _as_json(value) for column, value in zip(table.series, table.key_of(row), strict=True)}

    return Undoable(table.name, editable, take_back, lambda _ctx, _row_id, _change_id: True, address)
