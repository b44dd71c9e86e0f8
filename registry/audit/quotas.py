"""Quotas of a day: what may be answered so many times is reserved before it is answered."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from sqlalchemy import delete

from registry.audit.models import QuotaUse
from registry.authz.actors import Ctx
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.context import written_first
from registry.kernel.db.compiled import CompiledStatement

#: One statement counts and compares, so that requests that run at once never pass the quota together.
_RESERVE: Final = CompiledStatement.of(
    "INSERT INTO quota_use AS quota (key, day_start, used)"
    " SELECT %(key)s, %(day_start)s, 1 WHERE %(most)s::bigint > 0"
    " ON CONFLICT (key, day_start) DO UPDATE SET used = quota.used + 1 WHERE quota.used < %(most)s::bigint"
    " RETURNING used"
)


def reserve(ctx: Ctx, *uses: tuple[str, int]) -> int | None:
    """Reserve one more use today of each quota (key, most), in turn until one is used up: then None.

    Else the number of the use of the last, from 1. What is reserved stays so if the request fails. It is written in a
    transaction of its own, so that requests of one key do not wait for each other; a read begins again behind it.
    """
    if ctx.read_only:
        keys = " ".join(key for key, _most in uses)
        number: int | None = written_first(ctx, f"quota {keys}", lambda own: reserve(own, *uses))
        return number
    number = None
    with ctx.connection.engine.connect() as connection:
        for key, most in uses:
            rows = _RESERVE.execute(connection, {"key": key, "day_start": midnight(ctx), "most": most})
            if not rows:
                return None
            number = int(rows[0].used)
    return number


def midnight(ctx: Ctx) -> datetime:
    """When the local day of `ctx` began."""
    return datetime.combine(ctx.today, time.min, tzinfo=LOCAL_ZONE)


def forget_uses(ctx: Ctx) -> None:
    """Delete the uses of days that are over."""
    ctx.session.execute(delete(QuotaUse).where(QuotaUse.day_start < midnight(ctx)))
