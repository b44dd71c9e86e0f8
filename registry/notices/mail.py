"""Notices by e-mail: one row per notice and person, sent when due, retried until it succeeds or is given up.

Each mail is one transaction that locks its row, so two workers never send the same mail. A worker that dies between the
receipt of the server and its own commit sends it again under the same Message-ID.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.kernel.db.session import Database
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _, force_locale
from registry.kernel.mail import MailRefused, MailServer, MailServerUnavailable, SmtpConnection
from registry.notices.models import MailState, Notice, NoticeMail
from registry.notices.texts import Explanation, NoticeText, explain, notice_text


@dataclass(frozen=True)
class Recipient:
    """A person with an active account and an e-mail address."""

    user_id: int
    email: str
    language: str
    #: The person with the roles of now.
    reader: Actor


class AddressBook(Protocol):
    """Looks up the recipients of notices; accounts provides it."""

    def reached_by(self, session: Session, notice: Notice, now: datetime) -> frozenset[int]:
        """Accounts with an address that a notice reaches at a moment, without its author."""
        ...

    def find(self, session: Session, user_id: int, now: datetime) -> Recipient | None:
        """The address of an account; None when it is closed or has none."""
        ...


ADDRESS_BOOK = ExtensionPoint[AddressBook]("notices.address_book")


def address_book() -> AddressBook:
    """The address book in force; LookupError where no feature provides one."""
    book = ADDRESS_BOOK.only()
    if book is None:
        message = "no feature provides an address book"
        raise LookupError(message)
    return book


#: Key of the services of the worker (kernel.jobs.Resources).
MAILER: Final = "registry.mailer"
#: Time without connection attempts after a failed one, so that other jobs do not wait for the server.
PAUSE: Final = timedelta(seconds=50)


@dataclass
class Mailer:
    """Writes mails in the language of the recipient with links below `base_url`, and sends them."""

    app: Flask
    server: MailServer
    sender: str
    base_url: str
    _paused_until: datetime | None = field(default=None, init=False)

    def is_paused(self, now: datetime) -> bool:
        """Whether the server was unavailable a moment ago."""
        return self._paused_until is not None and now < self._paused_until

    @contextmanager
    def connected(self, now: datetime) -> Iterator[SmtpConnection]:
        """A connection to the server; MailServerUnavailable pauses the mailer."""
        try:
            with self.server.connected() as found:
                yield found
        except MailServerUnavailable:
            self._paused_until = now + PAUSE
            raise

    def compose(self, notice: Notice, recipient: Recipient, now: datetime) -> EmailMessage:
        """The mail of a notice to one person; its Message-ID is constant, so that duplicates can be recognised."""
        with self.app.app_context(), force_locale(recipient.language):
            text = notice_text(notice)
            message = EmailMessage(policy=SMTP)
            message["Subject"] = one_line(text.sentence)
            message["From"] = self.sender
            message["To"] = recipient.email
            message["Date"] = format_datetime(now)
            message["Message-ID"] = f"<{notice.uid}.{recipient.user_id}@{self._domain()}>"
            message["Auto-Submitted"] = "auto-generated"
            message["Content-Language"] = recipient.language
            message.set_content(self._body(text, explain(notice, recipient.reader)), charset="utf-8")
        return message

    def _body(self, text: NoticeText, explanation: Explanation) -> str:
        lines = [
            one_line(text.sentence),
            *([one_line(explanation.task)] if explanation.task else []),
            _("Xem và xử lý tại: %(address)s", address=self.address_of(text.endpoint, text.arguments)),
            *(f"{one_line(link.label)}: {self.address_of(link.endpoint, link.arguments)}" for link in text.links),
            *([one_line(explanation.why)] if explanation.why else []),
            _(
                "Nội dung đầy đủ chỉ hiện sau khi đăng nhập. Hệ thống gửi thư này tự động cho các đơn vị và cán bộ"
                " có liên quan; vui lòng không trả lời thư."
            ),
        ]
        return "\n\n".join(lines) + "\n"

    def address_of(self, endpoint: str, arguments: Mapping[str, Any]) -> str:
        """The address of a page below the configured base address."""
        base = urlsplit(self.base_url)
        adapter = self.app.url_map.bind(base.netloc, script_name=base.path or "/", url_scheme=base.scheme)
        return adapter.build(endpoint, dict(arguments), force_external=True)

    def _domain(self) -> str:
        return parseaddr(self.sender)[1].rpartition("@")[2]


def one_line(text: str) -> str:
    """The text without line breaks: user input must not start a header."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


log = logging.getLogger(__name__)

