"""Whether the register holds sample data, asked of the database at most once in a few seconds for each process."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from registry.authz.actors import PUBLIC_ACTOR
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.structures.models import Structure

_KEPT_FOR = timedelta(seconds=10)
_ANY_SAMPLE = select(Structure.id).where(Structure.is_sample).limit(1)


class SampleFlag:
    """True while any structure is marked as sample data."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked_at: datetime | None = None
        self._value = False

    def __call__(self) -> bool:
        """The answer, at most ten seconds old."""
        now = utc_now()
        if self._asked_at is None or now - self._asked_at > _KEPT_FOR:
            with self._database.transaction(PUBLIC_ACTOR, read_only=True, origin="sample-flag") as ctx:
                self._value = ctx.session.scalar(_ANY_SAMPLE) is not None
            self._asked_at = now
        return self._value
