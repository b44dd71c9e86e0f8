"""The queue of mails: one row per notice and person, sent when due, those of a bundle in one mail.

Each mail is one transaction that locks its rows, so two workers never send the same mail. A worker that dies between
the receipt of the server and its own commit sends it again under the same Message-ID. A server that is away, or that
refuses the sender, loses nothing: its mails wait until it works.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.db.session import Database
from registry.kernel.i18n import _
from registry.kernel.mail import MailRefused, MailServerUnavailable, SmtpConnection
from registry.notices.choices import delivery_of
from registry.notices.events import NOTICE_EVENTS, Standing
from registry.notices.mail import Mailer, address_book
from registry.notices.models import Delivery, MailBounce, MailState, Notice, NoticeChoice, NoticeKindChoice, NoticeMail

log = logging.getLogger(__name__)

#: Delay after the first, second... failure; one failure more and the mail is given up.
RETRY_DELAYS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
#: Longest delay while the server is away or refuses the sender; such a mail is never given up.
LONGEST_WAIT: Final = timedelta(hours=1)
#: After a mail of a case, those who need not act get its next notices together at the end of this time.
BUNDLED_FOR: Final = timedelta(hours=1)
#: Time of day of the daily mail, in Vietnam.
DAILY_AT: Final = time(6, 30)
_DAY_BUNDLE: Final = "day"
_HOUR_BUNDLE: Final = "hour"
_ORIGIN: Final = "worker"
#: Most mails of one run; the rest waits for the next minute.
_BATCH: Final = 200
_MACHINE: Actor = SYSTEM_ACTOR


@dataclass
class DeliveryCounts:
    """Counts of one run, in notices."""

    sent: int = 0
    failed: int = 0


def queue_mails(database: Database, notice_id: int, now: datetime) -> None:
    """Insert the mails of a notice, one for each person it reaches now and that wants it by mail; idempotent.

    A notice that was cleared with the sample data meanwhile has none.
    """
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        notice = ctx.session.get(Notice, notice_id)
        if notice is None:
            return
        reached = address_book().reached_by(ctx.session, notice, ctx.now)
        choices = _choices(ctx, notice, reached)
        rows = [
            {
                "notice_id": notice.id,
                "user_id": user_id,
                "state": MailState.PENDING,
                "attempts": 0,
                **_schedule(ctx, notice, user_id, standing, choices[user_id]),
            }
            for user_id, standing in sorted(reached.items())
            if choices[user_id] is not Delivery.OFF
        ]
        if rows:
            added = insert(NoticeMail).values(rows)
            ctx.session.execute(added.on_conflict_do_nothing(index_elements=["notice_id", "user_id"]))


def _choices(ctx: Ctx, notice: Notice, reached: Mapping[int, Standing]) -> dict[int, Delivery]:
    """How each person gets the mail of a notice."""
    query = select(NoticeChoice).where(NoticeChoice.user_id.in_(reached))
    general = {(row.user_id, Standing(row.standing)): row.delivery for row in ctx.session.scalars(query)}
    kinds = select(NoticeKindChoice).where(
        NoticeKindChoice.user_id.in_(reached), NoticeKindChoice.subject == notice.subject_kind
    )
    of_kind = {row.user_id: row.delivery for row in ctx.session.scalars(kinds)}
    return {
        user_id: delivery_of(standing, general.get((user_id, standing), Delivery.AT_ONCE), of_kind.get(user_id))
        for user_id, standing in reached.items()
    }


def _schedule(ctx: Ctx, notice: Notice, user_id: int, standing: Standing, delivery: Delivery) -> dict[str, object]:
    """Bundle and moment of a mail."""
    if delivery is Delivery.DAILY:
        return {"bundle": _DAY_BUNDLE, "next_try_at": next_daily(ctx.now)}
    event = NOTICE_EVENTS.get(f"{notice.subject_kind}.{notice.event}")
    if event is not None and event.bundled:
        waiting = select(func.min(NoticeMail.next_try_at)).where(
            NoticeMail.user_id == user_id, NoticeMail.bundle == _HOUR_BUNDLE, NoticeMail.state == MailState.PENDING
        )
        return {"bundle": _HOUR_BUNDLE, "next_try_at": ctx.session.scalar(waiting) or ctx.now + BUNDLED_FOR}
    bundle = f"{notice.subject_kind}:{notice.subject_id}"
    if standing is Standing.ACT:
        return {"bundle": bundle, "next_try_at": ctx.now}
    last = ctx.session.scalar(
        select(func.max(NoticeMail.sent_at)).where(NoticeMail.user_id == user_id, NoticeMail.bundle == bundle)
    )
    return {"bundle": bundle, "next_try_at": ctx.now if last is None else max(ctx.now, last + BUNDLED_FOR)}


def next_daily(now: datetime) -> datetime:
    """The next moment of the daily mail."""
    local = now.astimezone(LOCAL_ZONE)
    today = datetime.combine(local.date(), DAILY_AT, tzinfo=LOCAL_ZONE)
    return today if today > now else today + timedelta(days=1)


def send_due(database: Database, mailer: Mailer, now: datetime, notice_id: int | None = None) -> DeliveryCounts:
    """Send the mails that are due, of one notice or of all, over one connection.

    When the server is unavailable, the current mail counts an attempt, and the others wait for the next run.
    """
    counts = DeliveryCounts()
    if notice_id is None:
        _revive(database, now)
    due = [] if mailer.is_paused(now) else _due(database, now, notice_id)
    if not due:
        return counts
    tried = iter(due)
    try:
        with mailer.connected(now) as connection:
            for mail_id in tried:
                _deliver(database, mailer, connection, mail_id, now, counts)
    except MailServerUnavailable as error:
        # Without any connection the first mail counts an attempt; a lost connection has counted its own.
        if not counts.sent + counts.failed:
            _postpone(database, due[0], now, str(error))
            counts.failed += 1
        log.warning("mail server is away; %s mails wait", len(due) - counts.sent)
    return counts


def _revive(database: Database, now: datetime) -> None:
    """Try the mails of a refused address again where the account has another address by now."""
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        for bounce in ctx.session.scalars(select(MailBounce)).all():
            recipient = address_book().find(ctx.session, bounce.user_id, ctx.now)
            if recipient is None or recipient.email == bounce.email:
                continue
            refused = NoticeMail.user_id == bounce.user_id, NoticeMail.state == MailState.FAILED
            fresh = NoticeMail.notice_id.in_(select(Notice.id).where(Notice.created_at >= bounce.refused_at - _KEPT))
            values = {"state": MailState.PENDING, "attempts": 0, "next_try_at": ctx.now}
            ctx.session.execute(update(NoticeMail).where(*refused, fresh).values(**values))
            ctx.session.execute(delete(MailBounce).where(MailBounce.user_id == bounce.user_id))


#: Older notices than this before a refusal are not mailed again.
_KEPT: Final = timedelta(days=1)


def _due(database: Database, now: datetime, notice_id: int | None) -> list[int]:
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN, read_only=True) as ctx:
        query = select(NoticeMail.id).where(NoticeMail.state == MailState.PENDING, NoticeMail.next_try_at <= now)
        if notice_id is not None:
            query = query.where(NoticeMail.notice_id == notice_id)
        return list(ctx.session.scalars(query.order_by(NoticeMail.next_try_at, NoticeMail.id).limit(_BATCH)))


def _deliver(
    database: Database, mailer: Mailer, connection: SmtpConnection, mail_id: int, now: datetime, counts: DeliveryCounts
) -> None:
    """Send one mail with the due ones of its bundle; MailServerUnavailable, with the attempt stored, if it is lost."""
    lost: MailServerUnavailable | None = None
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        mails = list(_lock(ctx, mail_id))
        if not mails:
            return
        try:
            _send(ctx, mailer, connection, mails)
        except MailRefused as refused:
            _refused(ctx, mails, refused)
        except MailServerUnavailable as error:
            lost = error
            _fail(mails, now, str(error), is_kept=True)
        counts.sent += sum(mail.state is MailState.SENT for mail in mails)
        counts.failed += sum(mail.state is not MailState.SENT for mail in mails)
    if lost is not None:
        raise lost


def _send(ctx: Ctx, mailer: Mailer, connection: SmtpConnection, mails: Sequence[NoticeMail]) -> None:
    user_id = mails[0].user_id
    recipient = address_book().find(ctx.session, user_id, ctx.now)
    if recipient is None:
        _fail(mails, ctx.now, _("Tài khoản đã khóa hoặc không còn địa chỉ thư điện tử."), is_final=True)
        return
    bounce = ctx.session.get(MailBounce, user_id)
    if bounce is not None and bounce.email == recipient.email:
        _fail(mails, ctx.now, bounce.reply, is_final=True)
        return
    try:
        notices = [ctx.session.get_one(Notice, mail.notice_id) for mail in mails]
        message = mailer.compose(notices, recipient, ctx.now)
    except (LookupError, ValueError) as error:
        log.exception("mail %s could not be written", mails[0].id)
        _fail(mails, ctx.now, type(error).__name__, is_final=True)
        return
    connection.send(message)
    for mail in mails:
        mail.state, mail.sent_at, mail.failure = MailState.SENT, ctx.now, None
        mail.attempts += 1


def _refused(ctx: Ctx, mails: Sequence[NoticeMail], refused: MailRefused) -> None:
    _fail(mails, ctx.now, str(refused), is_final=refused.is_final, is_kept=refused.is_by_setting)
    recipient = address_book().find(ctx.session, mails[0].user_id, ctx.now)
    if refused.is_bounce and recipient is not None:
        mark_bounce(ctx, recipient.user_id, recipient.email, str(refused))


def mark_bounce(ctx: Ctx, user_id: int, email: str, reply: str) -> None:
    """Note that the mail server refused the address of an account: no mail goes there until the address changes."""
    values = {"email": email, "refused_at": ctx.now, "reply": reply}
    row = insert(MailBounce).values(user_id=user_id, **values)
    ctx.session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=values))


def _postpone(database: Database, mail_id: int, now: datetime, reason: str) -> None:
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        _fail(list(_lock(ctx, mail_id)), now, reason, is_kept=True)


def _lock(ctx: Ctx, mail_id: int) -> Iterator[NoticeMail]:
    """The mail and the others of its bundle that are due, locked, if no other worker has it; the oldest first."""
    pending = NoticeMail.state == MailState.PENDING, NoticeMail.next_try_at <= ctx.now
    query = select(NoticeMail).where(NoticeMail.id == mail_id, *pending).with_for_update(skip_locked=True)
    first = ctx.session.scalars(query).one_or_none()
    if first is None:
        return iter(())
    if not first.bundle:
        return iter((first,))
    others = select(NoticeMail).where(NoticeMail.user_id == first.user_id, NoticeMail.bundle == first.bundle, *pending)
    return iter(ctx.session.scalars(others.order_by(NoticeMail.id).with_for_update(skip_locked=True)).all())


def _fail(
    mails: Sequence[NoticeMail], now: datetime, reason: str, *, is_final: bool = False, is_kept: bool = False
) -> None:
    """Count an attempt; the notices themselves stay in the inbox. `is_kept`: never given up."""
    for mail in mails:
        mail.attempts += 1
        mail.failure = reason
        delay = None if is_final else retry_delay(mail.attempts, is_kept=is_kept)
        if delay is None:
            mail.state = MailState.FAILED
        else:
            mail.next_try_at = now + delay
        # The reply of the server may contain an address, so it is stored in the database only.
        log.warning("mail %s: try %s failed, now %s", mail.id, mail.attempts, mail.state.value)


def retry_delay(attempts: int, *, is_kept: bool) -> timedelta | None:
    """The delay after so many failures, None once the mail is given up; one that `is_kept` never is."""
    if attempts > len(RETRY_DELAYS) and not is_kept:
        return None
    delay = RETRY_DELAYS[min(attempts, len(RETRY_DELAYS)) - 1]
    return min(delay, LONGEST_WAIT) if is_kept else delay
