"""Run all steps of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table, text

from registry.authz.actors import Ctx
from registry.imports.checking.batch import TROUBLES, Frame
from registry.imports.checking.capacity import check_capacity, settle_full
from registry.imports.checking.changes import find_changes, merged_columns, settle, with_register
from registry.imports.checking.matches import find_matches
from registry.imports.checking.parse import read_words
from registry.imports.checking.positions import find_spots
from registry.imports.checking.relations import fill_laying, find_list_changes, place_lists
from registry.imports.checking.results import decide_outcomes, notes_of
from registry.imports.checking.shift import find_shift
from registry.imports.checking.stage import fill_stage, run_rules
from registry.imports.checking.territory import find_communes, keep_registered
from registry.imports.mapping.coordinate_systems import system_of
from registry.imports.mapping.fields import in_vietnamese
from registry.imports.mapping.plan import Plan, without_empty
from registry.imports.models import ImportBatch
from registry.imports.progress import Progress
from registry.imports.queries import declared_in, owner_of
from registry.structures.kinds import KINDS
from registry.structures.service.locate import acceptance_bounds
from registry.structures.service.values import rule_context

#: Sorts and hashes of 200,000 rows fit; given back at the end of the transaction.
_WORK: Final = text("SELECT set_config('work_mem', '64MB', true)")
#: Parts that take about as long as each other.
_PARTS: Final = 6


@dataclass(frozen=True)
class Checked:
    """Result of a check. `shift` is a sentence naming another system by which most rows lie in their communes."""

    frame: Frame
    stage: Table
    counts: dict[str, int]
    notes: list[str]
    shift: str = ""


def plan_of(batch: ImportBatch) -> Plan:
    return Plan(
        batch.kind,
        without_empty(batch.mapping, batch.found.get("empty") or ()),
        system_of(batch.options["system"], declared_in(batch)),
        bool(batch.options["outside_area"]),
        batch.options.get("constants") or {},
    )


def run_check(ctx: Ctx, batch: ImportBatch, progress: Progress, *, locking: bool = False) -> Checked:
    """Check every row of a batch; `locking` locks the matched structures until the end of the transaction."""
    plan = plan_of(batch)
    frame = Frame(
        ctx=ctx,
        batch=batch,
        plan=plan,
        owner=owner_of(ctx, batch),
        bounds=None if plan.outside_area else acceptance_bounds(ctx.session, ctx.today),
        context=rule_context(ctx.session, KINDS[plan.kind], ctx.today),
        progress=progress,
        locking=locking,
    )
    ctx.session.flush()
    ctx.session.execute(_WORK)
    with in_vietnamese():
        return _checked(frame)


def _checked(frame: Frame) -> Checked:
    rows = frame.batch.counts.get("rows", 0)
    frame.create(TROUBLES)
    frame.progress.step("checking", rows)
    read_words(frame)
    stage = fill_stage(frame)
    frame.progress.advance(rows * 1 // _PARTS)
    find_spots(frame)
    place_lists(frame)
    frame.progress.advance(rows * 2 // _PARTS)
    find_communes(frame, stage)
    shift = find_shift(frame)
    frame.progress.advance(rows * 3 // _PARTS)
    find_matches(frame)
    settle_full(frame, stage)
    settle(frame, stage)
    fill_laying(frame, stage)
    frame.progress.advance(rows * 4 // _PARTS)
    check_capacity(frame, stage)
    run_rules(frame, stage, with_register(frame, stage), merged_columns(frame, stage))
    frame.progress.advance(rows * 5 // _PARTS)
    find_changes(frame, stage)
    find_list_changes(frame)
    keep_registered(frame)
    counts = decide_outcomes(frame)
    return Checked(frame, stage, counts, notes_of(frame, counts), shift)
