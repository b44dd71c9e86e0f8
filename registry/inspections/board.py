"""Figures of inspections by commune, owner and kind: as many as the list of results shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.inspections.codes import Outcome
from registry.inspections.item_list import item_query, late_clause, planned_from, planned_to
from registry.inspections.models import InspectionItem
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
class Line:
    """The figures of one commune, owner or kind; `key` is the value of the filter of the list."""

    key: int | str
    name: str
    figures: Figures


@dataclass(frozen=True)
class Board:
    """All figures of the page; the lines with the most failures first."""

    total: Figures
    units: Sequence[Line]
    owners: Sequence[Line]
    kinds: Sequence[Line]


def read_board(ctx: Ctx, first: date | None, last: date | None) -> Board:
    """The figures of plans that overlap a period; None: without that end."""
    units = _counted(ctx, first, last, Structure.commune_id, AdminUnit.name)
    owners = _counted(ctx, first, last, Structure.owner_organisation_id, Organisation.short_name)
    kinds = _counted(ctx, first, last, Structure.kind, Structure.kind)
    total = ctx.session.execute(_chosen(ctx, first, last).with_only_columns(*_counts(ctx))).one()
    return Board(
        _figures(total),
        _lines(ctx, units),
        _lines(ctx, owners),
        [Line(line.key, str(KINDS[line.name].label), line.figures) for line in _lines(ctx, kinds)],
    )


def _chosen(ctx: Ctx, first: date | None, last: date | None) -> Select[Any]:
    period = [*([planned_from(first)] if first else []), *([planned_to(last)] if last else [])]
    return item_query(ctx, select(InspectionItem.id)).where(*period)


def _counted(ctx: Ctx, first: date | None, last: date | None, key: Any, name: Any) -> Select[Any]:
    counts = _counts(ctx)
    query = _chosen(ctx, first, last).with_only_columns(key.label("key"), name.label("name"), *counts)
    return query.where(key.is_not(None)).group_by(key, name).order_by(counts[4].desc(), counts[0].desc(), key)


def _counts(ctx: Ctx) -> list[Any]:
    outcome = InspectionItem.outcome
    return [
        func.count().label("planned"),
        func.count().filter(outcome.is_(None)).label("waiting"),
        func.count().filter(late_clause(ctx)).label("late"),
        func.count().filter(outcome == Outcome.PASSED).label("passed"),
        func.count().filter(outcome == Outcome.FAILED).label("failed"),
        func.count().filter(outcome.in_((Outcome.NOT_FOUND, Outcome.NO_ACCESS))).label("unreached"),
    ]


def _lines(ctx: Ctx, query: Select[Any]) -> list[Line]:
    return [Line(row.key, row.name, _figures(row)) for row in ctx.session.execute(query)]


def _figures(row: Row[Any]) -> Figures:
    return Figures(row.planned, row.waiting, row.late, row.passed, row.failed, row.unreached)
