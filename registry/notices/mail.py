"""Notices as e-mails: recipients, the text of a mail, and the mail server."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy.orm import Session

from registry.authz.actors import Actor
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _, _n, force_locale
from registry.kernel.jobs import TaskService
from registry.kernel.mail import MailServer, MailServerUnavailable, SmtpConnection
from registry.notices.events import Standing
from registry.notices.models import Notice
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

    def reached_by(self, session: Session, notice: Notice, now: datetime) -> Mapping[int, Standing]:
        """Accounts with an address that a notice reaches at a moment, with their standing; without its author."""
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
MAILER: Final = TaskService["Mailer"]()
#: Time without connection attempts after a failed one, so that other jobs do not wait for the server.
PAUSE: Final = timedelta(seconds=50)
#: The pause after a long wait, in times of the wait: other jobs have most of the time.
_SHARE: Final = 4
#: The page on which each person chooses the mails it gets.
CHOICES_PAGE: Final = "digests.index"


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
        """A connection to the server; MailServerUnavailable pauses the mailer, longer after a long wait for it."""
        begun = time.monotonic()
        try:
            with self.server.connected() as connection:
                yield connection
        except MailServerUnavailable:
            waited = timedelta(seconds=time.monotonic() - begun)
            self._paused_until = now + max(PAUSE, _SHARE * waited)
            raise

    def compose(self, notices: Sequence[Notice], recipient: Recipient, now: datetime) -> EmailMessage:
        """The mail of notices to one person; its Message-ID is that of the first, so that duplicates are recognised."""
        with self.app.app_context(), force_locale(recipient.language):
            texts = [(notice_text(notice), explain(notice, recipient.reader)) for notice in notices]
            subject = one_line(texts[0][0].sentence)
            if len(texts) > 1:
                more = len(texts) - 1
                subject = _n("%(first)s (và %(num)d thông báo khác)", more, first=subject)
            message = EmailMessage(policy=SMTP)
            message["Subject"] = subject
            message["From"] = self.sender
            message["To"] = recipient.email
            message["Date"] = format_datetime(now)
            message["Message-ID"] = f"<{notices[0].uid}.{recipient.user_id}@{self._domain()}>"
            message["Auto-Submitted"] = "auto-generated"
            # The page asks for a sign-in: no address that works without one is in a mail.
            choices = self.address_of(CHOICES_PAGE, {})
            message["List-Unsubscribe"] = f"<{choices}>"
            message.set_content(self._body(texts, choices), charset="utf-8")
            # After the content, which replaces all headers that describe it.
            message["Content-Language"] = recipient.language
        return message

    def _body(self, texts: Sequence[tuple[NoticeText, Explanation]], choices: str) -> str:
        parts = [part for text, explanation in texts for part in self._part(text, explanation)]
        closing = _(
            "Nội dung đầy đủ chỉ hiển thị sau khi đăng nhập. Hệ thống gửi thư này tự động cho các đơn vị và"
            " cán bộ có liên quan; vui lòng không trả lời thư."
        )
        choose = _("Chọn loại thông báo gửi qua thư, gửi ngay hay gộp theo ngày: %(address)s", address=choices)
        return "\n\n".join([*parts, closing, choose]) + "\n"

    def _part(self, text: NoticeText, explanation: Explanation) -> Iterator[str]:
        yield one_line(text.sentence)
        if explanation.task:
            yield one_line(explanation.task)
        yield _("Xem và xử lý tại: %(address)s", address=self.address_of(text.endpoint, text.arguments))
        for link in text.links:
            yield f"{one_line(link.label)}: {self.address_of(link.endpoint, link.arguments)}"
        if explanation.why:
            yield one_line(explanation.why)

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
