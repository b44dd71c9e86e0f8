"""Mails by the choice of each account, in bundles; refused addresses; servers that take half, or answer late."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.kernel.clock import utc_now
from registry.kernel.errors import Invalid
from registry.kernel.mail import TIMEOUT_S, MailRefused, MailServer
from registry.notices.choices import choices_of, choose, choose_kinds
from registry.notices.delivery import BUNDLED_FOR, RETRY_DELAYS, next_daily, queue_mails, send_due
from registry.notices.events import Audience, Standing
from registry.notices.feature import check_bounces
from registry.notices.mail import Mailer
from registry.notices.models import Delivery, MailBounce, MailState, Notice, NoticeMail
from tests.factories.notices import give_addresses, tell_parties, user_id
from tests.factories.structures import organisation_id
from tests.support.mail_server import Mailbox, mail_server
from tests.support.ports import free_port

SENDER, BASE_URL = "Sở KH&CN <bao-tin@so.example>", "https://hatang.example.vn/kho"
VIETTEL = "viettel@donvi.example"


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def mailer(app, mailbox):
    with mail_server(mailbox, free_port()) as server:
        yield Mailer(app, server, SENDER, BASE_URL)


@pytest.fixture
def notified(ctx_of, database):
    """A function: a notice for Viettel in a standing, with its mails queued at a moment."""

    def write(standing=Standing.AFFECTED, *, subject_id=7, now=None, sentence="DC-7: Đã đổi", codes=("viettel",)):
        now = now or utc_now()
        with ctx_of("so.khcn", now=now) as ctx:
            give_addresses(ctx, "viettel", "vnpt")
            audience = Audience(frozenset(organisation_id(ctx.session, code) for code in codes))
            groups = [audience if each is standing else Audience() for each in Standing]
            notice_id = tell_parties(ctx, *groups, subject_id=subject_id, sentence=sentence).id
        queue_mails(database, notice_id, now)
        return notice_id

    return write


@pytest.fixture
def mails(ctx_of):
    """A function: state and attempts of all mails, oldest first."""

    def read():
        with ctx_of("so.khcn", read_only=True) as ctx:
            return [
                (row.state, row.attempts) for row in ctx.session.scalars(select(NoticeMail).order_by(NoticeMail.id))
            ]

    return read


def chosen(ctx_of, **deliveries):
    with ctx_of("viettel") as ctx:
        choose(ctx, choices_of(ctx) | {Standing(name): delivery for name, delivery in deliveries.items()})


def test_a_mail_says_how_to_choose_and_in_which_language_it_is(database, mailer, mailbox, notified):
    notified(Standing.ACT)
    send_due(database, mailer, utc_now())
    (message,) = mailbox.messages
    assert message["List-Unsubscribe"] == f"<{BASE_URL}/account/digests>"
    assert message["Content-Language"] == "vi"
    body = message.get_content()
    assert "Việc cần làm: Đọc." in body
    assert "với tư cách: first." in body


def test_changes_of_one_case_within_an_hour_are_one_mail(database, mailer, mailbox, notified):
    now = utc_now()
    notified(now=now)
    assert send_due(database, mailer, now).sent == 1
    for minutes in (10, 20):
        notified(now=now + timedelta(minutes=minutes), sentence=f"DC-7: sau {minutes} phút")
    assert send_due(database, mailer, now + timedelta(minutes=30)).sent == 0
    assert send_due(database, mailer, now + BUNDLED_FOR).sent == 2
    last = mailbox.messages[-1]
    assert (len(mailbox.messages), last["Subject"]) == (2, "DC-7: sau 10 phút (và 1 thông báo khác)")
    assert "DC-7: sau 20 phút" in last.get_content()


def test_what_waits_for_its_reader_is_mailed_at_once(database, mailer, mailbox, notified):
    now = utc_now()
    notified(now=now)
    send_due(database, mailer, now)
    notified(Standing.ACT, now=now + timedelta(minutes=1))
    assert send_due(database, mailer, now + timedelta(minutes=1)).sent == 1


def test_daily_mails_come_together_in_the_morning_with_numbers_and_reasons(database, mailer, mailbox, notified, ctx_of):
    chosen(ctx_of, affected=Delivery.DAILY)
    now = utc_now()
    for number in (1, 2, 3):
        notified(subject_id=number, now=now, sentence=f"DC-{number}: Đã đổi")
    assert send_due(database, mailer, now).sent == 0
    assert send_due(database, mailer, next_daily(now)).sent == 3
    (message,) = mailbox.messages
    assert all(f"DC-{number}: Đã đổi" in message.get_content() for number in (1, 2, 3))
    assert message.get_content().count("với tư cách: second.") == 3


def test_what_one_only_watches_can_be_switched_off_and_what_is_owed_cannot(database, mailer, mailbox, notified, ctx_of):
    chosen(ctx_of, watch=Delivery.OFF)
    notified(Standing.WATCH)
    notified(Standing.ACT, subject_id=8)
    assert send_due(database, mailer, utc_now() + timedelta(days=2)).sent == 1
    for standing in ("act", "affected"):
        with pytest.raises(Invalid):
            chosen(ctx_of, **{standing: Delivery.OFF})


def test_a_refused_address_is_marked_and_tried_again_once_it_has_changed(
    database, mailer, mailbox, notified, mails, ctx_of
):
    mailbox.answers[VIETTEL] = "550 5.1.1 no such mailbox"
    now = utc_now()
    notified(Standing.ACT, now=now, codes=("viettel", "vnpt"))
    assert send_due(database, mailer, now).sent == 1
    notified(Standing.ACT, subject_id=9, now=now)
    assert send_due(database, mailer, now).sent == 0, "the address is not tried again"
    with ctx_of("so.khcn") as ctx:
        bounce = ctx.session.scalars(select(MailBounce)).one()
        assert (bounce.email, bounce.reply) == (VIETTEL, "550 5.1.1 no such mailbox")
        finding = check_bounces(ctx.session.connection())
        assert not finding.ok
        assert "viettel (550 5.1.1 no such mailbox)" in str(finding.detail)
        person = UserAccount.id == user_id(ctx, "viettel")
        ctx.session.execute(update(UserAccount).where(person).values(email="moi@donvi.example"))
        record(ctx, "test.address", "user_account", None)
        assert check_bounces(ctx.session.connection()).ok
    assert send_due(database, mailer, now + timedelta(minutes=1)).sent == 2
    assert {state for state, _attempts in mails()} == {MailState.SENT}
    assert mailbox.recipients.count("moi@donvi.example") == 2


@pytest.mark.parametrize("reply", ["550 5.7.1 sender is not allowed", "530 login needed", "554 relay access denied"])
def test_a_wrong_setting_of_the_mail_server_loses_nothing(database, mailer, mailbox, notified, mails, ctx_of, reply):
    mailbox.answers[VIETTEL] = reply
    notified(Standing.ACT)
    now = utc_now()
    for _again in range(len(RETRY_DELAYS) + 3):
        send_due(database, mailer, now)
        now += timedelta(hours=2)
    assert [state for state, _attempts in mails()] == [MailState.PENDING]
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalars(select(MailBounce)).all() == []
    mailbox.answers.clear()
    assert send_due(database, mailer, now).sent == 1


def test_a_server_that_is_away_for_a_month_gets_everything(app, database, mailbox, notified, mails):
    port = free_port()
    mailer = Mailer(app, MailServer("127.0.0.1", port, "none"), SENDER, BASE_URL)
    notified(Standing.ACT)
    now = utc_now()
    for _day in range(30):
        send_due(database, mailer, now)
        now += timedelta(days=1)
    assert [state for state, _attempts in mails()] == [MailState.PENDING]
    with mail_server(mailbox, port):
        assert send_due(database, mailer, now).sent == 1


def test_a_server_that_takes_half_gets_the_rest_later_and_none_twice(database, mailer, mailbox, notified):
    now = utc_now()
    for number in range(6):
        notified(Standing.ACT, subject_id=number + 1, now=now, sentence=f"DC-{number}", codes=("viettel", "vnpt"))
    mailbox.answers[VIETTEL] = "451 4.3.0 try later"
    assert send_due(database, mailer, now).sent == 6
    mailbox.answers.clear()
    assert send_due(database, mailer, now + timedelta(hours=1)).sent == 6
    ids = [message["Message-ID"] for message in mailbox.messages]
    assert len(ids) == len(set(ids)) == 12


class LateMailbox(Mailbox):
    """A server that answers after it has kept a mail for longer than a connection may take."""

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(TIMEOUT_S + 1)
        return answer


@pytest.mark.trial
def test_a_server_that_answers_late_gets_each_mail_once(app, database, notified, mails):
    mailbox = LateMailbox()
    with mail_server(mailbox, free_port()) as server:
        notified(Standing.ACT)
        mailer = Mailer(app, server, SENDER, BASE_URL)
        assert send_due(database, mailer, utc_now()).sent == 1
        send_due(database, mailer, utc_now() + timedelta(hours=1))
    assert len(mailbox.envelopes) == 1
    assert [state for state, _attempts in mails()] == [MailState.SENT]


def test_only_a_refusal_of_the_address_itself_is_a_bounce():
    assert MailRefused(550, "5.1.1 no such user", of_recipient=True).is_bounce
    assert not MailRefused(550, "5.7.1 policy", of_recipient=True).is_bounce
    assert not MailRefused(554, "5.6.0 content", of_recipient=False).is_bounce
    assert not MailRefused(452, "4.2.2 mailbox full", of_recipient=True).is_bounce


@pytest.mark.parametrize(
    ("standing", "general", "of_kind", "expected"),
    [
        (Standing.ACT, Delivery.AT_ONCE, Delivery.DAILY, "day"),
        (Standing.ACT, Delivery.DAILY, Delivery.OFF, "day"),
        (Standing.WATCH, Delivery.AT_ONCE, Delivery.OFF, None),
        (Standing.WATCH, Delivery.OFF, Delivery.DAILY, "day"),
    ],
)
def test_a_kind_of_subject_has_a_choice_of_its_own_as_far_as_mails_are_not_owed(
    ctx_of, database, notified, standing, general, of_kind, expected
):
    with ctx_of("viettel") as ctx:
        choose(ctx, choices_of(ctx) | {standing: general})
        choose_kinds(ctx, {"unknown": Delivery.AT_ONCE})
    notice_id = notified(standing)
    with ctx_of("viettel") as ctx:
        kind = ctx.session.get_one(Notice, notice_id).subject_kind
        choose_kinds(ctx, {kind: of_kind})
    second_id = notified(standing, subject_id=8)
    query = select(NoticeMail.bundle).where(NoticeMail.notice_id == second_id)
    with ctx_of("so.khcn", read_only=True) as ctx:
        bundles = ctx.session.scalars(query.where(NoticeMail.user_id == user_id(ctx, "viettel"))).all()
    assert bundles == ([] if expected is None else [expected])
