"""Work held by a person: what is open under an account, handed over when the person leaves or moves.

Each feature declares its columns that name a person; `tests/arch/test_held_work.py` fails for one that is not declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.kernel.db.history import history_of, is_versioned
from registry.kernel.feature import ExtensionPoint
from registry.workflow.definition import WORKFLOWS, Workflow


@dataclass(frozen=True, eq=False)
class HeldWork:
    """One column that names a person, and which of its rows are work that waits for this person.

    `open` is the SQL condition of those rows; `subject` their kind in the audit log.
    """

    column: Any
    label: Any
    subject: str
    open: Callable[[], ColumnElement[bool]]

    @property
    def model(self) -> Any:
        return self.column.class_


HELD_WORK = ExtensionPoint[HeldWork]("accounts.held_work")
#: Columns that name a person and are no work: who reads, is notified, or did something.
NO_WORK = ExtensionPoint[Any]("accounts.no_work")


@dataclass(frozen=True)
class HeldCount:
    """How much of one kind a person holds."""

    work: HeldWork
    count: int


def all_held_work() -> Iterator[HeldWork]:
    """The work of all features; of each workflow the open cases that a person follows."""
    yield from HELD_WORK
    for workflow in WORKFLOWS.values():
        yield HeldWork(workflow.model.created_by_id, workflow.label, workflow.code, partial(_is_open, workflow))


def _is_open(workflow: Workflow) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = workflow.model.state.in_(workflow.open_states)
    return condition


def list_held(ctx: Ctx, user_id: int) -> list[HeldCount]:
    """What an account holds, kinds without any left out."""
    counts = []
    for work in all_held_work():
        query = select(func.count()).select_from(work.model).where(work.column == user_id, work.open())
        count = ctx.session.scalar(query) or 0
        if count:
            counts.append(HeldCount(work, count))
    return counts


def held_text(held: Sequence[HeldCount]) -> str:
    """What a person holds, in words."""
    return "; ".join(f"{each.work.label}: {each.count}" for each in held)


def hand_over(ctx: Ctx, user_id: int, colleague_id: int) -> list[HeldCount]:
    """Let a colleague hold what an account holds; returns what it was. Each row leaves an audit entry."""
    held = list_held(ctx, user_id)
    for each in held:
        work = each.work
        for row in ctx.session.scalars(select(work.model).where(work.column == user_id, work.open()).with_for_update()):
            setattr(row, work.column.key, colleague_id)
            record(ctx, "account.hand_over", work.subject, row.id, user_id=user_id, colleague_id=colleague_id)
    ctx.session.flush()
    return held


def held_by_those_who_left() -> Sequence[tuple[HeldWork, Select[int]]]:
    """For each kind of work: how many open rows closed accounts hold, or accounts that have moved since they got them.

    What an account held before it moved is known of versioned tables.
    """
    closed = select(UserAccount.id).where(UserAccount.is_active.is_(False))
    return [
        (
            work,
            select(func.count())
            .select_from(work.model)
            .where(or_(work.column.in_(closed), _held_before_move(work)), work.open()),
        )
        for work in all_held_work()
    ]


def _held_before_move(work: HeldWork) -> ColumnElement[bool]:
    if not is_versioned(work.model):
        return false()
    history = history_of(work.model)
    got = (
        select(history.c.history_id)
        .join(UserAccount, UserAccount.id == history.c[work.column.key])
        .where(
            history.c.id == work.model.id,
            history.c[work.column.key] == work.column,
            history.c.recorded_from < UserAccount.member_since,
        )
    )
    return got.correlate(work.model).exists()
