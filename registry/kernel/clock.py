"""Current time: the only module that reads the machine's clock; all other code takes it from the context."""

from __future__ import annotations

from datetime import UTC, date, datetime
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
