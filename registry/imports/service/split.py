"""Columns of a file split at a text into columns of their own, behind those of the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from typing import Any, Final

from sqlalchemy import Text, case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from registry.authz.actors import Ctx
from registry.imports.commands import SplitColumn
from registry.imports.mapping.fields import POSITION_FIELDS, suggest_mapping
from registry.imports.models import BatchState, ImportBatch, ImportResult, ImportRow
from registry.imports.reading.heading import GROUP_MARK, numbered
from registry.imports.reading.limits import MAX_COLUMNS
from registry.imports.service.common import OPEN, locked, note, require_state
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, _n

#: Columns that one column gives.
_MOST_PARTS: Final = 6
_BRACKETED: Final = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_POSITION: Final = frozenset(POSITION_FIELDS)


def split_column(ctx: Ctx, command: SplitColumn) -> ImportBatch:
    """Split a column, named or not; the columns must then be confirmed again.

    Invalid where no cell has the separator, or one has it too often.
    """
    batch = _changeable(ctx, command.batch_id, command.version)
    header: list[str] = batch.found["header"]
    if command.column not in header:
        raise Invalid({"split_column": _("Tệp không có cột “%(word)s”.", word=command.column)})
    if command.column in split_columns(batch):
        raise Invalid({"split_column": _("Cột “%(word)s” đã được tách; hãy bỏ tách trước.", word=command.column)})
    if not command.separator:
        raise Invalid({"split_at": _("Chưa ghi dấu ngăn cách; ví dụ dấu phẩy.")})
    parts = _count_parts(ctx.session, batch, header.index(command.column) + 1, command.separator)
    _add_parts(ctx.session, batch, command.column, command.separator, parts)
    return _unconfirmed(ctx, batch, command.column)


def split_again(session: Session, batch: ImportBatch, column: str, separator: str) -> list[str]:
    """Split a column of a file that was just read as it was the last time; returns the new columns.

    Invalid as for `split_column`.
    """
    parts = _count_parts(session, batch, batch.found["header"].index(column) + 1, separator)
    return _add_parts(session, batch, column, separator, parts)


def _add_parts(session: Session, batch: ImportBatch, column_name: str, separator: str, parts: int) -> list[str]:
    """Add the parts of a column behind the columns of the file; returns their headings."""
    header: list[str] = batch.found["header"]
    if len(header) + parts > MAX_COLUMNS:
        raise Invalid({"split_column": _n("Tệp có tối đa %(num)d cột.", MAX_COLUMNS)})
    column_number = header.index(column_name) + 1
    wanted = _headings_of(column_name, separator, parts)
    names = numbered([*header, *wanted])[len(header) :]
    for column in (ImportRow.cells, ImportRow.original):
        added = [func.btrim(func.split_part(column[column_number], separator, part)) for part in range(1, parts + 1)]
        wider = func.array_cat(column, array(added))
        values: dict[Any, Any] = {column: case((column.is_(None), column), else_=wider)}
        session.execute(update(ImportRow).where(ImportRow.batch_id == batch.id).values(values))
    samples = [
        [*cells, *_parts_of(cells[column_number - 1], separator, parts)] for cells in batch.found.get("samples") or []
    ]
    batch.found = batch.found | {
        "header": [*header, *names],
        "samples": samples,
        "split": {**split_columns(batch), column_name: list(names)},
        "split_at": [*(batch.found.get("split_at") or ()), [column_name, separator]],
    }
    _suggest_fields(batch, column_name, names)
    return list(names)


def _headings_of(column: str, separator: str, parts: int) -> list[str]:
    """Headings of the parts: those that the heading itself has between the separators, else numbered ones."""
    heading = column.rpartition(GROUP_MARK)[2]
    bracketed = _BRACKETED.search(heading)
    texts = (heading, *([bracketed[1]] if bracketed else []))
    for text, mark in product(texts, filter(None, dict.fromkeys((separator, separator.strip())))):
        words = [word.strip() for word in text.split(mark)]
        if len(words) == parts and all(words) and not any("(" in word and ")" not in word for word in words):
            return words
    return [f"{column}{GROUP_MARK}{part}" for part in range(1, parts + 1)]


def _suggest_fields(batch: ImportBatch, column: str, names: Sequence[str]) -> None:
    """Suggest fields for the parts of a column; where they get some, the column itself gives none."""
    suggested = suggest_mapping(batch.kind, tuple(names))
    others = {field: word for field, word in batch.mapping.items() if word != column}
    has_position = not _POSITION.isdisjoint(others)
    new = {
        field: word
        for field, word in suggested.items()
        if field not in others and not (has_position and field in _POSITION)
    }
    if new:
        batch.mapping = others | new
        batch.found = batch.found | {"suggested": {**(batch.found.get("suggested") or {}), **new}}


def join_column(ctx: Ctx, batch_id: int, version: int | None, column: str) -> ImportBatch:
    """Take the splitting of a column back."""
    batch = _changeable(ctx, batch_id, version)
    if column not in split_columns(batch):
        raise Conflict(_("Cột “%(word)s” không được tách.", word=column))
    _drop_parts(ctx.session, batch, column)
    return _unconfirmed(ctx, batch, column)


def _drop_parts(session: Session, batch: ImportBatch, column: str) -> None:
    """Remove the columns that a column gave, and those that these gave."""
    for part in split_columns(batch)[column]:
        if part in split_columns(batch):
            _drop_parts(session, batch, part)
    split = split_columns(batch)
    names = split.pop(column)
    header: list[str] = batch.found["header"]
    first, last = header.index(names[0]) + 1, header.index(names[-1]) + 1
    for cells in (ImportRow.cells, ImportRow.original):
        kept = func.array_cat(cells[1 : first - 1], cells[last + 1 : len(header)])
        values: dict[Any, Any] = {cells: case((cells.is_(None), cells), else_=kept)}
        session.execute(update(ImportRow).where(ImportRow.batch_id == batch.id).values(values))
    batch.found = batch.found | {
        "header": [word for word in header if word not in names],
        "samples": [[*cells[: first - 1], *cells[last:]] for cells in batch.found.get("samples") or []],
        "split": split,
        "split_at": [pair for pair in batch.found.get("split_at") or () if pair[0] != column],
        "empty": [word for word in batch.found.get("empty") or [] if word not in names],
    }
    batch.mapping = {field: word for field, word in batch.mapping.items() if word not in names}


def split_columns(batch: ImportBatch) -> dict[str, list[str]]:
    """Column -> the columns that it gave."""
    return dict(batch.found.get("split") or {})


def _changeable(ctx: Ctx, batch_id: int, version: int | None) -> ImportBatch:
    batch = locked(ctx, batch_id, version)
    require_state(batch, OPEN)
    if "header" not in batch.found:
        raise Conflict(_("Tệp chưa được đọc; hãy chờ đọc xong rồi tách cột."))
    return batch


def _count_parts(session: Session, batch: ImportBatch, column_number: int, separator: str) -> int:
    cell = func.coalesce(ImportRow.cells[column_number], "")
    parts = func.cardinality(func.string_to_array(cell, literal(separator, Text)))
    most = session.scalar(select(func.max(parts)).where(ImportRow.batch_id == batch.id)) or 0
    if most < 2:  # noqa: PLR2004 - one part is the whole
        raise Invalid({"split_at": _("Không ô nào của cột có “%(text)s”.", text=separator)})
    if most > _MOST_PARTS:
        raise Invalid(
            {
                "split_at": _n(
                    "Có ô tách ra %(num)d phần, tối đa %(most)d; hãy chọn dấu ngăn cách khác.", most, most=_MOST_PARTS
                )
            }
        )
    return int(most)


def _parts_of(text: str, separator: str, parts: int) -> Sequence[str]:
    split = [part.strip() for part in text.split(separator)]
    return (split + [""] * parts)[:parts]


def _unconfirmed(ctx: Ctx, batch: ImportBatch, column: str) -> ImportBatch:
    """The batch with its columns to be confirmed again."""
    ctx.session.execute(delete(ImportResult).where(ImportResult.batch_id == batch.id))
    batch.state, batch.failure, batch.checked_at, batch.notes = BatchState.READ, None, None, []
    batch.counts = {"rows": batch.counts.get("rows", 0)}
    ctx.session.flush()
    note(ctx, "import.split", batch, column=column, split=split_columns(batch))
    return batch
