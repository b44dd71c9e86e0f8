"""Sending e-mail over SMTP; errors of the server are kept apart from refusals of a message."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

#: Seconds to wait for a connection; other jobs wait meanwhile.
TIMEOUT_S: Final = 10
#: Seconds to wait for the receipt of a message: one that is given up too early is sent, and received, again.
RECEIPT_TIMEOUT_S: Final = 90
#: Scheme -> security of the connection and default port.
_SCHEMES: Final = {"smtp": ("starttls", 587), "smtps": ("tls", 465)}
_OPEN: Final = "none"
_MAX_REPLY: Final = 200
#: Replies from 500 on are permanent failures (RFC 5321, 4.2.1).
_PERMANENT: Final = 500
#: The sender was refused, and the codes of a missing or refused login (RFC 4954).
_SENDER_REFUSED: Final = 499
_SETTING_CODES: Final = frozenset({_SENDER_REFUSED, 454, 530, 534, 535, 538})
#: Enhanced status of a refusal by policy or security (RFC 3463, x.7.y).
_POLICY: Final = re.compile(r"\s*[45]\.7\.")


class MailServerUnavailable(Exception):
    """The server cannot be reached or refuses the login; no statement about the message itself."""


class MailRefused(Exception):
    """The server did not accept this message; the text is the server's reply.

    `of_recipient`: the reply was to the address of the recipient.
    """

    def __init__(self, code: int, reply: str, *, of_recipient: bool = False) -> None:
        super().__init__(f"{code} {reply}".strip())
        self.code = code
        self._reply = reply
        self._of_recipient = of_recipient

    @property
    def is_final(self) -> bool:
        return self.code >= _PERMANENT and not self.is_by_setting

    @property
    def is_by_setting(self) -> bool:
        """The server refuses this sender or its authorisation, for which settings are to be corrected (RFC 3463)."""
        return self.code in _SETTING_CODES or bool(_POLICY.match(self._reply)) or "relay" in self._reply.lower()

    @property
    def is_bounce(self) -> bool:
        """The address does not exist or takes no mail."""
        return self._of_recipient and self.is_final


@dataclass(frozen=True)
class MailServer:
    """An SMTP server. `security`: starttls, tls, or none for a server in the own network."""

    host: str
    port: int
    security: str = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> MailServer:
        """Read smtp://user:password@host:587 (STARTTLS), smtps://host:465 (TLS) or smtp://host:25?security=none.

        Special characters of name and password are percent-encoded. The ValueError does not contain the URL, a secret.
        """
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.path.strip("/") or parts.fragment:
            raise ValueError
        security, port = _SCHEMES[parts.scheme]
        options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
        if options:
            if parts.scheme != "smtp" or options != {"security": [_OPEN]}:
                raise ValueError
            security = _OPEN
        name, password = (unquote(text) if text else None for text in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or port, security, name, password)

    @contextmanager
    def connected(self) -> Iterator[SmtpConnection]:
        """An open connection; MailServerUnavailable when it fails."""
        try:
            smtp = self._open()
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerUnavailable(describe_error(error)) from error
        try:
            yield SmtpConnection(smtp)
        finally:
            # Every message was answered already: an error of QUIT changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _open(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=context)
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        try:
            if self.security == "starttls":
                smtp.starttls(context=context)
            if self.username is not None:
                smtp.login(self.username, self.password or "")
        except BaseException:
            smtp.close()
            raise
        return smtp


class SmtpConnection:
    """An open connection to a mail server."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def send(self, message: EmailMessage) -> None:
        """Send one message; returns when the server has accepted it, else MailRefused or MailServerUnavailable."""
        try:
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(RECEIPT_TIMEOUT_S)
            self._smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()))
            raise MailRefused(code, _text(reply), of_recipient=True) from error
        except smtplib.SMTPSenderRefused as error:
            # A wrong sender is a setting that can be corrected: the mail stays retryable.
            raise MailRefused(_SENDER_REFUSED, describe_error(error)) from error
        except smtplib.SMTPDataError as error:
            raise MailRefused(error.smtp_code, _text(error.smtp_error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(_PERMANENT, describe_error(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerUnavailable(describe_error(error)) from error


def describe_error(error: Exception) -> str:
    """A short text of an SMTP error; it never contains the password."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return _text(f"{type(error).__name__}: {error}")


def _text(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_MAX_REPLY]
