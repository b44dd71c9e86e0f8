"""The page on which each person chooses its mails, and what a page of a move says of notices."""

import pytest

from registry.notices.choices import choices_of, kind_choices_of
from registry.notices.events import NOTICE_EVENTS, Standing
from registry.notices.models import Delivery
from registry.notices.service import notify
from tests.factories.notices import tell
from tests.factories.structures import organisation_id
from tests.permissions.cases import token_in

PAGE = "/account/digests"


@pytest.fixture
def choose(client_of):
    """A function: post the form with these fields."""

    def post(**fields):
        client = client_of("viettel")
        return client.post(PAGE, data={"csrf_token": token_in(client.get(PAGE)), **fields})

    return post


def make_ready(ctx_of):
    """A notice for Viettel of a kind that a feature declares."""
    with ctx_of("so.khcn") as ctx:
        event = NOTICE_EVENTS["make_ready.make_ready"]
        notify(ctx, event, 1, frozenset({organisation_id(ctx.session, "viettel")}), code="THA-1", until="2027-01-05")


def kinds(ctx_of):
    with ctx_of("viettel", read_only=True) as ctx:
        return kind_choices_of(ctx)


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


def test_each_kind_of_subject_that_one_had_notices_of_may_be_chosen_apart(choose, client_of, ctx_of):
    assert "Riêng từng loại" not in client_of("viettel").get(PAGE).text
    make_ready(ctx_of)
    assert choose(kind_make_ready="daily").status_code == 303
    page = client_of("viettel").get(PAGE).text
    assert "Nâng cấp công trình để dùng chung" in page
    assert '<option value="daily" selected>' in page
    assert choose(kind_make_ready="never").status_code in (400, 422)
    assert choose(frequency="weekly").status_code == 303
    assert kinds(ctx_of) == {"make_ready": Delivery.DAILY}, "a form without the choice changes none"
    assert choose(kind_make_ready="").status_code == 303
    assert kinds(ctx_of) == {}


def test_the_inbox_says_what_to_do_and_why(client_of, ctx_of):
    with ctx_of("so.khcn") as ctx:
        tell(ctx, "viettel", by="2027-01-05")
    page = client_of("viettel").get("/notices").text
    assert "Việc cần làm: Đọc; chậm nhất hết ngày 05/01/2027." in page
    assert "Cần xử lý với tư cách: first." in page
