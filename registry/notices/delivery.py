"""Notices on their way to mailboxes: one row for each notice and person, sent once it can be, tried again until then.

Each mail is one transaction that holds its row: two workers never send the same mail, and one that dies between the
server's receipt and its own commit sends it again under the same Message-ID.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.kernel.db.session import Database
from registry.kernel.i18n import _
from registry.kernel.mail import AwayError, Line, RefusedError
from registry.notices.addresses import address_book
from registry.notices.mailer import Mailer
from registry.notices.models import MailState, Notice, NoticeMail

log = logging.getLogger(__name__)

#: How long a mail waits after its first, second... failure; after as many failures and one more it is given up.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
_ORIGIN: Final = "worker"
#: What is due together is sent in one run; the rest waits for the next minute.
_AT_ONCE: Final = 200
_MACHINE: Actor = SYSTEM_ACTOR


@dataclass
class Tally:
    """What one run did."""

    sent: int = 0
    failed: int = 0


def address_mails(database: Database, notice_id: int, now: datetime) -> None:
    """Make the rows of a notice's mails, one for each person it reaches now; twice makes them once."""
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        notice = ctx.session.get_one(Notice, notice_id)
        people = sorted(address_book().reached_by(ctx.session, notice, ctx.now))
        if not people:
            return
        row = {"notice_id": notice.id, "state": MailState.PENDING, "attempts": 0, "next_try_at": ctx.now}
        rows = insert(NoticeMail).values([row | {"user_id": user_id} for user_id in people])
        ctx.session.execute(rows.on_conflict_do_nothing(index_elements=["notice_id", "user_id"]))


def send_due(database: Database, mailer: Mailer, now: datetime, notice_id: int | None = None) -> Tally:
    """Send the mails whose time has come, of one notice or of all, on one line to the server.

    Where the server is away, the mail that found it so counts a try, and the others wait for the next run.
    """
    tally = Tally()
    due = [] if mailer.is_resting(now) else _due(database, now, notice_id)
    if not due:
        return tally
    tried = iter(due)
    try:
        with mailer.line(now) as line:
            for mail_id in tried:
                _one(database, mailer, line, mail_id, now, tally)
    except AwayError as away:
        # No line at all: the first mail counts a try. A line that broke has counted its own.
        if not tally.sent + tally.failed:
            _put_off(database, due[0], now, str(away))
            tally.failed += 1
        log.warning("mail server is away; %s mails wait", len(due) - tally.sent)
    return tally


def _due(database: Database, now: datetime, notice_id: int | None) -> list[int]:
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN, read_only=True) as ctx:
        query = select(NoticeMail.id).where(NoticeMail.state == MailState.PENDING, NoticeMail.next_try_at <= now)
        if notice_id is not None:
            query = query.where(NoticeMail.notice_id == notice_id)
        return list(ctx.session.scalars(query.order_by(NoticeMail.next_try_at, NoticeMail.id).limit(_AT_ONCE)))


def _one(database: Database, mailer: Mailer, line: Line, mail_id: int, now: datetime, tally: Tally) -> None:
    """Send one mail and note what became of it; AwayError, with the try noted, where the line broke."""
    broken: AwayError | None = None
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        mail = _hold(ctx, mail_id)
        if mail is None:
            return
        try:
            _hand_in(ctx, mailer, line, mail)
        except RefusedError as refused:
            _failed(mail, now, str(refused), final=refused.is_final)
        except AwayError as away:
            broken = away
            _failed(mail, now, str(away), final=False)
        tally.sent += mail.state is MailState.SENT
        tally.failed += mail.state is not MailState.SENT
    if broken is not None:
        raise broken


def _hand_in(ctx: Ctx, mailer: Mailer, line: Line, mail: NoticeMail) -> None:
    recipient = address_book().find(ctx.session, mail.user_id)
    if recipient is None:
        _failed(mail, ctx.now, _("Tài khoản đã khóa hoặc không còn địa chỉ thư điện tử."), final=True)
        return
    try:
        message = mailer.compose(ctx.session.get_one(Notice, mail.notice_id), recipient, ctx.now)
    except (LookupError, ValueError) as error:
        log.exception("mail %s could not be written", mail.id)
        _failed(mail, ctx.now, type(error).__name__, final=True)
        return
    line.send(message)
    mail.state, mail.sent_at, mail.failure = MailState.SENT, ctx.now, None
    mail.attempts += 1


def _put_off(database: Database, mail_id: int, now: datetime, word: str) -> None:
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        mail = _hold(ctx, mail_id)
        if mail is not None:
            _failed(mail, now, word, final=False)


def _hold(ctx: Ctx, mail_id: int) -> NoticeMail | None:
    """The mail, locked, if it still waits and no other worker has it."""
    query = select(NoticeMail).where(
        NoticeMail.id == mail_id, NoticeMail.state == MailState.PENDING, NoticeMail.next_try_at <= ctx.now
    )
    return ctx.session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def _failed(mail: NoticeMail, now: datetime, word: str, *, final: bool) -> None:
    """Count a try; the notice stays under the bell, whatever becomes of its mail."""
    mail.attempts += 1
    mail.failure = word
    if final or mail.attempts > len(WAITS):
        mail.state = MailState.FAILED
    else:
        mail.next_try_at = now + WAITS[mail.attempts - 1]
    # The server's word may hold an address, so it stands in the database only.
    log.warning("mail %s: try %s failed, now %s", mail.id, mail.attempts, mail.state.value)
