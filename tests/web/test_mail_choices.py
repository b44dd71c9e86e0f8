"""The page on which each person chooses its mails, and what a page of a move says of notices."""

import pytest

from registry.notices.choices import choices_of
from registry.notices.events import Standing
from registry.notices.models import Delivery
from tests.factories.notices import tell
from tests.permissions.cases import token_in

PAGE = "/account/digests"


@pytest.fixture
def choose(client_of):
    """A function: post the form with these fields."""

    def post(**fields):
        client = client_of("viettel")
        return client.post(PAGE, data={"csrf_token": token_in(client.get(PAGE)), **fields})

    return post


def choices(ctx_of):
    with ctx_of("viettel", read_only=True) as ctx:
        return choices_of(ctx)


def test_a_choice_of_mails_is_kept_and_shown(choose, client_of, ctx_of):
    answer = choose(mail_act="at_once", mail_affected="daily", mail_watch="off", frequency="weekly")
    assert answer.status_code == 303
    assert choices(ctx_of) == {
        Standing.ACT: Delivery.AT_ONCE,
        Standing.AFFECTED: Delivery.DAILY,
        Standing.WATCH: Delivery.OFF,
    }
    page = client_of("viettel").get(PAGE).text
    assert 'value="off" checked' in page
    assert choose(frequency="weekly").status_code == 303
    assert choices(ctx_of)[Standing.WATCH] is Delivery.OFF, "a form without the choice changes none"


@pytest.mark.parametrize("code", ["off", "never", ""])
def test_what_is_owed_cannot_be_switched_off(choose, ctx_of, code):
    assert choose(mail_act=code).status_code in (400, 422)
    assert choices(ctx_of)[Standing.ACT] is Delivery.AT_ONCE


def test_the_inbox_says_what_to_do_and_why(client_of, ctx_of):
    with ctx_of("so.khcn") as ctx:
        tell(ctx, "viettel", by="2027-01-05")
    page = client_of("viettel").get("/notices").text
    assert "Việc cần làm: Đọc; chậm nhất hết ngày 05/01/2027." in page
    assert "Việc đến lượt bạn, với tư cách «first»." in page
