"""The alarm on unusual reading: many exact positions of others by one person within an hour of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from procrastinate import JobContext
from sqlalchemy import ARRAY, BigInteger, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from registry.accounts.models import UserAccount
from registry.accounts.reviews.models import ReadingAlarm
from registry.accounts.reviews.queries import UNUSUAL_READING
from registry.audit.chain import record
from registry.audit.look_rows import ACCESS_ACTIONS
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx, Role
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _, _l, format_datetime
from registry.kernel.jobs import queue, resources_of
from registry.notices.events import ROLE_PARTIES, Audience, Party, Recipients, declare_events
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText

SUBJECT: Final = "reading_alarm"
_HOUR: Final = timedelta(hours=1)
#: Equal entries of one person count once: a page that is loaded again shows nothing new.
_READ: Final = text(
    """
    WITH entry AS (
        SELECT DISTINCT note.actor_id, part.value AS seen_at
        FROM audit_note AS note, jsonb_array_elements(note.details -> 'looks') AS part
        WHERE note.action = ANY (:actions) AND note.actor_id IS NOT NULL
            AND note.occurred_at >= :since AND note.occurred_at < :until
    ), counted AS (
        SELECT actor_id, seen_at -> 'owners' AS owners, CASE
            WHEN jsonb_typeof(seen_at -> 'seen') = 'object' THEN (
                SELECT coalesce(sum((owner.value ->> 0)::bigint), 0) FROM jsonb_each(seen_at -> 'seen') AS owner)
            WHEN seen_at ? 'rows' THEN (seen_at ->> 'rows')::bigint
            ELSE 1 END AS structures
        FROM entry
    )
    SELECT actor_id, sum(structures)::bigint AS structures,
        array(SELECT DISTINCT owner::bigint
            FROM counted AS of_actor, jsonb_array_elements_text(of_actor.owners) AS owner
            WHERE of_actor.actor_id = counted.actor_id ORDER BY 1) AS owner_ids
    FROM counted GROUP BY actor_id HAVING sum(structures) > :most ORDER BY actor_id
    """
).columns(actor_id=BigInteger, structures=BigInteger, owner_ids=ARRAY(BigInteger))


@dataclass(frozen=True)
class UnusualReading:
    """What one person read within an hour, and of which owners."""

    user_id: int
    structures: int
    owner_ids: tuple[int, ...]


def _owners(_ctx: Ctx, reading: UnusualReading) -> Audience:
    return Audience(organisation_ids=frozenset(reading.owner_ids))


EVENTS: Final = declare_events(
    SUBJECT,
    _l("Xem nhiều vị trí bất thường"),
    {**ROLE_PARTIES, "owners": Party(_l("Chủ sở hữu các công trình đã xem"), _owners)},
    {
        "raised": (
            _l("Một tài khoản xem nhiều vị trí chính xác trong một giờ"),
            Recipients(affected=("owners",), watch=(Role.LEAD_DEPARTMENT.value,)),
        )
    },
)


def read_alarm(notice: Notice) -> NoticeText:
    """The text of an alarm: who, when, and the limit; numbers of other owners are not stated."""
    params = notice.params
    sentence = _(
        "%(name)s (%(organisation)s) đã xem hơn %(most)s vị trí chính xác của công trình của đơn vị khác trong một giờ"
        " từ %(since)s; hãy kiểm tra lượt xem.",
        name=params["name"],
        organisation=params["organisation"],
        most=params["most"],
        since=format_datetime(datetime.fromisoformat(params["since"])),
    )
    return NoticeText(sentence, "audit.looks")


def raise_alarms(ctx: Ctx) -> int:
    """Raise an alarm for each person who read too much in this hour or the one before; returns their number."""
    most = setting(ctx.session, UNUSUAL_READING, ctx.today)
    present = ctx.now.replace(minute=0, second=0, microsecond=0)
    hours = (present - _HOUR, present)
    return sum(_raise(ctx, reading, hour, most) for hour in hours for reading in _read(ctx, hour, most))


def _read(ctx: Ctx, hour: datetime, most: int) -> Iterator[UnusualReading]:
    values: dict[str, Any] = {"actions": list(ACCESS_ACTIONS), "since": hour, "until": hour + _HOUR, "most": most}
    for row in ctx.session.execute(_READ, values).all():
        yield UnusualReading(row.actor_id, row.structures, tuple(row.owner_ids))


def _raise(ctx: Ctx, reading: UnusualReading, hour: datetime, most: int) -> bool:
    """Whether this is the first alarm on the person for the hour."""
    values = {"user_id": reading.user_id, "hour": hour, "structures": reading.structures, "created_at": ctx.now}
    statement = insert(ReadingAlarm).values(**values).on_conflict_do_nothing().returning(ReadingAlarm.id)
    alarm_id = ctx.session.scalar(statement)
    if alarm_id is None:
        return False
    query = select(UserAccount).where(UserAccount.id == reading.user_id).options(joinedload(UserAccount.organisation))
    user = ctx.session.scalars(query).one()
    notify(
        ctx,
        EVENTS["raised"],
        alarm_id,
        reading,
        name=user.full_name,
        organisation=user.organisation.short_name,
        most=most,
        since=hour.isoformat(),
    )
    record(ctx, "account.reading_alarm", "user_account", user.id, structures=reading.structures)
    return True


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="accounts.reading_alarms", queueing_lock="accounts.reading_alarms", pass_context=True)
def raise_alarms_often(job: JobContext, timestamp: int) -> None:
    """Look at the notes of the last two hours of the clock."""
    del timestamp
    machine: Actor = SYSTEM_ACTOR
    with resources_of(job).database.transaction(machine, origin="worker") as ctx:
        raise_alarms(ctx)
