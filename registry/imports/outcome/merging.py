"""Two rows of a file that are one structure: merged into one, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.imports.mapping.fields import import_fields
from registry.imports.models import ImportBatch, ImportDecision, ImportResult, ImportRow, RowChoice
from registry.imports.outcome.corrections import lock_checked_batch, no_row_message, row_digest
from registry.imports.queries import log_batch_access
from registry.imports.service import note, recheck
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _

#: Rows merged at once.
MOST_MERGED: Final = 5_000


@dataclass(frozen=True)
class MergedField:
    """A mapped column of two rows; `takes_other`: the value of the later row is suggested, since the first is empty."""

    index: int
    label: str
    first: str
    other: str

    @property
    def takes_other(self) -> bool:
        return not self.first.strip() and bool(self.other.strip())


@dataclass(frozen=True)
class MergeRows:
    """Row `other` goes into row `first`, which takes the cells of `taken`; `digest` is the digest of both as shown."""

    batch_id: int
    first: int
    other: int
    digest: str
    taken: frozenset[int]


def compare_rows(ctx: Ctx, batch: ImportBatch, first: int, other: int) -> tuple[list[MergedField], str]:
    """Mapped columns of two rows, and the digest of both; NotFound where a row is missing."""
    log_batch_access(ctx, batch)
    rows = _rows(ctx, batch, first, other, lock=False)
    header: list[str] = batch.found["header"]
    fields = import_fields(batch.kind)
    columns = [
        MergedField(header.index(word), str(fields[name].label), *(row.cells[header.index(word)] for row in rows))
        for name, word in batch.mapping.items()
        if word in header
    ]
    return columns, _digest(batch, rows)


def merge_rows(ctx: Ctx, command: MergeRows) -> ImportBatch:
    """Take cells of the later row into the first, and set the later one aside; rows must then be checked again."""
    batch = lock_checked_batch(ctx, command.batch_id)
    rows = _rows(ctx, batch, command.first, command.other)
    if _digest(batch, rows) != command.digest:
        raise Conflict(_("Một trong hai dòng đã được sửa sau khi bạn mở trang; hãy xem lại rồi gộp."))
    _merge(ctx, batch, rows[0], rows[1], command.taken)
    recheck(ctx, batch)
    note(ctx, "import.merge", batch, rows=[command.first, command.other])
    return batch


def merge_all(ctx: Ctx, batch_id: int, version: int) -> ImportBatch:
    """Merge every row of a code that stands above it into the first: its empty cells take those of the later rows."""
    batch = lock_checked_batch(ctx, batch_id, version)
    pairs = doubles(ctx, batch)
    if not pairs:
        raise Conflict(_("Tệp không còn dòng nào trùng mã để gộp."))
    header: list[str] = batch.found["header"]
    places = [header.index(word) for word in batch.mapping.values() if word in header]
    for other, first in pairs.items():
        rows = _rows(ctx, batch, first, other)
        taken = {index for index in places if not rows[0].cells[index].strip()}
        _merge(ctx, batch, rows[0], rows[1], frozenset(taken))
    recheck(ctx, batch)
    note(ctx, "import.merge", batch, pairs=len(pairs))
    return batch


def doubles(ctx: Ctx, batch: ImportBatch) -> dict[int, int]:
    """Row -> first row of the same code in the file, of the last check; at most MOST_MERGED."""
    query = (
        select(ImportResult.number, ImportResult.problems)
        .where(ImportResult.batch_id == batch.id, ImportResult.problems.contains([{"double": True}]))
        .order_by(ImportResult.number)
        .limit(MOST_MERGED)
    )
    return {
        row.number: int(item["other"])
        for row in ctx.session.execute(query)
        for item in row.problems
        if item.get("double")
    }


def _merge(ctx: Ctx, batch: ImportBatch, first: ImportRow, other: ImportRow, taken: frozenset[int]) -> None:
    if first.number >= other.number:
        raise Invalid({"": _("Chỉ gộp dòng sau vào dòng trước.")})
    cells = [other.cells[index] if index in taken else cell for index, cell in enumerate(first.cells)]
    if cells != list(first.cells):
        first.original = first.original if first.original is not None else list(first.cells)
        first.cells = cells
    ctx.session.merge(
        ImportDecision(
            batch_id=batch.id,
            number=other.number,
            choice=RowChoice.SKIP,
            merged_into=first.number,
            decided_by_id=ctx.actor.id,
            decided_at=ctx.now,
        )
    )
    ctx.session.flush()


def _rows(ctx: Ctx, batch: ImportBatch, first: int, other: int, *, lock: bool = True) -> tuple[ImportRow, ImportRow]:
    query = select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.number.in_((first, other)))
    rows = ctx.session.scalars(query.with_for_update() if lock else query)
    by_number: Mapping[int, ImportRow] = {row.number: row for row in rows}
    for number in (first, other):
        if number not in by_number:
            raise NotFound(no_row_message(number))
    return by_number[first], by_number[other]


def _digest(batch: ImportBatch, rows: tuple[ImportRow, ImportRow]) -> str:
    return ".".join(row_digest(batch, row) for row in rows)
