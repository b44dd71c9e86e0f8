"""How far the worker is with an import, in the words and figures of a progress bar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.imports.models import ImportBatch, ImportProgress
from registry.kernel.i18n import _, _l

#: Parts of the work, by the names that the worker tells.
STEPS: Final[dict[str, Any]] = {
    "reading": _l("Đọc tệp"),
    "checking": _l("Kiểm tra từng dòng"),
    "applying": _l("Ghi vào hệ thống"),
    "undoing": _l("Hoàn tác"),
}
#: A rate from less time than this is chance.
_LEAST_S: Final = 2.0
_MINUTE: Final = 60
_HOUR: Final = 3600


@dataclass(frozen=True)
class Watched:
    """Rows done of a part of the work, per second and to go; None where that cannot be known (yet)."""

    step: str
    done: int
    total: int | None
    per_second: int | None
    left: str | None
    cancel_requested: bool


def watch(ctx: Ctx, batches: Iterable[ImportBatch]) -> dict[int, Watched]:
    """What the worker told last of each batch that it has begun, by batch."""
    ids = [batch.id for batch in batches]
    if not ids:
        return {}
    return {row.batch_id: _watched(row) for row in ctx.session.scalars(select(ImportProgress).filter(_of(ids)))}


def _of(ids: list[int]) -> Any:
    return ImportProgress.batch_id.in_(ids)


def _watched(row: ImportProgress) -> Watched:
    seconds = (row.updated_at - row.started_at).total_seconds()
    rate = row.done / seconds if seconds >= _LEAST_S and row.done else None
    left = (row.total - row.done) / rate if rate and row.total is not None and row.total >= row.done else None
    return Watched(
        step=str(STEPS.get(row.step, "")),
        done=row.done,
        total=row.total,
        per_second=round(rate) if rate else None,
        left=None if left is None else duration(left),
        cancel_requested=row.cancel_requested,
    )


def duration(seconds: float) -> str:
    """A time to wait, rounded up to what a person plans with."""
    if seconds < _MINUTE:
        return _("chưa đến một phút")
    if seconds < _HOUR:
        return _("khoảng %(count)d phút", count=-(-int(seconds) // _MINUTE))
    return _(
        "khoảng %(hours)d giờ %(minutes)d phút", hours=int(seconds) // _HOUR, minutes=int(seconds) % _HOUR // _MINUTE
    )
