"""Current time: the only module that reads the machine's clock; all other code takes it from the context."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: Legal days are days in Việt Nam, independent of the server's time zone.
LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def machine_time() -> datetime:
    """Current time in UTC, time zone aware; tests replace this function by a stopped clock."""
    return datetime.now(UTC)


def utc_now() -> datetime:
    """Current time in UTC, time zone aware."""
    return machine_time()


def local_date(moment: datetime) -> date:
    """The legal day (Việt Nam time) of `moment`."""
    return moment.astimezone(LOCAL_ZONE).date()


def end_of_day(day: date) -> datetime:
    """24:00 of a day, the exclusive end of a term: the first moment that is late."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=LOCAL_ZONE)


def last_day(end: datetime) -> date:
    """The last legal day before an exclusive end."""
    return local_date(end - timedelta(microseconds=1))


def term_end(end: datetime) -> date | datetime:
    """An exclusive end as people read it: its last day, or the moment itself where it is not the end of a day."""
    return last_day(end) if end.astimezone(LOCAL_ZONE).time() == time.min else end
