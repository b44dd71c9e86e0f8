"""Corrections of cells; the row keeps its original cells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.imports.models import BatchState, ImportBatch, ImportRow
from registry.imports.reading.limits import MAX_CELL, storable
from registry.imports.service import locked, note, recheck
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _

#: Prefix of form fields of cells, followed by the column index.
CELL: Final = "cell_"
#: States in which rows may be corrected and decided on.
_CHECKED: Final = (BatchState.CHECKED, BatchState.FAILED)


@dataclass(frozen=True)
class CorrectRow:
    """New texts of cells by column index; `seen` is the digest of the row that the user saw."""

    batch_id: int
    number: int
    seen: str
    cells: Mapping[int, str]


def correct_row(ctx: Ctx, command: CorrectRow) -> ImportBatch:
    """Change cells of a row; the batch must be checked again. Conflict where the row has changed since it was shown."""
    batch = lock_checked_batch(ctx, command.batch_id)
    query = select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.number == command.number)
    row = ctx.session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        raise NotFound(no_row_message(command.number))
    if row_digest(batch, row) != command.seen:
        raise Conflict(_("Dòng này đã được sửa, hoặc cột của tệp đã được chọn lại, sau khi mở trang."))
    cells = list(row.cells)
    for column_index, text in command.cells.items():
        if len(text) > MAX_CELL:
            raise Invalid(
                {
                    f"{CELL}{column_index}": _(
                        "Ô dài %(length)d ký tự, tối đa %(most)d.", length=len(text), most=MAX_CELL
                    )
                }
            )
        cells[column_index] = storable(text)
    header = batch.found["header"]
    changed = [header[column_index] for column_index, text in enumerate(cells) if text != row.cells[column_index]]
    if not changed and row.problem is None:
        raise Invalid({"": _("Chưa có ô nào được sửa; hãy sửa ít nhất một ô, hoặc quay lại danh sách.")})
    first = row.original if row.original is not None else list(row.cells)
    row.original = None if cells == first else first
    row.cells, row.problem = cells, None
    empty = [word for word in batch.found.get("empty") or () if not cells[header.index(word)].strip()]
    batch.found = batch.found | {"empty": empty}
    recheck(ctx, batch)
    note(ctx, "import.mend", batch, row=row.number, columns=changed)
    return batch


def row_digest(batch: ImportBatch, row: ImportRow) -> str:
    """Digest of a row and of the columns under which it was shown."""
    content = json.dumps([batch.mapping, batch.options, row.cells], sort_keys=True)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def lock_checked_batch(ctx: Ctx, batch_id: int, version: int | None = None) -> ImportBatch:
    """The batch, locked for a change of its rows; Conflict in other states."""
    batch = locked(ctx, batch_id, version)
    if batch.state not in _CHECKED:
        raise Conflict(
            _(
                "Lô nhập đang ở trạng thái “%(state)s”; chỉ sửa được dòng sau khi kiểm tra xong.",
                state=batch.state.label,
            )
        )
    return batch


def no_row_message(number: int) -> str:
    return _("Lô nhập không có dòng số %(number)d.", number=number)
