"""What a mail of a notice says, and the line on which it leaves; made by wiring where a mail server is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import urlsplit

from flask import Flask

from registry.kernel.i18n import _, force_locale
from registry.kernel.mail import AwayError, Line, MailServer
from registry.notices.addresses import Recipient
from registry.notices.models import Notice
from registry.notices.readers import Reading, read

#: Key of the services of the worker (kernel.jobs.Resources).
MAILER: Final = "registry.mailer"
#: After the server was away it is left alone for this long, so that other jobs do not wait for it again and again.
REST: Final = timedelta(seconds=50)


@dataclass
class Mailer:
    """Writes mails in the language of who gets them, with links that begin with `base_url`, and hands them in."""

    app: Flask
    server: MailServer
    sender: str
    base_url: str
    _rests_until: datetime | None = field(default=None, init=False)

    def is_resting(self, now: datetime) -> bool:
        """Whether the server was away a moment ago."""
        return self._rests_until is not None and now < self._rests_until

    @contextmanager
    def line(self, now: datetime) -> Iterator[Line]:
        """A line to the server; AwayError where there is none, or where it breaks, and then a rest."""
        try:
            with self.server.connected() as found:
                yield found
        except AwayError:
            self._rests_until = now + REST
            raise

    def compose(self, notice: Notice, recipient: Recipient, now: datetime) -> EmailMessage:
        """The mail of a notice to one person; the same id whenever it is made, so that who gets it twice can tell."""
        with self.app.app_context(), force_locale(recipient.language):
            reading = read(notice)
            message = EmailMessage(policy=SMTP)
            message["Subject"] = one_line(reading.sentence)
            message["From"] = self.sender
            message["To"] = recipient.email
            message["Date"] = format_datetime(now)
            message["Message-ID"] = f"<{notice.uid}.{recipient.user_id}@{self._domain()}>"
            message["Auto-Submitted"] = "auto-generated"
            message["Content-Language"] = recipient.language
            message.set_content(self._body(reading), charset="utf-8")
        return message

    def _body(self, reading: Reading) -> str:
        lines = [
            one_line(reading.sentence),
            _("Xem và xử lý tại: %(address)s", address=self._address(reading)),
            _(
                "Nội dung đầy đủ chỉ hiện sau khi đăng nhập. Hệ thống gửi thư này tự động cho các đơn vị và cán bộ"
                " có liên quan; vui lòng không trả lời thư."
            ),
        ]
        return "\n\n".join(lines) + "\n"

    def _address(self, reading: Reading) -> str:
        base = urlsplit(self.base_url)
        adapter = self.app.url_map.bind(base.netloc, script_name=base.path or "/", url_scheme=base.scheme)
        return adapter.build(reading.endpoint, dict(reading.arguments), force_external=True)

    def _domain(self) -> str:
        return parseaddr(self.sender)[1].rpartition("@")[2]


def one_line(text: str) -> str:
    """The text without line breaks: nothing that somebody typed may begin a header of its own."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
