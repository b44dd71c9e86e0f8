"""Progress of long steps: reported in separate short transactions, which also return requests to stop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import select, text

from registry.accounts.user_jobs import JobProgress
from registry.authz.actors import Ctx
from registry.imports.models import ImportBatch, ImportProgress
from registry.kernel.db.session import Database
from registry.kernel.i18n import _, _l

#: Seconds between two reports.
_EVERY_S: Final = 0.5
_REPORT: Final = text(
    "INSERT INTO import_progress (batch_id, step, done, total, started_at, updated_at)"
    " VALUES (:batch, :step, :done, :total, :now, :now)"
    " ON CONFLICT (batch_id) DO UPDATE SET step = :step, done = :done, total = :total, updated_at = :now,"
    # Start of the step, for rate and time left.
    " started_at = CASE WHEN :first OR import_progress.step <> :step THEN :now ELSE import_progress.started_at END"
    " RETURNING cancel_requested"
)


class Progress(Protocol):
    """Receiver of progress: name and size of a step, then the number of rows done."""

    def step(self, name: str, total: int | None = None) -> None:
        """Begin a step; raises Stopped on request."""
        ...

    def advance(self, done: int) -> None:
        """Report rows done; raises Stopped on request."""
        ...


class NoProgress:
    """Ignore progress of short steps."""

    def step(self, name: str, total: int | None = None) -> None: ...

    def advance(self, done: int) -> None: ...


NO_PROGRESS: Final[Progress] = NoProgress()


class ProgressReporter:
    """Progress of one batch in `import_progress`, at most twice a second within a step."""

    def __init__(self, database: Database, batch_id: int) -> None:
        self._batch_id = batch_id
        self._step = ""
        self._total: int | None = None
        self._begun = False
        self._database = database
        self._report = self._reporter()

    def step(self, name: str, total: int | None = None) -> None:
        self._step, self._total = name, total
        # A new step is reported at once.
        self._report = self._reporter()
        self._report(0, total)

    def advance(self, done: int) -> None:
        self._report(done, self._total)

    def _reporter(self) -> JobProgress:
        return JobProgress(self._database, self._note, every_s=_EVERY_S)

    def _note(self, ctx: Ctx, done: int, total: int | None) -> bool:
        values = {"batch": self._batch_id, "step": self._step, "done": done, "total": total, "now": ctx.now}
        is_first, self._begun = not self._begun, True
        return bool(ctx.session.scalar(_REPORT, values | {"first": is_first}))


# --- display ------------------------------------------------------------------------------------------------------
#: Labels of the steps.
STEPS: Final[dict[str, Any]] = {
    "reading": _l("Đọc tệp"),
    "checking": _l("Kiểm tra từng dòng"),
    "applying": _l("Ghi vào hệ thống"),
    "undoing": _l("Hoàn tác"),
}
#: Minimum duration for a rate.
_LEAST_S: Final = 2.0
_MINUTE: Final = 60
_HOUR: Final = 3600


@dataclass(frozen=True)
class ProgressView:
    """Progress for display; None where a value is unknown."""

    step: str
    done: int
    total: int | None
    per_second: int | None
    left: str | None
    cancel_requested: bool


def progress_views(ctx: Ctx, batches: Iterable[ImportBatch]) -> dict[int, ProgressView]:
    """Last reported progress by batch id."""
    ids = [batch.id for batch in batches]
    if not ids:
        return {}
    return {
        row.batch_id: _view(row)
        for row in ctx.session.scalars(select(ImportProgress).where(ImportProgress.batch_id.in_(ids)))
    }


def _view(row: ImportProgress) -> ProgressView:
    seconds = (row.updated_at - row.started_at).total_seconds()
    rate = row.done / seconds if seconds >= _LEAST_S and row.done else None
    left = (row.total - row.done) / rate if rate and row.total is not None and row.total >= row.done else None
    return ProgressView(
        step=str(STEPS.get(row.step, "")),
        done=row.done,
        total=row.total,
        per_second=round(rate) if rate else None,
        left=None if left is None else duration(left),
        cancel_requested=row.cancel_requested,
    )


def duration(seconds: float) -> str:
    """Waiting time as text, rounded up."""
    if seconds < _MINUTE:
        return _("chưa đến một phút")
    if seconds < _HOUR:
        return _("khoảng %(count)d phút", count=-(-int(seconds) // _MINUTE))
    return _(
        "khoảng %(hours)d giờ %(minutes)d phút", hours=int(seconds) // _HOUR, minutes=int(seconds) % _HOUR // _MINUTE
    )
