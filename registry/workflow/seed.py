"""Days off and worked weekends from the `holidays` library; manual entries and withdrawals take precedence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from holidays import country_holidays
from sqlalchemy import select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.workflow.calendar_service import recalculate
from registry.workflow.clocks import lock_calendar
from registry.workflow.models import CalendarDay, DayKind

#: Years for which the library was compared with the yearly announcement; later ones follow only the law's rule.
ANNOUNCED_YEARS = range(2023, 2027)
_LAW = "Bộ luật Lao động 2019, Đ.112"
_YEARLY = f"{_LAW}; thông báo nghỉ lễ, Tết hằng năm"
_RULE = f"{_LAW}; chưa đối chiếu thông báo nghỉ lễ, Tết của năm"
_CULTURE = "Nghị quyết 80-NQ/TW; chưa đối chiếu văn bản quy định ngày nghỉ"
_CULTURE_DAY = (11, 24)
_WHY = "Bổ sung lịch nghỉ lễ, Tết"
_SWAPPED = re.compile(r"thay cho ngày (\d\d)/(\d\d)/(\d{4})")


@dataclass(frozen=True)
class SeedDay:
    """One day to be entered."""

    day: date
    kind: DayKind
    name: str
    source: str
    needs_verification: bool
    makes_up_for: date | None = None


#: Announced on 25/12/2025, after the library's data of that year was written; read in a newspaper only.
_NEW_YEAR_2026 = "Chính phủ đồng ý, Bộ Nội vụ thông báo ngày 25/12/2025 (theo báo 24h, 26/12/2025)"
_LATE_SWAPS = (
    SeedDay(date(2026, 1, 2), DayKind.DAY_OFF, "Ngày nghỉ (thay cho ngày 10/01/2026)", _NEW_YEAR_2026, True),
    SeedDay(
        date(2026, 1, 10),
        DayKind.WORKED_WEEKEND,
        "Làm bù cho ngày 02/01/2026",
        _NEW_YEAR_2026,
        True,
        makes_up_for=date(2026, 1, 2),
    ),
)


def seed_days(years: Iterable[int]) -> list[SeedDay]:
    """All days off and worked weekend days of some years, in order."""
    wanted_years = set(years)
    if not wanted_years:
        return []
    # A day may be swapped with one of the year before or after.
    named = country_holidays("VN", years=range(min(wanted_years) - 1, max(wanted_years) + 2), language="vi")
    days_by_date = {day: _day_off(day, name) for day, name in named.items()}
    for off, name in named.items():
        for parts in _SWAPPED.findall(name):
            worked = date(int(parts[2]), int(parts[1]), int(parts[0]))
            name_of_day = f"Làm bù cho ngày {off:%d/%m/%Y}"
            days_by_date[worked] = SeedDay(worked, DayKind.WORKED_WEEKEND, name_of_day, _YEARLY, False, off)
    days_by_date |= {swap.day: swap for swap in _LATE_SWAPS}
    return [days_by_date[day] for day in sorted(days_by_date) if day.year in wanted_years]


def seed_calendar(ctx: Ctx, years: Iterable[int]) -> int:
    """Enter the missing days of some years and recalculate open clocks; returns the number of days."""
    seeded_days = seed_days(years)
    lock_calendar(ctx)
    existing = set(
        ctx.session.scalars(select(CalendarDay.day).where(CalendarDay.day.in_([row.day for row in seeded_days])))
    )
    missing = [row for row in seeded_days if row.day not in existing]
    ctx.session.add_all(CalendarDay(**vars(row), is_active=True, entered_at=ctx.now) for row in missing)
    ctx.session.flush()
    if missing:
        recalculated = recalculate(ctx, _WHY)
        spans = sorted({row.day.year for row in missing})
        record(ctx, "calendar.seed", "calendar_day", None, years=spans, days=len(missing), recalculated=recalculated)
    return len(missing)


def seed_next_year(ctx: Ctx) -> int:
    """Enter the coming year unless it has entries already; returns the number of days."""
    year = ctx.today.year + 1
    begun = select(CalendarDay.id).where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
    return 0 if ctx.session.scalar(begun.limit(1)) else seed_calendar(ctx, [year])


def _day_off(day: date, name: str) -> SeedDay:
    is_culture = (day.month, day.day) == _CULTURE_DAY
    is_announced = day.year in ANNOUNCED_YEARS and not is_culture
    source = _CULTURE if is_culture else _YEARLY if is_announced else _RULE
    return SeedDay(day, DayKind.DAY_OFF, name, source, not is_announced)
