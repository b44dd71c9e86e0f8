"""Referrals: a breach that one case shows, handed to the feature that prosecutes breaches.

A referral is written in the transaction of the case that raises it. The worker then lets a registered handler open a
case, in a transaction of its own. Everything is safe to run twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from procrastinate import JobContext, RetryStrategy
from sqlalchemy import CheckConstraint, Double, ForeignKey, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.authz.scopes import visible
from registry.kernel.clock import utc_now
from registry.kernel.db.base import Base, BigId
from registry.kernel.db.row_access import across_organisations
from registry.kernel.db.session import Database
from registry.kernel.feature import ExtensionPoint
from registry.kernel.jobs import defer, queue, resources_of
from registry.workflow.definition import WORKFLOWS, Workflow

log = logging.getLogger(__name__)

_ORIGIN: Final = "worker"
#: Referrals younger than this are left to their own job.
_RETRY_AFTER: Final = timedelta(hours=1)
_AT_ONCE: Final = 500
#: The queue retries a failed job, with a longer wait each time.
_RETRY: Final = RetryStrategy(max_attempts=20, linear_wait=60)


@dataclass(frozen=True)
class Referral:
    """A breach that a case has shown, on a structure or, where none is known, at a place (WGS 84 degrees).

    `kind` is the code of an act in the catalogue of violations, `origin` the workflow code of the case that raises it.
    `accused_organisation_id` is None for an unknown offender.
    """

    kind: str
    structure_id: int | None
    accused_organisation_id: int | None
    origin: str
    origin_id: int
    origin_number: str
    text: str
    lon: float | None = None
    lat: float | None = None
    #: Of a breach that an officer has judged: day of the discovery, of the act, the officer, and whose photos show it.
    found_on: date | None = None
    occurred_on: date | None = None
    is_continuing: bool = True
    raised_by_id: int | None = None
    photos_kind: str | None = None
    photos_id: int | None = None


#: Opens a case from a referral, as the system: workflow code and case id; None if it does not handle it.
Handler = Callable[[Ctx, Referral], tuple[str, int] | None]
#: The first handler that opens a case wins.
REFERRAL_HANDLERS = ExtensionPoint[Handler]("workflow.referral_handlers")


class ReferralRow(Base):
    """A stored referral, and, once handled, the case that was opened from it."""

    __tablename__ = "finding"

    id: Mapped[BigId]
    kind: Mapped[str]
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structure.id"))
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    accused_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    origin: Mapped[str]
    origin_id: Mapped[int]
    origin_number: Mapped[str]
    text: Mapped[str]
    found_on: Mapped[date | None]
    occurred_on: Mapped[date | None]
    is_continuing: Mapped[bool] = mapped_column(default=True)
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    photos_kind: Mapped[str | None]
    photos_id: Mapped[int | None]
    raised_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    #: Workflow code and id of the case that was opened from it.
    case_workflow: Mapped[str | None]
    case_id: Mapped[int | None]

    __table_args__ = (
        # Its index also serves the outcomes of a case's referrals.
        UniqueConstraint(
            "origin", "origin_id", "structure_id", "kind", name="uq_finding_once", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint("num_nonnulls(structure_id, lon) > 0 AND (lon IS NULL) = (lat IS NULL)", name="located"),
        UniqueConstraint("case_workflow", "case_id", name="uq_finding_case"),
        CheckConstraint("(case_workflow IS NULL) = (case_id IS NULL)", name="case_whole"),
        CheckConstraint("case_id IS NULL OR handled_at IS NOT NULL", name="case_handled"),
    )


@dataclass(frozen=True)
class ReferralOutcome:
    """The state of a referral: the case opened from it, None while it waits or if no case was opened.

    `readable` is whether the reader may open that case; all readers of the origin see `number` and `state`.
    """

    referral: Referral
    raised_at: datetime
    handled_at: datetime | None
    workflow: Workflow | None = None
    case_id: int | None = None
    number: str | None = None
    state: Any = None
    readable: bool = False


@dataclass(frozen=True)
class ReferralOrigin:
    """The case that a case was opened from; `readable` is whether the reader may open it."""

    workflow: Workflow
    case_id: int
    number: str
    readable: bool


def create_referral(ctx: Ctx, referral: Referral) -> None:
    """Store a referral for the worker, in the transaction of its case; duplicates are ignored."""
    row = insert(ReferralRow).values(**vars(referral), raised_at=ctx.now)
    finding_id = ctx.session.scalar(row.on_conflict_do_nothing(constraint="uq_finding_once").returning(ReferralRow.id))
    if finding_id is not None:
        defer(ctx, handle, finding_id=finding_id)


@queue.task(name="workflow.handle_finding", pass_context=True, retry=_RETRY)
def handle(job: JobContext, *, finding_id: int) -> None:
    process_referral(resources_of(job).database, finding_id, utc_now())


@queue.periodic(cron="41 * * * *")
@queue.task(name="workflow.findings_left", queueing_lock="workflow.findings_left", pass_context=True)
def retry_waiting(job: JobContext, timestamp: int) -> None:
    """Hourly retry of referrals that their own job gave up."""
    del timestamp
    process_waiting(resources_of(job).database, utc_now())


def process_waiting(database: Database, now: datetime) -> None:
    """Handle referrals that have waited for an hour or more, oldest first; a failure stops no other."""
    with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN, read_only=True) as ctx:
        waiting = select(ReferralRow.id).where(
            ReferralRow.handled_at.is_(None), ReferralRow.raised_at <= now - _RETRY_AFTER
        )
        left = list(ctx.session.scalars(waiting.order_by(ReferralRow.id).limit(_AT_ONCE)))
    for finding_id in left:
        try:
            process_referral(database, finding_id, now)
        except Exception:
            log.exception("referral %s could not be handled", finding_id)


def process_referral(database: Database, finding_id: int, now: datetime) -> None:
    """Pass a referral to the handlers, unless it was handled or removed meanwhile."""
    with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN) as ctx:
        row = ctx.session.scalar(select(ReferralRow).where(ReferralRow.id == finding_id).with_for_update())
        if row is None or row.handled_at is not None:
            return
        referral = _referral_of(row)
        opened_case = next(
            (case for handler in REFERRAL_HANDLERS if (case := handler(ctx, referral)) is not None), None
        )
        row.handled_at = ctx.now
        if opened_case is not None:
            row.case_workflow, row.case_id = opened_case


def referral_outcomes(ctx: Ctx, origin: str, origin_id: int) -> list[ReferralOutcome]:
    """The outcomes of a case's referrals, for its page; the caller has read that case."""
    query = select(ReferralRow).where(ReferralRow.origin == origin, ReferralRow.origin_id == origin_id)
    return [_outcome(ctx, row) for row in ctx.session.scalars(query.order_by(ReferralRow.id))]


