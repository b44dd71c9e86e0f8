"""Own address and telephone, confirmed by a link; password links by mail; what the administrator sees of mails."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.accounts.account_mail import MOST_A_DAY, send_account_mails
from registry.accounts.models import AccountMail, UserAccount
from registry.accounts.service import edit_user
from registry.kernel.clock import utc_now
from registry.kernel.installation import INSTALLATION
from registry.notices.delivery import LONGEST_WAIT, RETRY_DELAYS
from registry.notices.mail import Mailer
from registry.notices.models import MailBounce, MailState
from tests.factories.organisations import save_user
from tests.permissions.cases import token_in
from tests.support.fixtures import account
from tests.support.mail_server import Mailbox, mail_server
from tests.support.ports import free_port

BASE_URL = "https://hatang.example.vn/kho"
_LINK = re.compile(rf"{BASE_URL}(/\S+)")


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def send(app, database, mailbox, monkeypatch):
    """A function: hand the mails that are due to a real server; the mails that it has taken so far."""
    with mail_server(mailbox, free_port()) as server:
        settings = replace(INSTALLATION.of(app), mail_server=server, mail_from="so@hatang.example", base_url=BASE_URL)
        monkeypatch.setitem(app.extensions, INSTALLATION.name, settings)

        def deliver(later=timedelta()):
            send_account_mails(database, Mailer(app, server, "so@hatang.example", BASE_URL), utc_now() + later)
            return mailbox.messages

        yield deliver


def post(client, address, form_of="/account", **fields):
    page = client.get(form_of)
    version = re.search(r'name="version"[^>]* value="([0-9]+)"', page.text)
    shown = {"version": version[1]} if version else {}
    return client.post(address, data=shown | fields | {"csrf_token": token_in(page)})


def address_of(ctx_of, username):
    with ctx_of("quantri", read_only=True) as ctx:
        return account(ctx.session, username).email


def link_in(message):
    return _LINK.search(message.get_content())[1]


def confirm(client, path):
    return client.post(path, data={"csrf_token": token_in(client.get(path))})


def test_a_new_address_counts_once_its_link_was_opened_and_the_former_one_is_notified(client_of, ctx_of, send):
    client = client_of("viettel")
    for address in ("cu@viettel.example", "moi@viettel.example"):
        before = address_of(ctx_of, "viettel")
        answer = post(client, "/account/contact", email=address, phone="0912 345 678")
        assert answer.status_code == 303
        assert address_of(ctx_of, "viettel") == before
        message = send()[-1]
        assert message["To"] == address
        path = link_in(message)
        assert confirm(client_of(), path).status_code == 303
        assert address_of(ctx_of, "viettel") == address
        assert client_of().get(path).status_code == 404
    assert send()[-1]["To"] == "cu@viettel.example"
    assert "moi@" not in send()[-1].get_content()


def test_an_address_is_not_taken_without_a_mail_server_nor_one_of_a_colleague(client_of, ctx_of):
    client = client_of("viettel")
    answer = post(client, "/account/contact", email="moi@viettel.example", phone="0912 345 678")
    assert answer.status_code == 422
    assert "Hệ thống chưa gửi được thư" in answer.text
    assert "moi@viettel.example" in answer.text
    assert address_of(ctx_of, "viettel") is None


def test_a_password_link_goes_by_mail_below_the_configured_address_and_again(client_of, ctx_of, send):
    with ctx_of("quantri") as ctx:
        user = account(ctx.session, "vnpt")
    client, page = client_of("quantri"), f"/admin/users/{user.id}"
    form = {"full_name": "Người VNPT", "organisation_id": str(user.organisation_id), "language": "vi"}
    assert (
        post(client, f"{page}/edit", f"{page}/edit", username="vnpt", email="a@vnpt.example", **form).status_code == 303
    )
    paths = []
    for _time in range(2):
        assert post(client, f"{page}/mail-link", page).status_code == 303
        paths.append(link_in(send()[-1]))
    assert client_of().get(paths[0]).status_code == 404
    assert client_of().get(paths[1]).status_code == 200
    shown = client.get(page).text
    assert shown.count("Liên kết đặt mật khẩu") >= 2
    assert "Đã gửi" in shown


def test_the_administrator_sees_what_was_refused_and_when_it_is_tried_again(client_of, ctx_of, send, mailbox):
    mailbox.answers["moi@viettel.example"] = "451 try later"
    client = client_of("viettel")
    post(client, "/account/contact", email="moi@viettel.example")
    send()
    with ctx_of("quantri") as ctx:
        user = account(ctx.session, "viettel")
    page = client_of("quantri").get(f"/admin/users/{user.id}").text
    assert "451 try later" in page
    assert "Sẽ gửi từ" in page
    del mailbox.answers["moi@viettel.example"]
    assert send(timedelta(minutes=2))[-1]["To"] == "moi@viettel.example"


@pytest.mark.usefixtures("send")
def test_links_are_asked_for_a_few_times_a_day(client_of, ctx_of):
    client = client_of("viettel")
    for number in range(MOST_A_DAY):
        assert post(client, "/account/contact", email=f"m{number}@viettel.example").status_code == 303
    refused = post(client, "/account/contact", email="mot.nua@viettel.example")
    assert refused.status_code == 422
    assert "cần chờ đến ngày mai" in refused.text
    with ctx_of("quantri", read_only=True) as ctx:
        user = ctx.session.scalars(select(UserAccount).where(UserAccount.username == "viettel")).one()
        mails = ctx.session.scalars(select(AccountMail).where(AccountMail.user_id == user.id)).all()
        assert len(mails) == MOST_A_DAY


def replace_email(user, email):
    return save_user(
        username=user.username, full_name=user.full_name, organisation_id=user.organisation_id, email=email
    )


def mails_of(ctx_of, username):
    with ctx_of("quantri", read_only=True) as ctx:
        user = account(ctx.session, username)
        rows = ctx.session.scalars(select(AccountMail).where(AccountMail.user_id == user.id).order_by(AccountMail.id))
        return [(row.state, row.attempts) for row in rows]


def test_a_link_waits_as_long_as_the_server_refuses_the_sender(client_of, ctx_of, send, mailbox):
    mailbox.answers["moi@viettel.example"] = "550 5.7.1 sender is not allowed"
    post(client_of("viettel"), "/account/contact", email="moi@viettel.example")
    later = timedelta()
    for _again in range(len(RETRY_DELAYS) + 2):
        send(later)
        later += LONGEST_WAIT
    assert mails_of(ctx_of, "viettel") == [(MailState.PENDING, len(RETRY_DELAYS) + 2)]
    mailbox.answers.clear()
    assert send(later)[-1]["To"] == "moi@viettel.example"


def test_an_address_that_the_server_refuses_is_marked_on_the_account(client_of, ctx_of, send, mailbox):
    with ctx_of("quantri") as ctx:
        user = account(ctx.session, "vnpt")
        edit_user(ctx, user.id, replace_email(user, "a@vnpt.example"))
    mailbox.answers["a@vnpt.example"] = "550 5.1.1 no such mailbox"
    page = f"/admin/users/{user.id}"
    post(client_of("quantri"), f"{page}/mail-link", page)
    send()
    assert mails_of(ctx_of, "vnpt") == [(MailState.FAILED, 1)]
    assert "Máy chủ thư từ chối địa chỉ của tài khoản này" in client_of("quantri").get(page).text


def test_a_link_to_a_new_address_that_is_refused_marks_nothing(client_of, ctx_of, send, mailbox):
    mailbox.answers["moi@viettel.example"] = "550 5.1.1 no such mailbox"
    post(client_of("viettel"), "/account/contact", email="moi@viettel.example")
    send()
    with ctx_of("quantri", read_only=True) as ctx:
        assert ctx.session.scalars(select(MailBounce)).all() == []
