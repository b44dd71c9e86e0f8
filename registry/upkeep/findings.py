"""Runs of the recorded checks: over what changed, as it changes, and over the whole register at intervals.

A run compares what the checks find now with the findings on record. It reads what every reader would find alike; what
depends on the reader is counted where it is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, any_, cast, delete, func, insert, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from registry.authz.actors import Ctx
from registry.kernel.clock import utc_now
from registry.kernel.dated_settings import DatedSetting
from registry.kernel.db.base import table_of
from registry.kernel.db.history import history_of
from registry.structures import positions
from registry.structures.filtering.checks import CHANGED_SINCE, CHECKS, Check
from registry.structures.models import Structure
from registry.upkeep.models import QualityCount, QualityFinding, QualityRun

#: A change is recorded as of the start of its transaction: those that ran when a run began are read again by the next.
_OVERLAP: Final = timedelta(minutes=15)
#: The run of a night reads again what longer ones wrote since the night before.
_NIGHT: Final = timedelta(hours=26)
#: Rules that read the day itself find other things without a change: the whole register is read once a week.
_WHOLE: Final = timedelta(days=7)
_CHUNK: Final = 5_000
_ZONE: Final = "Asia/Ho_Chi_Minh"


def recorded_checks() -> dict[str, Check]:
    """The checks whose findings are on record."""
    return {code: check for code, check in CHECKS.items() if check.is_recorded}


def check_changed(ctx: Ctx) -> QualityRun:
    """Check again what changed since the last run; the whole register where there was none."""
    last = ctx.session.scalar(select(func.max(QualityRun.started_at)))
    return _check(ctx, None if last is None else last - _OVERLAP)


def check_nightly(ctx: Ctx) -> QualityRun:
    """Check again what changed in a day; the whole register once a week, and after a change of the dated settings."""
    whole = select(func.max(QualityRun.started_at)).where(QualityRun.changed_since.is_(None))
    last = ctx.session.scalar(whole)
    if last is None or ctx.now - last >= _WHOLE or _has_new_settings(ctx, last):
        return _check(ctx, None)
    return _check(ctx, ctx.now - _NIGHT)


def _has_new_settings(ctx: Ctx, since: datetime) -> bool:
    version = history_of(DatedSetting)
    return bool(
        ctx.session.scalar(
            select(select(version.c.history_id).where(version.c.recorded_from.between(since, ctx.now)).exists())
        )
    )


def _check(ctx: Ctx, since: datetime | None) -> QualityRun:
    if since is None:
        _compare(ctx, None)
        checked = None
    else:
        changed = union_all(*(changed_since(since) for changed_since in CHANGED_SINCE)).subquery()
        ids = sorted(set(ctx.session.scalars(select(changed.c[0]).distinct())))
        for start in range(0, len(ids), _CHUNK):
            _compare(ctx, ids[start : start + _CHUNK])
        checked = len(ids)
    # The numbers of a day are those of its last run that had something to check, at least of its first one.
    if checked != 0 or not ctx.session.scalar(select(select(QualityRun.id).where(day_of_run() == ctx.today).exists())):
        _count(ctx)
    run = QualityRun(started_at=ctx.now, finished_at=max(utc_now(), ctx.now), changed_since=since, checked=checked)
    ctx.session.add(run)
    ctx.session.flush()
    return run


def day_of_run() -> ColumnElement[date]:
    """SQL: the legal day of a run."""
    return cast(func.timezone(_ZONE, QualityRun.started_at), Date)


def find_broken(ctx: Ctx, ids: Collection[int] | None) -> Iterator[tuple[str, set[int]]]:
    """By code of a recorded check: the standing structures (of these) that it finds now."""
    checks = recorded_checks()
    among = [] if ids is None else [_among(Structure.id, ids)]
    for flags in {check.flags: None for check in checks.values() if check.flags is not None}:
        flagged = flags(ctx, ids).subquery("flagged")
        standing = select(flagged).join(Structure, Structure.id == flagged.c.id).where(Structure.is_live_rule(), *among)
        rows = positions.run(ctx, standing).all()
        for code in set(checks) & set(flagged.c.keys()):
            yield code, {row.id for row in rows if row._mapping[code]}
    for code, check in checks.items():
        if check.flags is None:
            query = select(Structure.id).where(Structure.is_live_rule(), check.clause(ctx), *among)
            yield code, set(positions.run(ctx, query).scalars())


def _compare(ctx: Ctx, ids: Collection[int] | None) -> None:
    """Record what the checks find among these structures, or among all, and what they do not find any more."""
    among = [] if ids is None else [_among(QualityFinding.structure_id, ids)]
    for code, broken in find_broken(ctx, ids):
        on_record = select(QualityFinding.structure_id).where(QualityFinding.code == code, *among)
        recorded = set(ctx.session.scalars(on_record))
        if mended := recorded - broken:
            ctx.session.execute(
                delete(QualityFinding).where(QualityFinding.code == code, _among(QualityFinding.structure_id, mended))
            )
        if new := sorted(broken - recorded):
            rows = [{"structure_id": structure_id, "code": code, "since": ctx.today} for structure_id in new]
            ctx.session.execute(insert(table_of(QualityFinding)), rows)


def _among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    among: ColumnElement[bool] = column == any_(cast(literal(sorted(ids), ARRAY(column.type)), ARRAY(column.type)))
    return among


def _count(ctx: Ctx) -> None:
    """The counts of today."""
    ctx.session.execute(delete(QualityCount).where(QualityCount.counted_on == ctx.today))
    counts = (
        select(literal(ctx.today), Structure.owner_organisation_id, QualityFinding.code, func.count(QualityFinding.id))
        .join(Structure, Structure.id == QualityFinding.structure_id)
        .where(Structure.is_live_rule(), Structure.is_open_rule())
        .group_by(Structure.owner_organisation_id, QualityFinding.code)
    )
    columns = ["counted_on", "organisation_id", "code", "number"]
    ctx.session.execute(insert(table_of(QualityCount)).from_select(columns, counts))
