"""A real SMTP server in a thread: it keeps what it is handed, and refuses what it is told to."""

import contextlib
import email
import email.policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from registry.kernel.mail import MailServer


class Mailbox:
    """What a server took; `answers` holds the reply to recipients it does not take."""

    def __init__(self):
        self.envelopes = []
        self.answers = {}

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's name
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 taken"

    @property
    def messages(self):
        """The mails, read as a mail program reads them."""
        return [email.message_from_bytes(envelope.content, policy=email.policy.default) for envelope in self.envelopes]

    @property
    def recipients(self):
        """The addresses that the envelopes were for, in order."""
        return [address for envelope in self.envelopes for address in envelope.rcpt_tos]


def refuse_everybody(_server, _session, _envelope, _mechanism, _data):
    """An authenticator that lets nobody in."""
    return AuthResult(success=False, handled=False)


@contextlib.contextmanager
def mail_server(mailbox, port, **options):
    """The server at a port for as long as the block runs."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield MailServer("127.0.0.1", port, "none")
    finally:
        controller.stop()
