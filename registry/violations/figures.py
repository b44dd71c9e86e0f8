"""Figures of violations by commune, accused organisation and act: as many as their lists show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.i18n import _
from registry.kernel.i18n.stored import stored_text
from registry.territory.models import AdminUnit
from registry.violations.list_view import found_from, found_to, open_clause
from registry.violations.models import Violation, ViolationKind
from registry.violations.shown_place import shown_unit
from registry.violations.workflow import VIOLATION
from registry.workflow.lists import overdue_clause

#: The filter value of cases without an accused organisation.
UNKNOWN: Final = 0


@dataclass(frozen=True)
class Figures:
    """Numbers of cases; fines in đồng, decided and paid."""

    cases: int
    still_open: int
    overdue: int
    decided: int
    unpaid: int
    fined_vnd: Decimal


@dataclass(frozen=True)
class Line:
    """The figures of one unit, organisation or act; `key` is the value of the filter of its list."""

    key: int | str
    name: str
    figures: Figures


@dataclass(frozen=True)
class Board:
    """All figures of the page; the lines with the most cases first."""

    total: Figures
    units: Sequence[Line]
    organisations: Sequence[Line]
    acts: Sequence[Line]


def read_board(ctx: Ctx, first: date | None, last: date | None) -> Board:
    """The figures of the visible cases found in a period; None: without that end."""
    unknown = func.coalesce(Violation.organisation_id, UNKNOWN)
    units = _counted(ctx, first, last, AdminUnit.id, AdminUnit.name).outerjoin(
        AdminUnit, AdminUnit.id == shown_unit(ctx)
    )
    organisations = _counted(ctx, first, last, unknown, Organisation.short_name).outerjoin(
        Organisation, Organisation.id == Violation.organisation_id
    )
    acts = _counted(ctx, first, last, ViolationKind.code, func.max(ViolationKind.act), grouped=False).join(
        ViolationKind, ViolationKind.id == Violation.kind_id
    )
    return Board(
        _figures(ctx.session.execute(select(*_counts(ctx)).where(*_cases(ctx, first, last))).one()),
        _lines(ctx, units),
        _lines(ctx, organisations),
        [Line(line.key, stored_text(line.name), line.figures) for line in _lines(ctx, acts)],
    )


def _counted(
    ctx: Ctx, first: date | None, last: date | None, key: Any, name: Any, *, grouped: bool = True
) -> Select[Any]:
    counts = _counts(ctx)
    groups = (key, name) if grouped else (key,)
    query = select(key.label("key"), name.label("name"), *counts).select_from(Violation)
    return query.where(*_cases(ctx, first, last)).group_by(*groups).order_by(counts[0].desc(), key)


def _cases(ctx: Ctx, first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    period = [found_from(first)] if first else []
    return [visible(ctx, Violation, P.VIOLATION_READ), *period, *([found_to(last)] if last else [])]


def _counts(ctx: Ctx) -> list[Any]:
    decided = Violation.decision_number.is_not(None)
    unpaid = decided & (Violation.fine_vnd > 0) & Violation.paid_on.is_(None)
    return [
        func.count().label("cases"),
        func.count().filter(open_clause()).label("still_open"),
        func.count().filter(overdue_clause(ctx, VIOLATION)).label("overdue"),
        func.count().filter(decided).label("decided"),
        func.count().filter(unpaid).label("unpaid"),
        func.coalesce(func.sum(Violation.fine_vnd), 0).label("fined_vnd"),
    ]


def _lines(ctx: Ctx, query: Select[Any]) -> list[Line]:
    return [Line(row.key, row.name or _("Chưa rõ"), _figures(row)) for row in ctx.session.execute(query)]


def _figures(row: Row[Any]) -> Figures:
    return Figures(row.cases, row.still_open, row.overdue, row.decided, row.unpaid, Decimal(row.fined_vnd))
