"""Files of imports on disk: one that no batch names is swept, and never one that is just being sent."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, text

from registry.authz.actors import Ctx
from registry.files.storage import FileStore
from registry.imports.models import ImportBatch

#: Uploads share this lock, the sweep takes it alone: no file is swept between its writing and its row.
_SWEEP_LOCK: Final = 7_204_004
_SHARE: Final = text("SELECT pg_advisory_xact_lock_shared(:key)")
_TRY_ALONE: Final = text("SELECT pg_try_advisory_xact_lock(:key)")


def hold_off_sweep(ctx: Ctx) -> None:
    """Keep the sweep away until this transaction, which brings a file, has ended."""
    ctx.session.execute(_SHARE, {"key": _SWEEP_LOCK})


def sweep(ctx: Ctx, store: FileStore) -> int:
    """Delete files that no batch names and that are older than 24 hours; how many. None while a file is being sent."""
    if not ctx.session.scalar(_TRY_ALONE, {"key": _SWEEP_LOCK}):
        return 0
    return store.sweep((), ctx.session.scalars(select(ImportBatch.sha256).distinct()), ctx.now)
