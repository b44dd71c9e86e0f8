"""Dates, times, numbers and money in Vietnamese and English notation."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date
from babel.dates import format_timedelta
from babel.numbers import format_currency, format_decimal
from flask import Flask

from registry.kernel.clock import utc_now
from registry.kernel.i18n.messages import DEFAULT_LANGUAGE, TIMEZONE_NAME, current_locale

TIMEZONE: Final = ZoneInfo(TIMEZONE_NAME)
NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"
_MONTHS_WITH_ZERO: Final = (1, 2)
_DAYS_WITH_ZERO_BELOW: Final = 10

Number = int | Decimal


#: Bytes of a kilobyte; below ten of them a decimal is shown.
_KILO: Final = 1024
_TEN_KB: Final = 10 * _KILO


def local(moment: datetime) -> datetime:
    """The moment in Vietnamese time (UTC+7); ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"moment {moment.isoformat()} has no time zone, expected an aware datetime")
    return moment.astimezone(TIMEZONE)


def _day_of(value: date) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def format_date(value: date | None) -> str:
    """dd/MM/yyyy in both languages, the Vietnamese day of a moment; "" for None."""
    return "" if value is None else _day_of(value).strftime("%d/%m/%Y")


def format_datetime(value: datetime | None) -> str:
    """dd/MM/yyyy HH:mm in Vietnamese time; "" for None."""
    return "" if value is None else local(value).strftime("%d/%m/%Y %H:%M")


def format_relative(value: datetime | None, now: datetime | None = None) -> str:
    """Time from `now` (default: current time): "3 ngày trước", "in 2 hours"."""
    if value is None:
        return ""
    delta = local(value) - (now or utc_now())
    return format_timedelta(delta, add_direction=True, locale=current_locale())


def format_long_date(value: date | None) -> str:
    """The date as in official documents: "ngày 01 tháng 3 năm 2026" (Decree 30/2020), "1 March 2026".

    Days below 10 and the months 1 and 2 get a leading zero against forgery.
    """
    if value is None:
        return ""
    day = _day_of(value)
    if current_locale() != DEFAULT_LANGUAGE:
        return babel_date(day, "d MMMM yyyy", locale=current_locale())
    day_text = f"{day.day:02d}" if day.day < _DAYS_WITH_ZERO_BELOW else str(day.day)
    month_text = f"{day.month:02d}" if day.month in _MONTHS_WITH_ZERO else str(day.month)
    return f"ngày {day_text} tháng {month_text} năm {day.year}"


def format_number(value: Number | None, decimals: int | None = None) -> str:
    """1.234.567,8 in Vietnamese, 1,234,567.8 in English; `decimals` fixes their number, else all are shown."""
    if value is None:
        return ""
    if decimals is None:
        return format_decimal(value, locale=current_locale(), decimal_quantization=False)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=current_locale())


def format_money(value: Number | None) -> str:
    """Whole đồng with the currency sign: "1.234.567 ₫"."""
    if value is None:
        return ""
    pattern = f"#,##0{NO_BREAK_SPACE}¤"
    return format_currency(value, "VND", format=pattern, locale=current_locale())


def format_metres(value: Number | None, decimals: int | None = None) -> str:
    """A length with its unit after a no-break space: "45,5 m"."""
    return "" if value is None else f"{format_number(value, decimals)}{NO_BREAK_SPACE}m"


def format_size(count: int | None) -> str:
    """A file size in bytes, KB or MB of 1,024."""
    if count is None:
        return ""
    if count < _KILO:
        return f"{format_number(count)}{NO_BREAK_SPACE}byte"
    if count < _KILO * _KILO:
        return f"{format_number(Decimal(count) / _KILO, 1 if count < _TEN_KB else 0)}{NO_BREAK_SPACE}KB"
    return f"{format_number(Decimal(count) / _KILO / _KILO, 1)}{NO_BREAK_SPACE}MB"


def init_formats(app: Flask) -> None:
    """Register the Jinja filters date, datetime, relative_time, long_date, number, money, metres and file_size."""
    app.jinja_env.filters.update(
        date=format_date,
        datetime=format_datetime,
        relative_time=format_relative,
        long_date=format_long_date,
        number=format_number,
        money=format_money,
        metres=format_metres,
        file_size=format_size,
    )
