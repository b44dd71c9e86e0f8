"""Figures of violations by commune, accused organisation and act: as many as their lists show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.i18n import _
from registry.kernel.i18n.stored import stored_text
from registry.kernel.lists.board import BoardLine, Counted, read_lines, read_total
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
class Board:
    """All figures of the page; lines with the most cases first."""

    total: Figures
    units: Sequence[BoardLine[Figures]]
    organisations: Sequence[BoardLine[Figures]]
    acts: Sequence[BoardLine[Figures]]


def read_board(ctx: Ctx, first: date | None, last: date | None) -> Board:
    """The figures of the visible cases found in a period; None: without that end."""
    cases = _counted(ctx, first, last)

    def joined(target: Any, clause: Any) -> Counted[Figures]:
        return replace(cases, rows=cases.rows.outerjoin(target, clause))

    return Board(
        read_total(ctx, cases),
        read_lines(ctx, joined(AdminUnit, AdminUnit.id == shown_unit(ctx)), AdminUnit.id, AdminUnit.name, label=_named),
        read_lines(
            ctx,
            joined(Organisation, Organisation.id == Violation.organisation_id),
            func.coalesce(Violation.organisation_id, UNKNOWN),
            Organisation.short_name,
            label=_named,
        ),
        read_lines(
            ctx,
            joined(ViolationKind, ViolationKind.id == Violation.kind_id),
            ViolationKind.code,
            func.max(ViolationKind.act),
            is_name_counted=True,
            label=stored_text,
        ),
    )


def _named(name: str | None) -> str:
    return name or _("Chưa rõ")


def _counted(ctx: Ctx, first: date | None, last: date | None) -> Counted[Figures]:
    period = [*([found_from(first)] if first else []), *([found_to(last)] if last else [])]
    decided = Violation.decision_number.is_not(None)
    unpaid = decided & (Violation.fine_vnd > 0) & Violation.paid_on.is_(None)
    counts = {
        "cases": func.count(),
        "still_open": func.count().filter(open_clause()),
        "overdue": func.count().filter(overdue_clause(ctx, VIOLATION)),
        "decided": func.count().filter(decided),
        "unpaid": func.count().filter(unpaid),
        "fined_vnd": func.coalesce(func.sum(Violation.fine_vnd), 0),
    }
    rows = select(Violation.id).select_from(Violation).where(visible(ctx, Violation, P.VIOLATION_READ), *period)
    return Counted(rows, counts, Figures, ("cases",))
