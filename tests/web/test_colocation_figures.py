"""The page of the figures of co-location: every number equals the list that it opens; others' cases stay theirs."""

import html
import re
from datetime import timedelta

import pytest

from registry.colocation.codes import RefusalGround
from tests.factories.colocation import accept, case, filed, move, reject, tower
from tests.support import shared
from tests.support.clock import NOW
from tests.support.exports import as_rows, download
from tests.support.figures import HIDDEN_WORDS

LINK = re.compile(rf'<a href="(/(?:colocation|structures)\?[^"]+)">([\d.]+){HIDDEN_WORDS}</a>')

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("answered")


@pytest.fixture(scope="module")
def answered(ctx_of):
    """Requests of VNPT: to Viettel one granted, two refused, one late, one open; to the power company one granted."""
    with ctx_of("viettel") as ctx:
        code, other = tower(ctx, total=50).code, tower(ctx, total=50).code
    with ctx_of("dienluc") as ctx:
        pole = tower(ctx, owner="pc_thanhhoa").code
    with ctx_of("vnpt") as ctx:
        numbers = [filed(ctx, *codes).id for codes in ((code,), (code, other), (code,), (other,), (code,))]
        foreign = filed(ctx, pole).id
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, numbers[0]))
        reject(ctx, case(ctx, numbers[1]))
        reject(ctx, case(ctx, numbers[2]), ground=RefusalGround.UNSAFE)
    with ctx_of("dienluc") as ctx:
        accept(ctx, case(ctx, foreign))
    with ctx_of("vnpt", now=NOW + timedelta(hours=1)) as ctx:
        move(ctx, case(ctx, numbers[2]), "dispute", text="Không đúng")
    with ctx_of("so.khcn", now=NOW + timedelta(hours=2)) as ctx:
        data = {"decision_number": "12/QĐ", "decided_on": ctx.today, "text": "Cho dùng chung", "granted": []}
        move(ctx, case(ctx, numbers[2]), "decide", **data)
    return numbers


def total_of(client, address):
    """The number of rows that a list says it has."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    match = re.search(r'class="list-count"[^>]*>\s*([\d.]+)', answer.text)
    return int(match.group(1).replace(".", "")) if match else 0


@pytest.mark.parametrize(("username", "least"), [("so.khcn", 20), ("viettel", 7), ("dienluc", 3)])
def test_every_number_equals_the_list_that_it_opens(client_of, answered, username, least):
    client = client_of(username)
    links = LINK.findall(client.get("/colocation/figures").text)
    assert len(links) >= least
    for address, number in links:
        assert total_of(client, html.unescape(address)) == int(number.replace(".", "")), address


@pytest.mark.parametrize("username", ["vnpt", "quansu"])
def test_who_owns_none_of_it_opens_nothing(client_of, answered, username):
    page = client_of(username).get("/colocation/figures").text
    assert not [address for address, _number in LINK.findall(page) if "owner=" not in address]
    assert "ít hơn 3" in page
    assert "Trả lời theo xã" not in page
    assert "DC-" not in page


def test_the_figures_say_how_they_are_computed(client_of, answered):
    page = client_of("so.khcn").get("/colocation/figures").text
    for words in ("Cách tính", "Trung vị", "lịch làm việc", "Trả lời theo xã", "kỳ trước", "Toàn tỉnh"):
        assert words in page


def test_a_period_without_requests_says_so(client_of, answered):
    page = client_of("so.khcn").get("/colocation/figures?from=01/01/2020&to=31/12/2020").text
    assert "Không có đề nghị nào" in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("from=31/02/2026", "không có trong lịch"),
        ("to=01/01/2100", "hãy chọn ngày cuối"),
        ("from=02/02/2026&to=01/02/2026", "sau ngày cuối"),
    ],
)
def test_a_period_that_cannot_be_is_refused(client_of, arguments, words):
    answer = client_of("so.khcn").get(f"/colocation/figures?{arguments}")
    assert (answer.status_code, words in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("outcome=won", "won"),
        ("ground=mood", "mood"),
        ("owner=abc", "cần một số nguyên"),
        ("owner=99999999", "không có số"),
        ("unit=1", "Chỉ Sở"),
        ("from=x", "không phải ngày"),
    ],
)
def test_a_condition_that_there_is_not_is_refused(client_of, arguments, words):
    answer = client_of("viettel").get(f"/colocation?{arguments}")
    assert (answer.status_code, words in answer.text) == (422, True)


def test_each_condition_of_the_list_can_be_removed_alone(client_of, answered, ctx_of):
    with ctx_of("viettel", read_only=True) as ctx:
        owner, today = ctx.actor.organisation_id, ctx.today.isoformat()
    client = client_of("so.khcn")
    asked = {"owner": str(owner), "from": today, "to": today, "ground": "unsafe", "outcome": "refused"}
    page = client.get("/colocation", query_string=asked | {"state": "rejected"}).text
    chips = [html.unescape(link) for link in re.findall(r'class="chip" href="([^"]+)"', page)]
    assert len(chips) == len(asked) + 1
    for name in [*asked, "state"]:
        (address,) = (each for each in chips if f"{name}=" not in each)
        assert sum(f"{other}=" in address for other in [*asked, "state"]) == len(asked)
    assert 'name="owner"' in page
    assert client.get("/colocation", query_string=asked).text.count("DC-") >= 1


def test_a_filtered_list_is_taken_out_filtered(client_of, answered):
    client = client_of("so.khcn")
    rows, about = as_rows("csv", download(client, "colocation", "csv", outcome="refused").data)
    assert len(rows) == total_of(client, "/colocation?outcome=refused") == 2
    assert "Kết quả: có công trình bị chủ sở hữu từ chối" in about


def test_the_figures_are_taken_out_as_the_reader_may_know_them(client_of, answered):
    rows, _about = as_rows("csv", download(client_of("so.khcn"), "colocation-figures", "csv").data)
    assert [row["Đề nghị đã gửi"] for row in rows if "Toàn tỉnh" in row.values()] == ["6", "0"]
    assert len(rows) == 6
    rows, about = as_rows("csv", download(client_of("vnpt"), "colocation-figures", "csv").data)
    assert [row["Đề nghị đã gửi"] for row in rows] == ["5", "", "", "", "", ""]
    assert "dưới 3 hồ sơ để trống" in about


def test_an_answer_in_time_is_not_late_because_silence_may_end_in_it_too(client_of, answered):
    """Where an offer lapses its request is refused; a refusal said in time is nevertheless in time."""
    assert total_of(client_of("so.khcn"), "/colocation?late=1") == 0


def test_the_overview_shows_the_same_numbers(client_of, answered):
    client = client_of("so.khcn")
    page = client.get("/dashboard?tab=all").text
    links = re.findall(r'<a href="(/colocation\?[^"]*outcome=[^"]+)">', page)
    assert len(links) == 2
    assert total_of(client, html.unescape(links[0])) == 4
    assert "4 trên 6 đề nghị" in page
    assert "outcome=" not in client_of("quansu").get("/dashboard?tab=all").text
