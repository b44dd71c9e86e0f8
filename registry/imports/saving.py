"""Keep what a check found, row by row, for the preview and for the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete, insert

from registry.authz.actors import Ctx
from registry.imports.check import Checked
from registry.imports.models import ImportBatch, ImportRow
from registry.imports.reading.table import storable
from registry.imports.rows import CheckedRow
from registry.kernel.db.base import Base, Choice
from registry.kernel.i18n import _, format_date, format_number
from registry.kernel.text import shown
from registry.structures.service.bulk import chunks

_CELL: Final = 200


def save_rows(ctx: Ctx, batch: ImportBatch, checked: Checked) -> None:
    """Replace the rows of a batch by those of a new check, with its counts and notes."""
    ctx.session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    table = Base.metadata.tables[ImportRow.__tablename__]
    for part in chunks(checked.rows):
        ctx.session.execute(insert(table), [_columns(batch, row) for row in part])
    batch.counts = checked.counts
    batch.notes = checked.notes


def _columns(batch: ImportBatch, row: CheckedRow) -> dict[str, Any]:
    return {
        "batch_id": batch.id,
        "organisation_id": batch.organisation_id,
        "number": row.row.number,
        "raw": [storable(cell)[:_CELL] for cell in row.row.cells],
        "parsed": in_words(row.values),
        "problems": [
            {
                "column": problem.column,
                "value": shown(problem.value),
                "reason": storable(problem.reason),
                "blocks": problem.blocks,
            }
            for problem in row.problems
        ],
        "outcome": row.outcome,
        "structure_id": row.structure_id,
    }


def in_words(values: Mapping[str, Any]) -> dict[str, str]:
    """Parsed values as a person reads them."""
    return {name: _word(value) for name, value in values.items() if value is not None}


def _word(value: Any) -> str:
    if isinstance(value, Choice):
        return str(value.label)
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if isinstance(value, Decimal):
        return format_number(value)
    return format_date(value) if isinstance(value, date) else str(value)
