"""Apply a checked batch in one transaction; cancel, fail or undo it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import column, table, text

from registry.authz.actors import Ctx
from registry.capacity.bulk import add_places, change_places, find_holders
from registry.imports.checking.capacity import slot_label, slot_unit
from registry.imports.checking.line_ends import write_ends
from registry.imports.checking.offers import announce_offers
from registry.imports.checking.relations import write_member_lists
from registry.imports.checking.results import count_unseen, save_results
from registry.imports.checking.run import CheckResult, run_check
from registry.imports.models import BatchState, ImportBatch, RowOutcome
from registry.imports.progress import NO_PROGRESS, Progress
from registry.imports.queries import get_batch
from registry.imports.service.check import preview_notes
from registry.imports.service.common import BUSY, OPEN, locked, note, require_state
from registry.imports.service.layouts import forget_layout_of, remember_layout
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Conflict
from registry.kernel.geo.vn2000 import OPERATION
from registry.kernel.i18n import _, _n
from registry.structures.writing import can_revert, count_revertible, obstructed, revert_change
from registry.structures.writing.bulk import (
    MADE,
    MATCHES,
    Staged,
    insert_new,
    number_new,
    prepare,
    update_matched,
    written_ids,
)
from registry.structures.writing.shown_nodes import withhold_lines

_CHANGED: Final = text(
    "CREATE TEMPORARY TABLE check_changed ON COMMIT DROP AS"
    " SELECT number, moved_m FROM check_outcome WHERE outcome = 'changed'"
)
_ROWS_CHANGED: Final = table("check_changed", column("number"))
_ROWS_MOVED: Final = table("check_shifted", column("number"))
_SHIFTED: Final = text(
    "CREATE TEMPORARY TABLE check_shifted ON COMMIT DROP AS SELECT number FROM check_changed WHERE moved_m IS NOT NULL"
)


def write_rows(ctx: Ctx, batch: ImportBatch, checked: CheckResult, progress: Progress) -> dict[str, int]:
    """Register new rows and update changed ones; returns both numbers."""
    check = checked.check
    system = check.plan.system
    staged = Staged(
        kind=check.kind,
        owner_id=batch.organisation_id,
        stage=checked.stage,
        given_srid=system.epsg,
        operation=OPERATION if system.is_vn2000 else "",
        outside_area=check.plan.outside_area,
    )
    total = checked.counts.get(RowOutcome.NEW, 0) + checked.counts.get(RowOutcome.CHANGED, 0)
    progress.step("applying", total)
    owner = prepare(ctx, staged)
    find_holders(ctx)
    number_new(ctx, check.kind)
    done = 0
    for count in insert_new(ctx, staged, owner):
        done += count
        progress.advance(done)
    added = done
    label, unit = slot_label(check), slot_unit(check)
    add_places(ctx, owner.id, label, unit)
    for name, statement in (("check_changed", _CHANGED), ("check_shifted", _SHIFTED)):
        ctx.session.execute(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
        ctx.session.execute(statement)
        ctx.session.execute(text(f"ANALYZE {name}"))
    for count in update_matched(ctx, staged, check.written, _ROWS_CHANGED, _ROWS_MOVED):
        done += count
        progress.advance(done)
    change_places(ctx, owner.id, label, unit)
    write_member_lists(ctx, check)
    ctx.session.expire_all()
    return {"applied": done, "added": added, "updated": done - added}


#: Active structures of the owner and kind without a row, refused rows included.
_MISSING: Final = text(
    "INSERT INTO import_missing (batch_id, structure_id)"
    " SELECT :batch, s.id FROM structure s WHERE s.owner_organisation_id = :owner AND s.kind = :kind"
    "  AND s.status = 'active' AND NOT EXISTS (SELECT FROM check_match m WHERE m.structure_id = s.id)"
    "  AND NOT EXISTS (SELECT FROM check_duplicate d WHERE d.structure_id = s.id)"
    "  AND NOT EXISTS (SELECT FROM check_made made WHERE made.id = s.id)"
)
_FORGET: Final = text("DELETE FROM import_missing WHERE batch_id = :batch")


def list_missing(ctx: Ctx, batch: ImportBatch) -> int:
    """Store the structures that a full delivery does not list; returns their number."""
    ctx.session.execute(_FORGET, {"batch": batch.id})
    if not batch.options.get("full_delivery"):
        return 0
    values = {"batch": batch.id, "owner": batch.organisation_id, "kind": batch.kind}
    missing = ctx.session.connection().execute(_MISSING, values)
    return missing.rowcount


#: Setting: number of days in which an import can be undone.
UNDO_DAYS: Final = "imports.undo_days"
_TRY_LOCK: Final = text("SELECT id FROM import_batch WHERE id = :id FOR NO KEY UPDATE SKIP LOCKED")
_ASK_TO_STOP: Final = text(
    "INSERT INTO import_progress (batch_id, step, done, started_at, updated_at, cancel_requested)"
    " VALUES (:id, '', 0, :now, :now, true) ON CONFLICT (batch_id) DO UPDATE SET cancel_requested = true"
)
_FORGET_PROGRESS: Final = text("DELETE FROM import_progress WHERE batch_id = :id")


def request_apply(ctx: Ctx, batch_id: int) -> bool:
    """Request the import of valid rows; False where it was requested before, so that a second click does nothing."""
    asked = (BatchState.APPLYING, BatchState.APPLIED)
    # Also tested without the lock, which the worker may hold for minutes, so that a second click returns at once.
    if get_batch(ctx, batch_id).state in asked:
        return False
    batch = locked(ctx, batch_id)
    if batch.state in asked:
        return False
    if batch.state is not BatchState.CHECKED:
        raise Conflict(
            _("Lô nhập đang ở trạng thái “%(state)s”; cần kiểm tra xong trước khi nhập.", state=batch.state.label)
        )
    if not can_apply(batch):
        raise Conflict(_("Không có dòng nào nhập được; hãy sửa tệp rồi tải lên lại."))
    _begin(ctx, batch, BatchState.APPLYING)
    note(ctx, "import.request", batch)
    return True


def apply_batch(ctx: Ctx, batch_id: int, progress: Progress = NO_PROGRESS) -> ImportBatch:
    """Import all valid rows in this transaction; a batch in another state is left unchanged.

    Only what was previewed is written: where the register has changed meanwhile, nothing is written and the batch
    returns to CHECKED with a new preview.
    """
    batch = locked(ctx, batch_id)
    if batch.state is not BatchState.APPLYING:
        return batch
    checked = run_check(ctx, batch, progress, locking=True)
    unseen = count_unseen(checked.check)
    if unseen:
        return _back_to_preview(ctx, batch, checked, unseen)
    written = write_rows(ctx, batch, checked, progress)
    withheld = withhold_lines(ctx, batch.organisation_id, written_ids(), MADE.name, MATCHES.name)
    announce_offers(ctx)
    write_ends(ctx, checked.check)
    save_results(checked.check)
    remember_layout(ctx, batch)
    missing = list_missing(ctx, batch)
    batch.counts = checked.counts | written | ({"missing": missing} if missing else {})
    batch.notes = [*checked.notes, *([withheld] if withheld else [])]
    batch.state = BatchState.APPLIED
    batch.applied_at = ctx.now
    batch.applied_by_id = ctx.actor.id
    batch.applied_change_id = ctx.change_id
    ctx.session.flush()
    note(ctx, "import.apply", batch, file_name=batch.file_name, sha256=batch.sha256, counts=batch.counts)
    return batch


def _back_to_preview(ctx: Ctx, batch: ImportBatch, checked: CheckResult, unseen: int) -> ImportBatch:
    save_results(checked.check)
    sentence = _n(
        "Chưa ghi gì: dữ liệu trong hệ thống đã đổi sau khi xem trước, nên %(num)d dòng nay sẽ ghi khác; hãy xem lại"
        " rồi nhập.",
        unseen,
    )
    batch.counts = checked.counts
    batch.notes = [sentence, *checked.notes, *preview_notes(checked.check)]
    batch.state, batch.checked_at = BatchState.CHECKED, ctx.now
    ctx.session.flush()
    note(ctx, "import.check", batch, counts=batch.counts, unseen=unseen)
    return batch


def undo_obstacles(ctx: Ctx, batch: ImportBatch) -> list[str]:
    """Sentences on why an import cannot be undone now; empty where it can."""
    barred = _undo_barred(ctx, batch)
    return barred or can_revert(ctx, batch.applied_change_id or 0)


def undo_rest(ctx: Ctx, batch: ImportBatch) -> int:
    """Number of structures that can be undone although others of the import cannot; 0 where all or none can."""
    if _undo_barred(ctx, batch) or batch.applied_change_id is None:
        return 0
    spared = obstructed(ctx, batch.applied_change_id)
    return count_revertible(ctx, batch.applied_change_id, spared) if spared else 0


def _undo_barred(ctx: Ctx, batch: ImportBatch) -> list[str]:
    if batch.state is not BatchState.APPLIED or batch.applied_at is None or batch.applied_change_id is None:
        return [_("Chỉ hoàn tác được lô đã nhập; lô này đang ở trạng thái “%(state)s”.", state=batch.state.label)]
    days = int(setting(ctx.session, UNDO_DAYS, ctx.today))
    if ctx.now > batch.applied_at + timedelta(days=days):
        return [_("Đã quá %(days)d ngày từ khi nhập; không hoàn tác được nữa.", days=days)]
    return []


def request_undo(ctx: Ctx, batch_id: int, *, rest: bool = False) -> bool:
    """Request an undo; False where it was requested before. Conflict states the obstacles.

    `rest`: without the structures that were changed since or are in use.
    """
    asked = (BatchState.UNDOING, BatchState.UNDONE)
    if get_batch(ctx, batch_id).state in asked:
        return False
    batch = locked(ctx, batch_id)
    if batch.state in asked:
        return False
    obstacles = undo_obstacles(ctx, batch)
    if obstacles and not (rest and undo_rest(ctx, batch)):
        raise Conflict(" ".join(obstacles))
    batch.options = batch.options | {"undo_rest": rest}
    _begin(ctx, batch, BatchState.UNDOING)
    note(ctx, "import.request_undo", batch)
    return True


def undo_batch(ctx: Ctx, batch_id: int, progress: Progress = NO_PROGRESS) -> ImportBatch:
    """Revert what an import wrote: all of it or nothing, or all but the structures that hold it up, if so requested."""
    batch = locked(ctx, batch_id)
    if batch.state is not BatchState.UNDOING or batch.applied_change_id is None:
        return batch
    rows = batch.counts.get("applied", 0)
    progress.step("undoing", rows)
    reason = _("Hoàn tác lô nhập số %(number)d", number=batch.id)

    def advance(done: int, total: int) -> None:
        progress.advance(rows * done // total)

    spared = obstructed(ctx, batch.applied_change_id) if batch.options.get("undo_rest") else []
    stay = can_revert(ctx, batch.applied_change_id) if spared else []
    reverted = revert_change(ctx, batch.applied_change_id, reason=reason, advance=advance, spared=spared)
    if spared:
        kept = _n("%(num)d công trình của lô này vẫn giữ như đã nhập.", len(spared))
        batch.notes = [kept, *stay, *batch.notes]
    ctx.session.execute(_FORGET, {"batch": batch.id})
    forget_layout_of(ctx, batch)
    batch.state = BatchState.UNDONE
    batch.undone_at = ctx.now
    batch.undone_by_id = ctx.actor.id
    ctx.session.flush()
    note(ctx, "import.undo", batch, **reverted.details)
    return batch


def fail_batch(ctx: Ctx, batch_id: int, reason: str) -> None:
    """Record a failure; file and check are kept for another attempt."""
    batch = locked(ctx, batch_id)
    if batch.state is BatchState.UNDOING:
        batch.state = BatchState.APPLIED
        batch.notes = [*batch.notes, reason]
    elif batch.state in BUSY:
        batch.state, batch.failure = BatchState.FAILED, reason
    else:
        return
    ctx.session.flush()
    note(ctx, "import.fail", batch, reason=reason)


def stop_batch(ctx: Ctx, batch_id: int) -> None:
    """Record a stop, after the worker has rolled back."""
    batch = locked(ctx, batch_id)
    if batch.state not in BUSY:
        return
    batch.state = BatchState.APPLIED if batch.state is BatchState.UNDOING else BatchState.CANCELLED
    ctx.session.flush()
    note(ctx, "import.cancel", batch)


def cancel_batch(ctx: Ctx, batch_id: int) -> ImportBatch:
    """Cancel a batch that is not applied. A running step is only asked to stop, and the batch returned unchanged."""
    batch = get_batch(ctx, batch_id)
    if batch.state in BUSY and ctx.session.scalar(_TRY_LOCK, {"id": batch.id}) is None:
        ctx.session.execute(_ASK_TO_STOP, {"id": batch.id, "now": ctx.now})
        return batch
    batch = locked(ctx, batch_id)
    if batch.state is BatchState.CANCELLED:
        return batch
    if batch.state is BatchState.UNDOING:
        stop_batch(ctx, batch_id)
        return batch
    require_state(batch, (*OPEN, *BUSY, BatchState.CHOOSING))
    batch.state, batch.failure = BatchState.CANCELLED, None
    ctx.session.flush()
    note(ctx, "import.cancel", batch)
    return batch


def good_rows(batch: ImportBatch) -> int:
    """Number of rows that would be registered or change a structure."""
    return batch.counts.get(RowOutcome.NEW, 0) + batch.counts.get(RowOutcome.CHANGED, 0)


def can_apply(batch: ImportBatch) -> bool:
    """Whether applying has an effect: rows to write, or a full delivery that may leave structures out."""
    named = batch.counts.get(RowOutcome.UNCHANGED, 0) + batch.counts.get(RowOutcome.DUPLICATE, 0)
    return bool(good_rows(batch) or (batch.options.get("full_delivery") and named))


def _begin(ctx: Ctx, batch: ImportBatch, state: BatchState) -> None:
    """Start a step of the worker, without the progress of an earlier attempt."""
    batch.state = state
    ctx.session.execute(_FORGET_PROGRESS, {"id": batch.id})
    ctx.session.flush()
