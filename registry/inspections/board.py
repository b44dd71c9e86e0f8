"""Figures of inspections by commune, owner and kind: as many as the list of results shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.inspections.codes import Outcome
from registry.inspections.item_list import item_query, late_clause, planned_from, planned_to
from registry.inspections.models import InspectionItem
from registry.kernel.lists.board import BoardLine, Counted, read_lines, read_total
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.territory.models import AdminUnit


@dataclass(frozen=True)
class Figures:
    """Numbers of structures in plans that are issued."""

    planned: int
    waiting: int
    late: int
    passed: int
    failed: int
    unreached: int


@dataclass(frozen=True)
class Board:
    """All figures of the page; the lines with the most failures first."""

    total: Figures
    units: Sequence[BoardLine[Figures]]
    owners: Sequence[BoardLine[Figures]]
    kinds: Sequence[BoardLine[Figures]]


def read_board(ctx: Ctx, first: date | None, last: date | None) -> Board:
    """The figures of plans that overlap a period; None: without that end."""
    items = _counted(ctx, first, last)

    def by(key: Any, name: Any, label: Callable[[Any], str] = str) -> list[BoardLine[Figures]]:
        return read_lines(ctx, replace(items, rows=items.rows.where(key.is_not(None))), key, name, label=label)

    return Board(
        read_total(ctx, items),
        by(Structure.commune_id, AdminUnit.name),
        by(Structure.owner_organisation_id, Organisation.short_name),
        by(Structure.kind, Structure.kind, lambda code: str(KINDS[code].label)),
    )


def _counted(ctx: Ctx, first: date | None, last: date | None) -> Counted[Figures]:
    period = [*([planned_from(first)] if first else []), *([planned_to(last)] if last else [])]
    outcome = InspectionItem.outcome
    counts = {
        "planned": func.count(),
        "waiting": func.count().filter(outcome.is_(None)),
        "late": func.count().filter(late_clause(ctx)),
        "passed": func.count().filter(outcome == Outcome.PASSED),
        "failed": func.count().filter(outcome == Outcome.FAILED),
        "unreached": func.count().filter(outcome.in_((Outcome.NOT_FOUND, Outcome.NO_ACCESS))),
    }
    rows = item_query(ctx, select(InspectionItem.id)).where(*period)
    return Counted(rows, counts, Figures, ("failed", "planned"))
