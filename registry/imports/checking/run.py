"""Run all steps of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table, text

from registry.authz.actors import Ctx
from registry.imports.checking.batch import ROW_PROBLEMS, BatchCheck
from registry.imports.checking.capacity import check_capacity, resolve_full
from registry.imports.checking.changes import derive_fields, find_changes, with_lengths
from registry.imports.checking.in_streets import check_street_rules
from registry.imports.checking.line_ends import check_ends, draw_between_ends, keep_lines_between_ends
from registry.imports.checking.matches import find_matches
from registry.imports.checking.offers import check_offers
from registry.imports.checking.parse import leave_out_failing_columns, parse_texts
from registry.imports.checking.positions import resolve_positions
from registry.imports.checking.relations import (
    check_carriers,
    derive_laying,
    find_member_changes,
    leave_out_unknown_codes,
    note_waiting,
    resolve_member_lists,
)
from registry.imports.checking.results import decide_outcomes, notes_of
from registry.imports.checking.shift import find_shift
from registry.imports.checking.stage import fill_stage, run_rules
from registry.imports.checking.territory import clear_registered_communes, find_communes, leave_out_unknown_communes
from registry.imports.mapping.coordinate_systems import system_of
from registry.imports.mapping.fields import in_vietnamese
from registry.imports.mapping.plan import Plan, drop_empty_columns
from registry.imports.models import ImportBatch, ImportRow
from registry.imports.progress import NO_PROGRESS, Progress
from registry.imports.queries import declared_in, owner_of
from registry.structures.kinds import KINDS
from registry.structures.kinds.value_checks import rule_context
from registry.structures.writing.locate import acceptance_bounds

#: Enough for sorts and hashes of 200,000 rows; reset at the end of the transaction.
_WORK: Final = text("SELECT set_config('work_mem', '64MB', true)")
#: Parts of about the same duration.
_PARTS: Final = 6


@dataclass(frozen=True)
class CheckResult:
    """Result of a check. `shift` is a sentence naming another system by which most rows lie in their communes."""

    check: BatchCheck
    stage: Table
    counts: dict[str, int]
    notes: list[str]
    shift: str = ""


def plan_of(batch: ImportBatch) -> Plan:
    return Plan(
        batch.kind,
        drop_empty_columns(batch.mapping, batch.found.get("empty") or ()),
        system_of(batch.options["system"], declared_in(batch)),
        bool(batch.options["outside_area"]),
        batch.options.get("constants") or {},
    )


def check_of(ctx: Ctx, batch: ImportBatch, progress: Progress = NO_PROGRESS, *, locking: bool = False) -> BatchCheck:
    """A check of a batch by its mapping and options, before its first step."""
    plan = plan_of(batch)
    return BatchCheck(
        ctx=ctx,
        batch=batch,
        plan=plan,
        owner=owner_of(ctx, batch),
        bounds=None if plan.outside_area else acceptance_bounds(ctx.session, ctx.today),
        context=rule_context(ctx.session, KINDS[plan.kind], ctx.today),
        progress=progress,
        locking=locking,
    )


def run_check(ctx: Ctx, batch: ImportBatch, progress: Progress, *, locking: bool = False) -> CheckResult:
    """Check every row of a batch; `locking` locks the matched structures until the end of the transaction."""
    check = check_of(ctx, batch, progress, locking=locking)
    ctx.session.flush()
    ctx.session.execute(_WORK)
    with in_vietnamese():
        return _checked(check)


def _unread(row: Any) -> str:
    return str(row.problem)


def _checked(check: BatchCheck) -> CheckResult:
    rows = check.batch.counts.get("rows", 0)
    check.create(ROW_PROBLEMS)
    check.report(check.rows(ImportRow.number, ImportRow.problem).where(ImportRow.problem.is_not(None)), "", _unread)
    check.progress.step("checking", rows)
    parse_texts(check)
    for leave_out in (leave_out_failing_columns, leave_out_unknown_communes, leave_out_unknown_codes):
        check = leave_out(check)
    stage = fill_stage(check)
    check.progress.advance(rows * 1 // _PARTS)
    resolve_positions(check)
    resolve_member_lists(check)
    draw_between_ends(check)
    check.progress.advance(rows * 2 // _PARTS)
    find_communes(check, stage)
    shift = find_shift(check)
    check.progress.advance(rows * 3 // _PARTS)
    find_matches(check)
    resolve_full(check, stage)
    derive_fields(check, stage)
    derive_laying(check, stage)
    check.progress.advance(rows * 4 // _PARTS)
    check_capacity(check, stage)
    run_rules(check, stage, *with_lengths(check, stage))
    check.progress.advance(rows * 5 // _PARTS)
    check_carriers(check, stage)
    check_offers(check, stage)
    check_ends(check, stage)
    check_street_rules(check, stage)
    note_waiting(check)
    find_changes(check, stage)
    find_member_changes(check)
    keep_lines_between_ends(check)
    clear_registered_communes(check)
    counts = decide_outcomes(check)
    return CheckResult(check, stage, counts, notes_of(check, counts), shift)
