"""The two times of an address: what was valid on a day, as far as it was known at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.errors import Invalid
from registry.kernel.fields import address_day, parse_day
from registry.kernel.i18n import _, format_date, format_datetime

#: Names of the arguments in every address.
AS_OF: Final = "as_of"
RECORDED_AT: Final = "recorded_at"
_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Point:
    """Both times resolved: versions valid before `valid_before` that were recorded at `known_at` or earlier."""

    day: date
    valid_before: datetime
    known_at: datetime


@dataclass(frozen=True)
class When:
    """The times that an address gives; at least one of the two is set."""

    as_of: date | None = None
    recorded_at: datetime | None = None

    def at(self, now: datetime) -> Point:
        """Both times, a missing one taken from the other; Invalid where one is in the future.

        Only `as_of`: what is known now of that day. Only `recorded_at`: what was known then of that very day.
        """
        if self.recorded_at is not None and self.recorded_at > now:
            sentence = _(
                "Thời điểm ghi nhận %(at)s chưa qua; cần một thời điểm đã qua, ví dụ 30/06/2026 17:00.",
                at=format_datetime(self.recorded_at),
            )
            raise Invalid({RECORDED_AT: sentence})
        if self.as_of is not None and self.as_of > local_date(now):
            sentence = _(
                "Ngày xem %(day)s chưa đến; cần hôm nay hoặc một ngày đã qua, ví dụ 30/06/2026.",
                day=format_date(self.as_of),
            )
            raise Invalid({AS_OF: sentence})
        known_at = self.recorded_at or now
        day = self.as_of or local_date(known_at)
        return Point(day, day_start(day + _DAY), known_at)

    @property
    def address(self) -> dict[str, str]:
        """The times that are set, as arguments of an address."""
        arguments = {}
        if self.as_of is not None:
            arguments[AS_OF] = self.as_of.isoformat()
        if self.recorded_at is not None:
            arguments[RECORDED_AT] = self.recorded_at.astimezone(LOCAL_ZONE).isoformat()
        return arguments

    @property
    def query(self) -> str:
        """The arguments as a query string."""
        return urlencode(self.address)

    @property
    def stem(self) -> str:
        """The times for the name of a file, ASCII."""
        parts = []
        if self.as_of is not None:
            parts.append(f"tai-{self.as_of:%Y%m%d}")
        if self.recorded_at is not None:
            parts.append(f"ghi-nhan-{self.recorded_at.astimezone(LOCAL_ZONE):%Y%m%d-%H%M%S}")
        return "-".join(parts)

    def text(self, now: datetime) -> str:
        """One sentence for banners and files: which day, known when."""
        point = self.at(now)
        return _(
            "Dữ liệu có hiệu lực tại ngày %(day)s, theo những gì hệ thống đã ghi nhận đến %(known)s.",
            day=format_date(point.day),
            known=format_moment(point.known_at),
        )


def day_start(day: date) -> datetime:
    """The first moment of a day in Việt Nam."""
    return datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)


def format_moment(moment: datetime) -> str:
    """A moment to the second, in a form that can be entered again."""
    return moment.astimezone(LOCAL_ZONE).strftime("%d/%m/%Y %H:%M:%S")


def read_when(args: Mapping[str, str]) -> When | None:
    """The times of an address; None for the present, Invalid for what is no time."""
    as_of = address_day(args, AS_OF)
    recorded_at = _moment_of(args.get(RECORDED_AT, "").strip())
    return None if as_of is None and recorded_at is None else When(as_of, recorded_at)


def _moment_of(text: str) -> datetime | None:
    """A day (its last instant), or a day and a time of day with or without a zone (default: Việt Nam)."""
    if not text:
        return None
    day_text, _between, clock = text.replace("T", " ", 1).partition(" ")
    try:
        day = parse_day(day_text)
        # An unescaped plus sign of a zone arrives as a space.
        time_of_day = time.fromisoformat(clock.strip().replace(" ", "+")) if clock.strip() else None
    except ValueError as refused:
        sentence = _(
            "“%(text)s” không phải thời điểm; cần ngày, hoặc ngày và giờ, ví dụ 30/06/2026 17:00.", text=text[:40]
        )
        raise Invalid({RECORDED_AT: sentence}) from refused
    if time_of_day is None:
        return day_start(day + _DAY) - _INSTANT
    return datetime.combine(day, time_of_day, tzinfo=time_of_day.tzinfo or LOCAL_ZONE)