def referral_origin(ctx: Ctx, workflow: str, case_id: int) -> ReferralOrigin | None:
    """The case that a case was opened from; None for one that users opened."""
    row = ctx.session.scalar(
        select(ReferralRow).where(ReferralRow.case_workflow == workflow, ReferralRow.case_id == case_id)
    )
    if row is None or row.origin not in WORKFLOWS:
        return None
    flow = WORKFLOWS[row.origin]
    return ReferralOrigin(flow, row.origin_id, row.origin_number, _is_readable(ctx, flow, row.origin_id))


def _outcome(ctx: Ctx, row: ReferralRow) -> ReferralOutcome:
    referral = _referral_of(row)
    flow = WORKFLOWS.get(row.case_workflow or "")
    # Readers of the origin may know number and state, and nothing else of the case.
    if flow is None:
        return ReferralOutcome(referral, row.raised_at, row.handled_at)
    with across_organisations(ctx, flow.model.__tablename__):
        case = ctx.session.get(flow.model, row.case_id)
    if case is None:
        return ReferralOutcome(referral, row.raised_at, row.handled_at)
    readable = _is_readable(ctx, flow, case.id)
    return ReferralOutcome(referral, row.raised_at, row.handled_at, flow, case.id, case.number, case.state, readable)


def _is_readable(ctx: Ctx, flow: Workflow, case_id: int) -> bool:
    query = select(flow.model.id).where(flow.model.id == case_id, visible(ctx, flow.model, flow.read))
    return ctx.session.scalar(query) is not None


def _referral_of(row: ReferralRow) -> Referral:
    return Referral(
        kind=row.kind,
        structure_id=row.structure_id,
        accused_organisation_id=row.accused_organisation_id,
        origin=row.origin,
        origin_id=row.origin_id,
        origin_number=row.origin_number,
        text=row.text,
        lon=row.lon,
        lat=row.lat,
        found_on=row.found_on,
        occurred_on=row.occurred_on,
        is_continuing=row.is_continuing,
        raised_by_id=row.raised_by_id,
        photos_kind=row.photos_kind,
        photos_id=row.photos_id,
    )
