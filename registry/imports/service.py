"""Writes of imports: keep the file, choose the columns, check, apply all good rows or nothing."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from sqlalchemy import delete

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.files.storage import FileStore
from registry.imports.apply import create_rows
from registry.imports.check import Checked, check_table
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping import Plan, System, mapping_problems, suggest_system
from registry.imports.models import BatchState, ImportBatch, ImportRow, RowOutcome
from registry.imports.queries import applied_before, get_batch, owner_of
from registry.imports.reading import MAX_BYTES, Table, read_table
from registry.imports.reading.table import storable
from registry.imports.saving import save_rows
from registry.imports.targets import in_vietnamese, is_known, suggest
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _
from registry.structures.kinds import KINDS
from registry.structures.service.create import require_owner

_SAMPLES: Final = 3
_SAMPLE_LENGTH: Final = 60
_NAME_LENGTH: Final = 200
#: States in which a batch may still be changed.
_OPEN: Final = (BatchState.UPLOADED, BatchState.CHECKED, BatchState.FAILED)


def upload(ctx: Ctx, store: FileStore, command: UploadFile) -> ImportBatch:
    """Keep a file and suggest its columns; Invalid (field `file`) where it is no table that is read here."""
    require(ctx, P.IMPORT_RUN)
    owner = require_owner(ctx, command.organisation_id)
    if command.kind not in KINDS:
        raise Invalid(
            {"kind": _("Không có loại «%(kind)s»; cần một trong: %(all)s.", kind=command.kind, all=", ".join(KINDS))}
        )
    if len(command.content) > MAX_BYTES:
        raise Invalid(
            {"file": _("Tệp lớn hơn %(most)d MB; hãy chia thành nhiều tệp.", most=MAX_BYTES // (1024 * 1024))}
        )
    table = read_table(command.content, partial(is_known, command.kind))
    mapping = suggest(command.kind, table.header)
    system = suggest_system(table.title, table.header, mapping)
    batch = ImportBatch(
        organisation_id=owner.id,
        kind=command.kind,
        file_name=storable(command.file_name).strip()[-_NAME_LENGTH:] or "?",
        file_format=table.file_format,
        sha256=store.keep_original(command.content),
        size_bytes=len(command.content),
        state=BatchState.UPLOADED,
        mapping=mapping,
        options={
            "system": system.value if system else None,
            "outside_area": False,
            # True once a person has confirmed the columns.
            "confirmed": False,
            "title": storable(table.title)[:_NAME_LENGTH],
            "header": list(table.header),
            "samples": [[storable(cell)[:_SAMPLE_LENGTH] for cell in row.cells] for row in table.rows[:_SAMPLES]],
        },
        counts={"rows": len(table.rows)},
        notes=[],
        created_at=ctx.now,
        created_by_id=ctx.actor.id,
    )
    ctx.session.add(batch)
    ctx.session.flush()
    _record(ctx, "import.upload", batch, file_name=batch.file_name, sha256=batch.sha256)
    return batch


def set_mapping(ctx: Ctx, command: SetMapping) -> ImportBatch:
    """Say which column holds which field; the rows must then be checked (again)."""
    batch = get_batch(ctx, command.batch_id, lock=True)
    if batch.version != command.version:
        raise Conflict(_("Lô nhập đã thay đổi sau khi bạn mở trang; hãy tải lại trang."), _current(batch))
    _require_open(batch)
    if command.outside_area:
        require(ctx, P.STRUCTURE_OUTSIDE_AREA)
    problems = mapping_problems(batch.kind, batch.options["header"], command.mapping, command.system)
    if problems:
        raise Invalid(problems)
    batch.mapping = dict(command.mapping)
    batch.options = batch.options | {
        "system": command.system.value if command.system else None,
        "outside_area": command.outside_area,
        "confirmed": True,
    }
    batch.state = BatchState.UPLOADED
    batch.failure = None
    ctx.session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    ctx.session.flush()
    _record(ctx, "import.map", batch, mapping=batch.mapping, outside_area=command.outside_area)
    return batch


def check_batch(ctx: Ctx, store: FileStore, batch_id: int) -> ImportBatch:
    """Check every row and keep what was found, for the preview; does nothing to a batch that is past it."""
    batch = get_batch(ctx, batch_id, lock=True)
    if batch.state is not BatchState.UPLOADED:
        return batch
    checked = _check(ctx, store, batch)
    save_rows(ctx, batch, checked)
    batch.state = BatchState.CHECKED
    batch.checked_at = ctx.now
    ctx.session.flush()
    _record(ctx, "import.check", batch, counts=batch.counts)
    return batch


def request_apply(ctx: Ctx, batch_id: int) -> bool:
    """Ask for the good rows to be imported; False where that was asked before, so that a second click does nothing."""
    batch = get_batch(ctx, batch_id, lock=True)
    if batch.state in (BatchState.APPLYING, BatchState.APPLIED):
        return False
    if batch.state is not BatchState.CHECKED:
        raise Conflict(
            _("Lô nhập đang ở trạng thái «%(state)s»; cần kiểm tra xong trước khi nhập.", state=batch.state.label)
        )
    if not good_rows(batch):
        raise Conflict(_("Không có dòng nào nhập được; hãy sửa tệp rồi tải lên lại."))
    batch.state = BatchState.APPLYING
    ctx.session.flush()
    _record(ctx, "import.request", batch)
    return True


def apply_batch(ctx: Ctx, store: FileStore, batch_id: int) -> ImportBatch:
    """Import all good rows in this one transaction; a batch that is not to be applied (any more) is left alone."""
    batch = get_batch(ctx, batch_id, lock=True)
    if batch.state is not BatchState.APPLYING:
        return batch
    checked = _check(ctx, store, batch)
    created = create_rows(ctx, batch, _plan(batch), checked)
    save_rows(ctx, batch, checked)
    batch.counts = batch.counts | {"applied": len(created)}
    batch.state = BatchState.APPLIED
    batch.applied_at = ctx.now
    batch.applied_by_id = ctx.actor.id
    batch.applied_change_id = ctx.change_id
    ctx.session.flush()
    _record(ctx, "import.apply", batch, file_name=batch.file_name, sha256=batch.sha256, counts=batch.counts)
    return batch


def fail_batch(ctx: Ctx, batch_id: int, reason: str) -> None:
    """Note why nothing was imported; the file and its check stay, so that it can be tried again."""
    batch = get_batch(ctx, batch_id, lock=True)
    if batch.state not in (BatchState.APPLYING, BatchState.UPLOADED):
        return
    batch.state = BatchState.FAILED
    batch.failure = reason
    ctx.session.flush()
    _record(ctx, "import.fail", batch, reason=reason)


def cancel_batch(ctx: Ctx, batch_id: int) -> ImportBatch:
    """Give up a batch that was not applied; nothing of it can be imported any more."""
    batch = get_batch(ctx, batch_id, lock=True)
    if batch.state is BatchState.CANCELLED:
        return batch
    _require_open(batch)
    batch.state = BatchState.CANCELLED
    batch.failure = None
    ctx.session.flush()
    _record(ctx, "import.cancel", batch)
    return batch


def good_rows(batch: ImportBatch) -> int:
    """How many rows of a checked batch would become structures."""
    return batch.counts.get(RowOutcome.NEW, 0) + batch.counts.get(RowOutcome.WARNING, 0)


def read_batch(store: FileStore, batch: ImportBatch) -> Table:
    """The file of a batch, read again as it was read at first."""
    return read_table(store.original_path(batch.sha256).read_bytes(), partial(is_known, batch.kind))


def _check(ctx: Ctx, store: FileStore, batch: ImportBatch) -> Checked:
    table = read_batch(store, batch)
    with in_vietnamese():
        return check_table(ctx, table, _plan(batch), owner_of(ctx, batch), applied_before=applied_before(ctx, batch))


def _plan(batch: ImportBatch) -> Plan:
    return Plan(batch.kind, batch.mapping, System(batch.options["system"]), bool(batch.options["outside_area"]))


def _require_open(batch: ImportBatch) -> None:
    if batch.state not in _OPEN:
        raise Conflict(_("Lô nhập đang ở trạng thái «%(state)s» nên không đổi được nữa.", state=batch.state.label))


def _current(batch: ImportBatch) -> dict[str, object]:
    return {_("Trạng thái"): batch.state.label}


def _record(ctx: Ctx, action: str, batch: ImportBatch, **details: Any) -> None:
    record(ctx, action, "import_batch", batch.id, on_behalf_of_id=batch.organisation_id, **details)
