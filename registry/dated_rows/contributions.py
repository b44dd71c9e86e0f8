"""What a table of law adds to the audit log and to the list of what is to be confirmed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import url_for

from registry.audit.labels import record_labels
from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.audit.undo import undoable
from registry.authz.actors import Ctx
from registry.authz.scopes import holds
from registry.dated_rows.service import list_series, row_of_today, rows_by_id, undo_of_added_row
from registry.dated_rows.tables import DATED_TABLES, MARK, REASON, SOURCE, VALID_FROM, LawTable
from registry.kernel.dated_rows import UNCONFIRMED, Unconfirmed, UnconfirmedSource
from registry.kernel.feature import Contribution
from registry.kernel.fields import display_value
from registry.kernel.i18n import _l, format_date


def law_contributions(table: LawTable[Any]) -> tuple[Contribution, ...]:
    """For `Feature.provides`: labels, names and changes in the audit log, and what is still to be confirmed."""

    def names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
        if not holds(ctx.actor, table.read):
            return {}
        return {
            row.id: Named(
                f"{table.title_of(row)} – {format_date(row.valid_from)}",
                url_for(f"{table.name}.history", row_id=row.id),
            )
            for row in rows_by_id(ctx, table, ids)
        }

    def page(_ctx: Ctx, row: Any) -> tuple[str, dict[str, Any]]:
        return f"{table.name}.history", {"row_id": row.id}

    def unconfirmed(ctx: Ctx) -> list[Unconfirmed]:
        if not holds(ctx.actor, table.read):
            return []
        return [
            Unconfirmed(
                table.title_of(row),
                "; ".join(display_value(field, getattr(row, field.name)) for field in table.own_fields),
                row.source,
                f"{table.name}.history",
                {"row_id": row.id},
            )
            for rows in list_series(ctx, table)
            for row in rows
            if row.needs_verification
            and row.withdrawn_at is None
            and (row.valid_from > ctx.today or row is row_of_today(ctx, rows))
        ]

    fields = {field.name: field for field in (*table.own_fields, VALID_FROM, SOURCE, MARK, REASON)}
    return (
        DATED_TABLES.of(table),
        *record_labels(
            table.action,
            table.label,
            add=_l("Thêm dòng: %(table)s", table=table.label),
            confirm=_l("Xác nhận căn cứ: %(table)s", table=table.label),
            withdraw=_l("Rút dòng: %(table)s", table=table.label),
        ),
        *undoable(undo_of_added_row(table, page), f"{table.action}.add"),
        *named_subject(
            table.name,
            Subject(names),
            Tracked(
                table.model,
                lambda: {**fields, "withdrawn_reason": _l("Lý do rút")},
                table.name,
                shows_first=True,
            ),
        ),
        UNCONFIRMED.of(UnconfirmedSource(table.label, unconfirmed), order=50),
    )


def _name(table: LawTable[Any], row: Any) -> str:
    return f"{table.title_of(row)} – {format_date(row.valid_from)}"
