"""Shared by all steps of an import."""

from __future__ import annotations

from typing import Any, Final

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.imports.models import BatchState, ImportBatch
from registry.imports.queries import get_batch
from registry.kernel.errors import Conflict
from registry.kernel.i18n import _

#: States in which the mapping may be set.
OPEN: Final = (BatchState.READ, BatchState.CHECKING, BatchState.CHECKED, BatchState.FAILED)
#: States with work for the worker.
BUSY: Final = (BatchState.READING, BatchState.CHECKING, BatchState.APPLYING, BatchState.UNDOING)


def locked(ctx: Ctx, batch_id: int, version: int | None = None) -> ImportBatch:
    """The batch, locked until the end of the transaction; Conflict where its version differs."""
    batch = get_batch(ctx, batch_id, lock=True)
    if version is not None and batch.version != version:
        raise Conflict(
            _("Lô nhập đã thay đổi sau khi mở trang; hãy tải lại trang."), {_("Trạng thái"): batch.state.label}
        )
    return batch


def require_state(batch: ImportBatch, states: tuple[BatchState, ...]) -> None:
    if batch.state not in states:
        raise Conflict(_("Lô nhập đang ở trạng thái “%(state)s” nên không đổi được nữa.", state=batch.state.label))


def note(ctx: Ctx, action: str, batch: ImportBatch, **details: Any) -> None:
    """Audit record of a step, on behalf of the owner of the structures."""
    record(ctx, action, "import_batch", batch.id, on_behalf_of_id=batch.organisation_id, **details)
