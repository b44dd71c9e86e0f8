"""Two rows of a file that are one structure: merged into one, field by field."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

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
    rows = _rows(ctx, batch, (first, other), lock=False)
    header: list[str] = batch.found["header"]
    fields = import_fields(batch.kind)
    columns = [
        MergedField(
            header.index(word), str(fields[name].label), *(row.cells[header.index(word)] for row in rows.values())
        )
        for name, word in batch.mapping.items()
        if word in header
    ]
    return columns, _digest(batch, rows.values())


def merge_rows(ctx: Ctx, command: MergeRows) -> ImportBatch:
    """Take cells of the later row into the first, and set the later one aside; rows must then be checked again."""
    batch = lock_checked_batch(ctx, command.batch_id)
    rows = _rows(ctx, batch, (command.first, command.other))
    if _digest(batch, rows.values()) != command.digest:
        raise Conflict(_("Một trong hai dòng đã được sửa sau khi mở trang; hãy xem lại rồi gộp."))
    if command.first >= command.other:
        raise Invalid({"": _("Chỉ gộp dòng sau vào dòng trước.")})
    _take_cells(rows[command.first], rows[command.other], command.taken)
    _set_aside(ctx, batch, {command.other: command.first})
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
    numbers = {number for pair in pairs.items() for number in pair}
    rows = _rows(ctx, batch, numbers)
    for other, first in pairs.items():
        taken = {index for index in places if not rows[first].cells[index].strip()}
        _take_cells(rows[first], rows[other], taken)
    _set_aside(ctx, batch, pairs)
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


def _take_cells(first: ImportRow, other: ImportRow, taken: Collection[int]) -> None:
    cells = [other.cells[index] if index in taken else cell for index, cell in enumerate(first.cells)]
    if cells != list(first.cells):
        first.original = first.original if first.original is not None else list(first.cells)
        first.cells = cells


def _set_aside(ctx: Ctx, batch: ImportBatch, pairs: Mapping[int, int]) -> None:
    """Decide on each row that it was merged into the row of its pair."""
    of_all = {"batch_id": batch.id, "choice": RowChoice.SKIP, "decided_by_id": ctx.actor.id, "decided_at": ctx.now}
    decisions = [of_all | {"number": other, "merged_into": first} for other, first in pairs.items()]
    statement = insert(ImportDecision)
    names = ("choice", "merged_into", "decided_by_id", "decided_at")
    replaced = statement.on_conflict_do_update(
        index_elements=["batch_id", "number"], set_={name: statement.excluded[name] for name in names}
    )
    ctx.session.flush()
    ctx.session.execute(replaced, decisions)


def _rows(ctx: Ctx, batch: ImportBatch, numbers: Collection[int], *, lock: bool = True) -> dict[int, ImportRow]:
    """Rows by number, in the order of `numbers`; NotFound where one is missing."""
    wanted = ImportRow.number == any_(literal(sorted(numbers), ARRAY(BigInteger)))
    query = select(ImportRow).where(ImportRow.batch_id == batch.id, wanted)
    by_number = {row.number: row for row in ctx.session.scalars(query.with_for_update() if lock else query)}
    for number in numbers:
        if number not in by_number:
            raise NotFound(no_row_message(number))
    return {number: by_number[number] for number in numbers}


def _digest(batch: ImportBatch, rows: Iterable[ImportRow]) -> str:
    return ".".join(row_digest(batch, row) for row in rows)
