"""Write notices in the transaction of their event; mark them as read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import insert

from registry.authz.actors import Ctx, Role
from registry.kernel.jobs import defer
from registry.notices.jobs import deliver
from registry.notices.models import Notice, NoticeRead
from registry.notices.queries import addressed_to, get_notice, unread


@dataclass(frozen=True)
class Audience:
    """The recipients of a notice: members of these organisations, holders of these roles, these persons.

    `unit_ids` restricts the roles to holders with one of these units in their area; empty means anywhere.
    """

    organisation_ids: frozenset[int] = field(default_factory=frozenset)
    roles: frozenset[Role] = field(default_factory=frozenset)
    unit_ids: frozenset[int] = field(default_factory=frozenset)
    user_ids: frozenset[int] = field(default_factory=frozenset)


def without_doubles(audiences: Iterable[Audience]) -> list[Audience]:
    """The audiences of one event, each without recipients of those before it; those left without any are omitted."""
    organisations: set[int] = set()
    persons: set[int] = set()
    roles: set[tuple[Role, frozenset[int]]] = set()
    kept = []
    for each in audiences:
        fresh = replace(
            each,
            organisation_ids=each.organisation_ids - organisations,
            user_ids=each.user_ids - persons,
            roles=frozenset(role for role in each.roles if (role, each.unit_ids) not in roles),
        )
        organisations |= each.organisation_ids
        persons |= each.user_ids
        roles |= {(role, each.unit_ids) for role in each.roles}
        if fresh.organisation_ids or fresh.roles or fresh.user_ids:
            kept.append(fresh)
    return kept


def notify(
    ctx: Ctx,
    subject_kind: str,
    subject_id: int,
    event: str,
    audience: Audience,
    *,
    event_uid: UUID | None = None,
    **params: Any,
) -> Notice:
    """Write a notice for an audience, and let the worker mail it after the commit.

    `params` must be JSON; NOTICE_TEXTS has the function that makes the text, in the language of each reader. Notices
    with the same `event_uid` reach each reader once: the first that addresses it.
    """
    notice = Notice(
        uid=uuid4(),
        subject_kind=subject_kind,
        subject_id=subject_id,
        event=event,
        params=params,
        organisation_ids=sorted(audience.organisation_ids),
        roles=sorted(audience.roles),
        unit_ids=sorted(audience.unit_ids),
        user_ids=sorted(audience.user_ids),
        actor_id=ctx.actor.id,
        created_at=ctx.now,
        event_uid=event_uid,
    )
    ctx.session.add(notice)
    ctx.session.flush()
    defer(ctx, deliver, notice_id=notice.id)
    return notice


def notify_all(
    ctx: Ctx, subject_kind: str, subject_id: int, event: str, audiences: Iterable[Audience], **params: Any
) -> None:
    """Write the notices of one event: each reader gets one, though several audiences include it."""
    event_uid = uuid4()
    for audience in without_doubles(audiences):
        notify(ctx, subject_kind, subject_id, event, audience, event_uid=event_uid, **params)


def mark_read(ctx: Ctx, notice_id: int) -> Notice:
    """Mark a notice of the actor as read; NotFound for any other. Working data, so no audit event."""
    notice = get_notice(ctx, notice_id)
    row = insert(NoticeRead).values(notice_id=notice.id, user_id=ctx.actor.id, read_at=ctx.now)
    ctx.session.execute(row.on_conflict_do_nothing())
    return notice


def mark_all_read(ctx: Ctx, up_to: int) -> None:
    """Mark all notices up to one as read; those that arrived while the list was shown stay unread."""
    waiting = select(Notice.id, literal(ctx.actor.id), literal(ctx.now)).where(
        Notice.id <= up_to, addressed_to(ctx.actor), unread(ctx)
    )
    rows = insert(NoticeRead).from_select(["notice_id", "user_id", "read_at"], waiting)
    ctx.session.execute(rows.on_conflict_do_nothing())
