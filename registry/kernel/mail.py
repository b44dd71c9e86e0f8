"""Sending e-mail: the address of the server, and one line to it that tells being away from being refused."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

#: How long the server is waited for: other jobs wait meanwhile.
TIMEOUT_S: Final = 10
#: Scheme -> how the line is secured, and the port where none is given.
_SCHEMES: Final = {"smtp": ("starttls", 587), "smtps": ("tls", 465)}
_OPEN: Final = "none"
_LONGEST_WORD: Final = 200
#: Replies from here on are final: trying again is not asked for (RFC 5321, 4.2.1).
_FINAL: Final = 500


class MailServerUnavailable(Exception):
    """The server cannot be reached, or does not let us in; nothing is said of the mail. The text says what happened."""


class MailRefused(Exception):
    """The server did not take this mail; the text is its own word."""

    def __init__(self, code: int, word: str) -> None:
        super().__init__(f"{code} {word}".strip())
        self.code = code

    @property
    def is_final(self) -> bool:
        """Whether trying again is useless."""
        return self.code >= _FINAL


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. `security`: starttls, tls, or none for a server of one's own network."""

    host: str
    port: int
    security: str = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> MailServer:
        """Read smtp://user:password@host:587 (STARTTLS), smtps://host:465 (TLS) or smtp://host:25?security=none.

        Special characters of name and password are percent-encoded. ValueError without the value, which is a secret.
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
        name, word = (unquote(text) if text else None for text in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or port, security, name, word)

    @contextmanager
    def connected(self) -> Iterator[SmtpConnection]:
        """An open line; MailServerUnavailable where there is none to be had."""
        try:
            smtp = self._open()
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerUnavailable(word_of(error)) from error
        try:
            yield SmtpConnection(smtp)
        finally:
            # What was said was answered already; how the line ends changes nothing.
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
    """An open line to a mail server."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def send(self, message: EmailMessage) -> None:
        """Hand in one mail; returns when the server has taken it. MailRefused or MailServerUnavailable otherwise."""
        try:
            self._smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, word = next(iter(error.recipients.values()))
            raise MailRefused(code, _text(word)) from error
        except smtplib.SMTPSenderRefused as error:
            # What is wrong with the sender is ours to put right: the mail may go later.
            raise MailRefused(_FINAL - 1, word_of(error)) from error
        except smtplib.SMTPDataError as error:
            raise MailRefused(error.smtp_code, _text(error.smtp_error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(_FINAL, word_of(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerUnavailable(word_of(error)) from error


def word_of(error: Exception) -> str:
    """What an error of the line says, short; it never holds our password."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return _text(f"{type(error).__name__}: {error}")


def _text(word: bytes | str) -> str:
    text = word.decode("utf-8", "replace") if isinstance(word, bytes) else word
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_LONGEST_WORD]
