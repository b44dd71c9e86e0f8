"""Legal terms as dated rows: what the law gives for a step, from which day on, and where it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _, format_date
from registry.workflow.clocks import hold_calendar
from registry.workflow.commands import AddTerm
from registry.workflow.definition import WORKFLOWS
from registry.workflow.models import CaseClock, LegalTerm
from registry.workflow.recalculation import recalculate

_KIND = "legal_term"


@dataclass(frozen=True)
class TermHistory:
    """One term: what it is for, in words, and its rows, the newest first."""

    key: str
    label: str
    rows: Sequence[LegalTerm]
    #: The row that cases filed today have; None before the first day of all.
    in_force: LegalTerm | None


def list_terms(ctx: Ctx) -> list[TermHistory]:
    """All terms by their keys."""
    query = select(LegalTerm).order_by(LegalTerm.key, LegalTerm.valid_from.desc())
    by_key: dict[str, list[LegalTerm]] = {}
    for row in ctx.session.scalars(query):
        by_key.setdefault(row.key, []).append(row)
    return [_history(ctx, key, rows) for key, rows in by_key.items()]


def get_term(ctx: Ctx, key: str) -> TermHistory:
    """One term; NotFound for a key without rows."""
    rows = list(
        ctx.session.scalars(select(LegalTerm).where(LegalTerm.key == key).order_by(LegalTerm.valid_from.desc()))
    )
    if not rows:
        raise NotFound(_("Không có thời hạn «%(key)s».", key=key))
    return _history(ctx, key, rows)


def get_row(ctx: Ctx, term_id: int) -> LegalTerm:
    """One dated row."""
    row = ctx.session.get(LegalTerm, term_id)
    if row is None:
        raise NotFound
    return row


def add_term(ctx: Ctx, command: AddTerm) -> int:
    """Let a term be another one from a day on; the number of cases whose term now ends on another day.

    Cases filed before that day keep theirs. Where the day lies in the past, open cases filed since take the new one.
    A newest row that has not begun yet, so that no case has it, is put right by one of its own day or an earlier one.
    """
    require(ctx, P.CALENDAR_EDIT)
    hold_calendar(ctx)
    newest, *older = get_term(ctx, command.key).rows
    replaced = newest if older and ctx.today < newest.valid_from >= command.valid_from else None
    last = older[0] if replaced else newest
    if command.valid_from <= last.valid_from:
        sentence = _(
            "Ngày hiệu lực phải sau %(day)s, ngày hiệu lực của dòng mới nhất.", day=format_date(last.valid_from)
        )
        raise Invalid({"valid_from": sentence})
    row = replaced or LegalTerm(key=command.key)
    for name, value in {**vars(command), "reminders": list(command.reminders)}.items():
        setattr(row, name, value)
    ctx.session.add(row)
    ctx.session.flush()
    since = select(CaseClock).where(
        CaseClock.term.has(key=row.key), CaseClock.law_on >= row.valid_from, CaseClock.ended_at.is_(None)
    )
    for clock in ctx.session.scalars(since).all():
        clock.term = row
    ctx.session.flush()
    count = recalculate(ctx, row.citation, CaseClock.term_id == row.id)
    record(ctx, "term.add", _KIND, row.id, key=row.key, valid_from=row.valid_from.isoformat(), recalculated=count)
    return count


def confirm_term(ctx: Ctx, term_id: int, citation: str) -> LegalTerm:
    """Say that a row was compared with its law; the citation may be put more exactly."""
    require(ctx, P.CALENDAR_EDIT)
    row = get_row(ctx, term_id)
    row.citation, row.needs_verification = citation, False
    ctx.session.flush()
    record(ctx, "term.confirm", _KIND, row.id, key=row.key)
    return row


def _history(ctx: Ctx, key: str, rows: Sequence[LegalTerm]) -> TermHistory:
    in_force = next((row for row in rows if row.valid_from <= ctx.today), None)
    return TermHistory(key, label_of(key), rows, in_force)


def label_of(key: str) -> str:
    """What a term is for: the states of cases in which it runs; the key itself where it runs in none."""
    names = [
        f"{workflow.label}: {state.label}"
        for workflow in WORKFLOWS.values()
        for state, deadline in workflow.deadlines.items()
        if deadline.term == key
    ]
    return "; ".join(names) or key
