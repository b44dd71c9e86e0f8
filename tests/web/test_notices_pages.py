"""The bell on every page and the inbox behind it."""

import re

import pytest

from tests.factories.notices import tell
from tests.permissions.cases import token_in
from tests.support.statements import statements_of

BELL = re.compile(r'<a class="tool-link bell"[^>]*aria-label="([^"]*)"')


def bell_of(page):
    return BELL.search(page.text).group(1)


@pytest.fixture
def three(ctx_of):
    """Three notices for Viettel; their ids."""
    with ctx_of("so.khcn") as ctx:
        return [tell(ctx, "viettel", sentence=f"DC-{number}: Đã nộp", title="Trạm <b>A</b>").id for number in (1, 2, 3)]


def post(client, address, **data):
    token = token_in(client.get("/notices"))
    return client.post(address, data={"csrf_token": token, **data})


def test_the_bell_tells_how_many_are_unread_on_every_page_and_nothing_to_the_public(three, client_of, public):
    client = client_of("viettel")
    for address in ("/", "/structures", "/notices", "/account"):
        assert bell_of(client.get(address)) == "3 thông báo chưa đọc", address
    assert bell_of(client_of("vnpt").get("/")) == "Thông báo"
    assert not BELL.search(public.get("/").text)
    client.set_cookie("language", "en")
    assert bell_of(client.get("/")) == "3 unread notices"
    post(client, f"/notices/{three[0]}/open")
    post(client, f"/notices/{three[1]}/open")
    assert bell_of(client.get("/")) == "1 unread notice"


def test_more_than_can_be_counted_is_said_so(ctx_of, client_of):
    with ctx_of("so.khcn") as ctx:
        for _number in range(101):
            tell(ctx, "viettel")
    page = client_of("viettel").get("/")
    assert bell_of(page) == "Hơn 99 thông báo chưa đọc"
    assert "99+" in page.text


def test_the_bell_costs_one_query(three, client_of, database):
    del three
    client = client_of("viettel")
    for address in ("/", "/notices"):
        with statements_of(database) as statements:
            client.get(address)
        assert len([query for query in statements if "count(*)" in query and "FROM notice" in query]) == 1, address


def test_a_page_of_a_refusal_has_a_bell_without_a_number(three, client_of):
    del three
    answer = client_of("viettel").get("/structures/THA-CAT-999999")
    assert answer.status_code == 404
    assert bell_of(answer) == "Thông báo"


def test_the_inbox_shows_sentence_title_and_moment_and_escapes_what_was_typed(three, client_of):
    del three
    page = client_of("viettel").get("/notices").text
    assert [f"DC-{number}" for number in (3, 2, 1)] == re.findall(r"DC-\d", page)
    assert "Trạm &lt;b&gt;A&lt;/b&gt;" in page
    assert page.count("<time") == 3


def test_opening_leads_to_the_subject_and_counts_as_read(three, client_of):
    client = client_of("viettel")
    answer = post(client, f"/notices/{three[2]}/open")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/notices")
    again = post(client, f"/notices/{three[2]}/open")
    assert again.status_code == 303
    page = client.get("/notices")
    assert bell_of(page) == "2 thông báo chưa đọc"
    assert re.findall(r"DC-\d", page.text) == ["DC-2", "DC-1", "DC-3"]


def test_nobody_opens_the_notice_of_another(three, client_of):
    other = client_of("vnpt")
    assert post(other, f"/notices/{three[0]}/open").status_code == 404
    assert post(other, "/notices/999999999/open").status_code == 404
    assert bell_of(client_of("viettel").get("/")) == "3 thông báo chưa đọc"


def test_all_are_read_up_to_the_one_that_was_shown(three, client_of, ctx_of):
    client = client_of("viettel")
    shown = re.search(r'name="up_to" value="(\d+)"', client.get("/notices").text).group(1)
    assert int(shown) == three[-1]
    with ctx_of("so.khcn") as ctx:
        tell(ctx, "viettel", sentence="DC-4: Đã nộp")
    assert post(client, "/notices/read-all", up_to=shown).status_code == 303
    assert bell_of(client.get("/")) == "1 thông báo chưa đọc"


@pytest.mark.parametrize("up_to", ["", "x", "-1", "²", "9" * 19])
def test_a_list_that_is_not_ours_marks_nothing(three, client_of, up_to):
    del three
    client = client_of("viettel")
    assert post(client, "/notices/read-all", up_to=up_to).status_code == 422
    assert bell_of(client.get("/")) == "3 thông báo chưa đọc"


def test_long_lists_are_paged_and_a_forged_mark_is_refused(ctx_of, client_of):
    with ctx_of("so.khcn") as ctx:
        for number in range(30):
            tell(ctx, "viettel", sentence=f"DC-{number}.")
    client = client_of("viettel")
    first = client.get("/notices").text
    following = re.search(r'rel="next" href="([^"]+)"', first).group(1)
    second = client.get(following).text
    numbers = [int(number) for number in re.findall(r"DC-(\d+)\.", first + second)]
    assert numbers == list(range(29, -1, -1))
    assert 'rel="prev" href="/notices"' in second
    assert client.get("/notices?cursor=forged").status_code == 422


def test_an_empty_inbox_says_what_will_come(client_of):
    assert "Chưa có thông báo nào" in client_of("viettel").get("/notices").text