#: Delay after the first, second... failure; one failure more and the mail is given up.
RETRY_DELAYS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
_ORIGIN: Final = "worker"
#: Most mails of one run; the rest waits for the next minute.
_BATCH: Final = 200
_MACHINE: Actor = SYSTEM_ACTOR


@dataclass
class DeliveryCounts:
    """Counts of one run."""

    sent: int = 0
    failed: int = 0


def queue_mails(database: Database, notice_id: int, now: datetime) -> None:
    """Insert the mails of a notice, one for each person it reaches now; idempotent."""
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        notice = ctx.session.get_one(Notice, notice_id)
        people = sorted(address_book().reached_by(ctx.session, notice, ctx.now))
        if not people:
            return
        row = {"notice_id": notice.id, "state": MailState.PENDING, "attempts": 0, "next_try_at": ctx.now}
        rows = insert(NoticeMail).values([row | {"user_id": user_id} for user_id in people])
        ctx.session.execute(rows.on_conflict_do_nothing(index_elements=["notice_id", "user_id"]))


def send_due(database: Database, mailer: Mailer, now: datetime, notice_id: int | None = None) -> DeliveryCounts:
    """Send the mails that are due, of one notice or of all, over one connection.

    When the server is unavailable, the current mail counts an attempt, and the others wait for the next run.
    """
    counts = DeliveryCounts()
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


def _due(database: Database, now: datetime, notice_id: int | None) -> list[int]:
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN, read_only=True) as ctx:
        query = select(NoticeMail.id).where(NoticeMail.state == MailState.PENDING, NoticeMail.next_try_at <= now)
        if notice_id is not None:
            query = query.where(NoticeMail.notice_id == notice_id)
        return list(ctx.session.scalars(query.order_by(NoticeMail.next_try_at, NoticeMail.id).limit(_BATCH)))


def _deliver(
    database: Database, mailer: Mailer, connection: SmtpConnection, mail_id: int, now: datetime, counts: DeliveryCounts
) -> None:
    """Send one mail and store the result; MailServerUnavailable, with the attempt stored, for a lost connection."""
    lost: MailServerUnavailable | None = None
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        mail = _lock(ctx, mail_id)
        if mail is None:
            return
        try:
            _send(ctx, mailer, connection, mail)
        except MailRefused as refused:
            _record_failure(mail, now, str(refused), final=refused.is_final)
        except MailServerUnavailable as error:
            lost = error
            _record_failure(mail, now, str(error), final=False)
        counts.sent += mail.state is MailState.SENT
        counts.failed += mail.state is not MailState.SENT
    if lost is not None:
        raise lost


def _send(ctx: Ctx, mailer: Mailer, connection: SmtpConnection, mail: NoticeMail) -> None:
    recipient = address_book().find(ctx.session, mail.user_id, ctx.now)
    if recipient is None:
        _record_failure(mail, ctx.now, _("Tài khoản đã khóa hoặc không còn địa chỉ thư điện tử."), final=True)
        return
    try:
        message = mailer.compose(ctx.session.get_one(Notice, mail.notice_id), recipient, ctx.now)
    except (LookupError, ValueError) as error:
        log.exception("mail %s could not be written", mail.id)
        _record_failure(mail, ctx.now, type(error).__name__, final=True)
        return
    connection.send(message)
    mail.state, mail.sent_at, mail.failure = MailState.SENT, ctx.now, None
    mail.attempts += 1


def _postpone(database: Database, mail_id: int, now: datetime, reason: str) -> None:
    with database.transaction(_MACHINE, now=now, origin=_ORIGIN) as ctx:
        mail = _lock(ctx, mail_id)
        if mail is not None:
            _record_failure(mail, now, reason, final=False)


def _lock(ctx: Ctx, mail_id: int) -> NoticeMail | None:
    """The mail, locked, if it is still pending and no other worker has it."""
    query = select(NoticeMail).where(
        NoticeMail.id == mail_id, NoticeMail.state == MailState.PENDING, NoticeMail.next_try_at <= ctx.now
    )
    return ctx.session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def _record_failure(mail: NoticeMail, now: datetime, reason: str, *, final: bool) -> None:
    """Count an attempt; the notice itself stays in the inbox."""
    mail.attempts += 1
    mail.failure = reason
    if final or mail.attempts > len(RETRY_DELAYS):
        mail.state = MailState.FAILED
    else:
        mail.next_try_at = now + RETRY_DELAYS[mail.attempts - 1]
    # The reply of the server may contain an address, so it is stored in the database only.
    log.warning("mail %s: try %s failed, now %s", mail.id, mail.attempts, mail.state.value)
