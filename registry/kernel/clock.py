"""The one place that reads the machine's clock; everything else gets its time from the context."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: Legal days are days in Việt Nam, whatever the server's own zone.
LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def machine_time() -> datetime:
    """What the machine's clock shows, aware, in UTC; the tests put a clock that stands still in its place."""
    return datetime.now(UTC)


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return machine_time()


def local_date(moment: datetime) -> date:
    """The legal day (Việt Nam time) on which `moment` falls."""
    return moment.astimezone(LOCAL_ZONE).date()
