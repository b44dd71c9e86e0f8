"""How far a long import is, told in short transactions of its own, and the wish to stop that comes back that way."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final, Protocol

from sqlalchemy import text

from registry.authz.actors import SYSTEM_ACTOR
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError
from registry.kernel.i18n import _

#: Seconds between two reports: often enough for a bar that moves, rarely enough to cost nothing.
_EVERY_S: Final = 0.5
_TELL: Final = text(
    "INSERT INTO import_progress (batch_id, step, done, total, started_at, updated_at)"
    " VALUES (:batch, :step, :done, :total, :now, :now)"
    " ON CONFLICT (batch_id) DO UPDATE SET step = :step, done = :done, total = :total, updated_at = :now,"
    # Of the step: rate and time left are reckoned from it.
    " started_at = CASE WHEN :first OR import_progress.step <> :step THEN :now ELSE import_progress.started_at END"
    " RETURNING cancel_requested"
)


class Stopped(DomainError):
    """Somebody asked for the import to stop; nothing of this step stays."""

    status = 409
    title = "Stopped"

    def __init__(self) -> None:
        super().__init__(_("Đã dừng theo yêu cầu; chưa ghi gì."))


class Progress(Protocol):
    """What a long step is told to: its name and how many rows it has, then how many are done."""

    def step(self, name: str, total: int | None = None) -> None:
        """A part begins; raises Stopped where somebody asked for that."""
        ...

    def advance(self, done: int) -> None:
        """So many rows of the part are done; raises Stopped where somebody asked for that."""
        ...


class Silence:
    """Progress of what is over before anybody could look."""

    def step(self, name: str, total: int | None = None) -> None:
        """Nothing is told."""

    def advance(self, done: int) -> None:
        """Nothing is told."""


SILENCE: Final[Progress] = Silence()


@dataclass
class Reporter:
    """Progress of one batch in `import_progress`, seen by others at once."""

    database: Database
    batch_id: int
    _step: str = ""
    _total: int | None = None
    _told_at: float = field(default=-1.0)
    _begun: bool = False

    def step(self, name: str, total: int | None = None) -> None:
        """A part begins; it is told at once."""
        self._step, self._total = name, total
        self._tell(0)

    def advance(self, done: int) -> None:
        """So many rows are done; told at most twice a second."""
        if time.monotonic() - self._told_at >= _EVERY_S:
            self._tell(done)

    def _tell(self, done: int) -> None:
        with self.database.transaction(SYSTEM_ACTOR, origin="worker") as ctx:
            values = {"batch": self.batch_id, "step": self._step, "done": done, "total": self._total, "now": ctx.now}
            stop = ctx.session.scalar(_TELL, values | {"first": not self._begun})
        self._begun = True
        self._told_at = time.monotonic()
        if stop:
            raise Stopped
