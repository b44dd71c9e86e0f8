"""The calendar as people keep it: days off and worked weekends of a year, each with its source."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _, format_date
from registry.workflow.clocks import hold_calendar
from registry.workflow.commands import SaveDay
from registry.workflow.models import CalendarDay, DayKind
from registry.workflow.recalculation import recalculate

_KIND = "calendar_day"
_SATURDAY = 5
#: Of other years the calendar says nothing.
FIRST_YEAR, LAST_YEAR = 2000, 2100


def list_days(ctx: Ctx, year: int) -> list[CalendarDay]:
    """The days of a year, withdrawn ones too, in order."""
    where = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    return list(ctx.session.scalars(select(CalendarDay).where(where).order_by(CalendarDay.day)))


def list_years(ctx: Ctx) -> list[int]:
    """The years of which the calendar says anything."""
    year = func.extract("year", CalendarDay.day)
    return [int(found) for found in ctx.session.scalars(select(year).distinct().order_by(year))]


def get_day(ctx: Ctx, day_id: int) -> CalendarDay:
    """One day of the calendar."""
    found = ctx.session.get(CalendarDay, day_id)
    if found is None:
        raise NotFound
    return found


def add_day(ctx: Ctx, command: SaveDay) -> int:
    """Enter a day, or one anew that was withdrawn; the number of cases whose term now ends on another day."""
    require(ctx, P.CALENDAR_EDIT)
    _check(command)
    hold_calendar(ctx)
    row = ctx.session.scalars(select(CalendarDay).where(CalendarDay.day == command.day)).one_or_none()
    if row is not None and row.is_active:
        raise Invalid(
            {"day": _("Ngày %(day)s đã có trong lịch (%(name)s); hãy sửa ngày đó.", day=_on(row), name=row.name)}
        )
    if row is None:
        row = CalendarDay(day=command.day, entered_at=ctx.now)
        ctx.session.add(row)
    return _set(ctx, row, command, "calendar.add")


def change_day(ctx: Ctx, day_id: int, command: SaveDay) -> int:
    """Say otherwise of a day what it is or where that stands; the day itself stays. Result as in `add_day`."""
    require(ctx, P.CALENDAR_EDIT)
    row = _active(ctx, day_id)
    _check(command)
    return _set(ctx, row, command, "calendar.change")


def withdraw_day(ctx: Ctx, day_id: int, source: str) -> int:
    """Let the rule of the week hold again, on the authority of a source. Result as in `add_day`."""
    require(ctx, P.CALENDAR_EDIT)
    row = _active(ctx, day_id)
    row.is_active, row.source, row.entered_at = False, source, ctx.now
    return _recorded(ctx, row, "calendar.withdraw")


def _active(ctx: Ctx, day_id: int) -> CalendarDay:
    hold_calendar(ctx)
    row = get_day(ctx, day_id)
    if not row.is_active:
        raise Conflict(_("Ngày %(day)s đã được bỏ khỏi lịch.", day=_on(row)))
    return row


def _check(command: SaveDay) -> None:
    if not FIRST_YEAR <= command.day.year <= LAST_YEAR:
        sentence = _(
            "Ngày %(day)s ngoài lịch; cần năm từ %(first)d đến %(last)d.",
            day=format_date(command.day),
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
        raise Invalid({"day": sentence})
    if command.kind is DayKind.WORKED_WEEKEND and command.day.weekday() < _SATURDAY:
        sentence = _(
            "Ngày %(day)s không phải thứ Bảy hay Chủ nhật nên không thể là ngày làm bù; hãy chọn ngày khác.",
            day=format_date(command.day),
        )
        raise Invalid({"kind": sentence})


def _set(ctx: Ctx, row: CalendarDay, command: SaveDay, action: str) -> int:
    row.kind, row.name, row.source = command.kind, command.name, command.source
    row.needs_verification, row.is_active, row.entered_at = command.needs_verification, True, ctx.now
    return _recorded(ctx, row, action)


def _recorded(ctx: Ctx, row: CalendarDay, action: str) -> int:
    ctx.session.flush()
    count = recalculate(ctx, f"{_on(row)}: {row.name} ({row.source})")
    record(ctx, action, _KIND, row.id, day=row.day.isoformat(), recalculated=count)
    return count


def _on(row: CalendarDay) -> str:
    return format_date(row.day)
