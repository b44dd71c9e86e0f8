"""Write notices in the transaction of their event; mark them as read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert

from registry.authz.actors import Ctx
from registry.kernel.db.row_access import across_organisations
from registry.kernel.jobs import defer_each
from registry.notices.events import NOTICE_EVENTS, Audience, NoticeEvent, Recipients, group_of
from registry.notices.jobs import deliver
from registry.notices.models import Notice, NoticeRead
from registry.notices.queries import addressed_to, get_notice, unread

#: SQL: the next id. Notices are inserted without RETURNING, which the driver would otherwise ask for one by one.
_NEXT_ID: Final = func.nextval(func.pg_get_serial_sequence(Notice.__tablename__, "id"))


def notify(
    ctx: Ctx,
    event: NoticeEvent,
    subject_id: int,
    subject: Any,
    recipients: Recipients | None = None,
    *,
    silent_since: datetime | None = None,
    **params: Any,
) -> Notice | None:
    """Write the notice of an event, one for all its recipients, and let the worker mail it after the commit.

    The audiences of the parties are read from `subject`; `recipients` narrows those of the declaration. Who got an
    equal notice after `silent_since` is left out. `params` must be JSON; NOTICE_TEXTS has the function that makes the
    text, in the language of each reader. None where there is no recipient. LookupError for an event that no feature
    provides, ValueError for roles in different units: one notice reaches the roles of one set of units.
    """
    notice = compose(ctx, event, subject_id, subject, recipients, silent_since=silent_since, **params)
    send(ctx, [] if notice is None else [notice])
    return notice


def send(ctx: Ctx, notices: Sequence[Notice]) -> None:
    """Write composed notices, and let the worker mail them after the commit; as many statements as for one."""
    if not notices:
        return
    if len(notices) > 1:
        numbers = select(_NEXT_ID).select_from(func.generate_series(1, len(notices)))
        for notice, number in zip(notices, ctx.session.scalars(numbers), strict=True):
            notice.id = number
    ctx.session.add_all(notices)
    ctx.session.flush()
    defer_each(ctx, deliver, [{"notice_id": notice.id} for notice in notices])


def compose(
    ctx: Ctx,
    event: NoticeEvent,
    subject_id: int,
    subject: Any,
    recipients: Recipients | None = None,
    *,
    silent_since: datetime | None = None,
    **params: Any,
) -> Notice | None:
    """The notice that `notify` writes, which `send` writes."""
    if NOTICE_EVENTS.get(event.key) is not event:
        message = f"{event.key} is not among the NOTICE_EVENTS that a feature provides"
        raise LookupError(message)
    past = [] if silent_since is None else _groups_since(ctx, event, subject_id, silent_since)
    audiences = [
        (standing, name, _without(event.parties[name].audience(ctx, subject), past))
        for standing, name in (recipients or event.recipients).items()
    ]
    reached = [(standing, name, audience) for standing, name, audience in audiences if audience]
    if not reached:
        return None
    areas = {audience.unit_ids for _standing, _name, audience in reached if audience.roles and audience.unit_ids}
    if len(areas) > 1:
        message = f"{event.key} is addressed to roles in different units"
        raise ValueError(message)

    def union(name: str, *, in_area: bool | None = None) -> list[Any]:
        values = (
            getattr(audience, name)
            for _s, _n, audience in reached
            if in_area is None or bool(audience.unit_ids) is in_area
        )
        return sorted(frozenset().union(*values))

    return Notice(
        uid=uuid4(),
        subject_kind=event.subject,
        subject_id=subject_id,
        event=event.name,
        params=params,
        organisation_ids=union("organisation_ids"),
        roles=union("roles", in_area=False),
        area_roles=union("roles", in_area=True),
        unit_ids=sorted(next(iter(areas), ())),
        user_ids=union("user_ids"),
        groups=[group_of(*each) for each in reached],
        actor_id=None if event.reaches_author else ctx.actor.id,
        created_at=ctx.now,
    )


def _groups_since(ctx: Ctx, event: NoticeEvent, subject_id: int, moment: datetime) -> list[dict[str, Any]]:
    query = select(Notice.groups).where(
        Notice.subject_kind == event.subject,
        Notice.subject_id == subject_id,
        Notice.event == event.name,
        Notice.created_at > moment,
    )
    with across_organisations(ctx, Notice.__tablename__):
        return [group for groups in ctx.session.scalars(query) for group in groups]


def _without(audience: Audience, past: Sequence[Mapping[str, Any]]) -> Audience:
    """The audience without those in stored groups."""
    for group in past:
        is_same_area = audience.unit_ids <= set(group["unit_ids"]) or not group["unit_ids"]
        audience = replace(
            audience,
            organisation_ids=audience.organisation_ids - set(group["organisation_ids"]),
            roles=audience.roles - set(group["roles"]) if is_same_area else audience.roles,
            user_ids=audience.user_ids - set(group["user_ids"]),
        )
    return audience


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
