"""Notices by mail, handed to a real SMTP server: once each, in the reader's language, and again until it is taken."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.authz.actors import Role
from registry.kernel.clock import utc_now
from registry.kernel.mail import MailServer
from registry.notices.delivery import RETRY_DELAYS, queue_mails, send_due
from registry.notices.mail import PAUSE, Mailer
from registry.notices.models import MailState, NoticeMail
from tests.factories.notices import give_addresses, tell, user_id
from tests.support.mail_server import Mailbox, mail_server, refuse_everybody
from tests.support.ports import free_port

SENDER = "Sở KH&CN <bao-tin@so.example>"
BASE_URL = "https://hatang.example.vn/kho"
VIETTEL, VNPT, INSPECTOR = (f"{name}@donvi.example" for name in ("viettel", "vnpt", "kiemtra1"))


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def server(mailbox):
    with mail_server(mailbox, free_port()) as running_server:
        yield running_server


@pytest.fixture
def mailer(app, server):
    return Mailer(app, server, SENDER, BASE_URL)


@pytest.fixture
def told(ctx_of, database):
    """A function: tell these organisations and address the mails; the id of the notice."""

    def tell_them(*organisations, **more):
        with ctx_of("so.khcn") as ctx:
            give_addresses(ctx, "viettel", "vnpt", "dienluc", "kiemtra1", "kiemtra2")
            notice_id = tell(ctx, *organisations, **more).id
        queue_mails(database, notice_id, utc_now())
        return notice_id

    return tell_them


@pytest.fixture
def mails(database):
    """A function: the rows of all mails, by the name of the account."""

    def read():
        with Session(database._bind, join_transaction_mode="create_savepoint") as session:
            query = select(UserAccount.username, NoticeMail).join(NoticeMail, NoticeMail.user_id == UserAccount.id)
            return {row.username: row.NoticeMail for row in session.execute(query)}

    return read


def test_a_notice_is_mailed_to_whom_it_is_for_with_number_and_link_and_no_more(database, mailer, mailbox, told, mails):
    notice_id = told("viettel", title="Trạm phát sóng Hạc Thành, 19.807, 105.776")
    assert send_due(database, mailer, utc_now()).sent == 1
    assert mailbox.recipients == [VIETTEL]
    (message,) = mailbox.messages
    assert message["Subject"] == "DC-2026-000001: Đã nộp"
    assert (message["To"], message["From"].addresses[0].display_name) == (VIETTEL, "Sở KH&CN")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    body = message.get_content()
    assert "DC-2026-000001: Đã nộp" in body
    assert "Xem và xử lý tại: https://hatang.example.vn/kho/notices" in body.splitlines()
    assert "Hạc Thành" not in body
    assert "19.807" not in message.as_string()
    sent = mails()["viettel"]
    assert (sent.notice_id, sent.state, sent.attempts, sent.failure) == (notice_id, MailState.SENT, 1, None)


def test_each_reads_it_in_their_own_language(database, mailer, mailbox, told, ctx_of):
    with ctx_of("quantri") as ctx:
        ctx.session.execute(update(UserAccount).where(UserAccount.username == "vnpt").values(language="en"))
        record(ctx, "test.language", "user_account", None)
    told("viettel", "vnpt")
    send_due(database, mailer, utc_now())
    bodies = {message["To"]: message.get_content() for message in mailbox.messages}
    assert "Xem và xử lý tại: https://" in bodies[VIETTEL]
    assert "View and act on it at: https://" in bodies[VNPT]


def test_addressing_and_sending_twice_mails_once(database, mailer, mailbox, told):
    notice_id = told("viettel", "vnpt")
    for _again in range(3):
        queue_mails(database, notice_id, utc_now())
        send_due(database, mailer, utc_now(), notice_id)
        send_due(database, mailer, utc_now())
    assert sorted(mailbox.recipients) == [VIETTEL, VNPT]


def test_what_is_sent_again_carries_the_same_id(database, mailer, mailbox, told, ctx_of):
    told("viettel", "vnpt")
    send_due(database, mailer, utc_now())
    with ctx_of("quantri") as ctx:
        # As if the worker had died between the server's receipt and its own commit.
        ctx.session.execute(update(NoticeMail).values(state=MailState.PENDING, sent_at=None))
    send_due(database, mailer, utc_now())
    ids = [(message["To"], message["Message-ID"]) for message in mailbox.messages]
    assert len(ids) == 4
    assert len(set(ids)) == 2
    assert len({message_id for _to, message_id in ids}) == 2
    assert all(message_id.endswith("@so.example>") for _to, message_id in ids)


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\u2028", "\x0b"])
def test_a_line_break_in_a_sentence_begins_no_header(database, mailer, mailbox, told, ending):
    told("viettel", sentence=f"DC-1{ending}Bcc: ke.gian@xa.example{ending}{ending}Nội dung giả")
    assert send_due(database, mailer, utc_now()).sent == 1
    (message,) = mailbox.messages
    assert message["Bcc"] is None
    assert message["Subject"] == "DC-1 Bcc: ke.gian@xa.example Nội dung giả"
    assert mailbox.recipients == [VIETTEL]


def test_only_the_inspector_of_the_unit_gets_the_mail(database, mailer, mailbox, told, ctx_of):
    with ctx_of("kiemtra1", read_only=True) as ctx:
        area = ctx.actor.unit_ids
    with ctx_of("kiemtra2", read_only=True) as ctx:
        unit = min(area - ctx.actor.unit_ids)
    told(roles=(Role.AREA_INSPECTOR,), units=(unit,))
    send_due(database, mailer, utc_now())
    assert mailbox.recipients == [INSPECTOR]


def test_who_is_refused_for_good_is_given_up_and_the_others_get_theirs(database, mailer, mailbox, told, mails):
    mailbox.answers[VIETTEL] = "550 5.1.1 no such mailbox"
    told("viettel", "vnpt")
    run = send_due(database, mailer, utc_now())
    assert (run.sent, run.failed) == (1, 1)
    assert mailbox.recipients == [VNPT]
    refused = mails()["viettel"]
    assert (refused.state, refused.attempts, refused.failure) == (MailState.FAILED, 1, "550 5.1.1 no such mailbox")
    assert send_due(database, mailer, utc_now() + timedelta(days=30)).failed == 0


def test_who_is_put_off_gets_it_later_each_time_and_is_given_up_at_last(database, mailer, mailbox, told, mails, ctx_of):
    mailbox.answers[VIETTEL] = "451 greylisted, try later"
    told("viettel")
    now = utc_now()
    for number, wait in enumerate(RETRY_DELAYS, 1):
        assert send_due(database, mailer, now).failed == 1
        waiting = mails()["viettel"]
        assert (waiting.state, waiting.attempts) == (MailState.PENDING, number)
        assert waiting.next_try_at == now + wait
        assert send_due(database, mailer, now + wait - timedelta(seconds=1)).failed == 0
        now += wait
    send_due(database, mailer, now)
    given_up = mails()["viettel"]
    assert (given_up.state, given_up.attempts) == (MailState.FAILED, len(RETRY_DELAYS) + 1)
    assert given_up.failure == "451 greylisted, try later"
    assert sorted(RETRY_DELAYS) == list(RETRY_DELAYS)
    with ctx_of("viettel", read_only=True) as ctx:
        assert ctx.session.scalar(text("SELECT count(*) FROM notice")) == 1


def test_a_server_that_was_away_gets_everything_once_it_is_back(app, database, mailbox, told, mails):
    port, now = free_port(), utc_now()
    mailer = Mailer(app, MailServer("127.0.0.1", port, "none"), SENDER, BASE_URL)
    told("viettel", "vnpt")
    now = utc_now()
    assert send_due(database, mailer, now).failed == 1
    # One line is tried, not one for each mail; and then the server is left alone for a while.
    assert sorted(mail.attempts for mail in mails().values()) == [0, 1]
    assert "refused" in next(mail.failure for mail in mails().values() if mail.failure)
    with mail_server(mailbox, port):
        assert send_due(database, mailer, now + PAUSE / 2).sent == 0
        assert send_due(database, mailer, now + PAUSE).sent == 1
        assert send_due(database, mailer, now + RETRY_DELAYS[0]).sent == 1
    assert sorted(mailbox.recipients) == [VIETTEL, VNPT]
    assert all(mail.failure is None for mail in mails().values())


def test_a_line_that_breaks_in_the_middle_loses_nothing(app, database, mailbox, told, mails):
    class Breaking(Mailbox):
        async def handle_DATA(self, server, _session, envelope):  # noqa: N802 - aiosmtpd's name
            if envelope.rcpt_tos == [VNPT]:
                server.transport.close()
            return await mailbox.handle_DATA(server, _session, envelope)

    told("viettel", "vnpt", "pc_thanhhoa")
    port, now = free_port(), utc_now()
    with mail_server(Breaking(), port) as server:
        send_due(database, Mailer(app, server, SENDER, BASE_URL), now)
    mails_by_name = mails()
    assert (mails_by_name["vnpt"].state, mails_by_name["vnpt"].attempts) == (MailState.PENDING, 1)
    with mail_server(mailbox, port) as server:
        send_due(database, Mailer(app, server, SENDER, BASE_URL), now + RETRY_DELAYS[0])
    assert {mail.state for mail in mails().values()} == {MailState.SENT}


def test_no_password_and_no_address_stands_in_a_log_or_a_row(app, database, mailbox, told, mails, caplog):
    caplog.set_level(logging.DEBUG)
    told("viettel")
    refusing = {"authenticator": refuse_everybody, "auth_require_tls": False}
    with mail_server(mailbox, free_port(), **refusing) as server:
        wrong_server = MailServer(server.host, server.port, "none", "so", "hunter2")
        send_due(database, Mailer(app, wrong_server, SENDER, BASE_URL), utc_now())
    waiting = mails()["viettel"]
    assert waiting.state is MailState.PENDING
    assert waiting.failure.startswith("535")
    ours = "".join(entry.getMessage() for entry in caplog.records if entry.name.startswith("registry"))
    assert "mail server is away" in ours
    assert VIETTEL not in ours
    assert "hunter2" not in caplog.text + waiting.failure + repr(wrong_server)


def test_nothing_goes_in_the_clear_where_the_server_offers_no_encryption(app, database, mailbox, told, mails):
    told("viettel")
    with mail_server(mailbox, free_port()) as server:
        careful = MailServer(server.host, server.port, "starttls", "so", "hunter2")
        send_due(database, Mailer(app, careful, SENDER, BASE_URL), utc_now())
    assert mailbox.messages == []
    assert "STARTTLS" in mails()["viettel"].failure


def test_a_closed_account_gets_none(database, mailer, mailbox, told, mails, ctx_of):
    told("viettel")
    with ctx_of("quantri") as ctx:
        person = ctx.session.get_one(UserAccount, user_id(ctx, "viettel"))
        person.is_active, person.disabled_at = False, ctx.now
        record(ctx, "test.close", "user_account", person.id)
    send_due(database, mailer, utc_now())
    assert mailbox.messages == []
    assert mails()["viettel"].state is MailState.FAILED
