"""The overview and the page of data quality at a time: their numbers, what they lead to, what they say they cannot."""

import html
import re
from datetime import UTC, datetime

import pytest

from registry.structures.codes import Condition
from registry.structures.commands import EditStructure
from registry.structures.writing import edit_structure
from tests.factories.structures import make
from tests.support import shared
from tests.support.figures import HIDDEN_WORDS, listed
from tests.web.test_dashboard import total_of

database, app, ctx_of, client_of, taken_back = shared.FIXTURES

THEN = datetime(2026, 1, 5, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 5, 8, tzinfo=UTC)
DAY = "as_of=2026-02-01"
BOTH = f"{DAY}&recorded_at=2026-02-15T10:00:00%2B07:00"


@pytest.fixture(scope="module", autouse=True)
def structures(ctx_of):
    """A tower whose condition was not known until March, and two that came in March."""
    with ctx_of("viettel", now=THEN) as ctx:
        code = make(ctx, sharing_status="available").code
    with ctx_of("viettel", now=LATER) as ctx:
        make(ctx, kind="cable_pole")
        make(ctx, condition="good")
        edit_structure(ctx, EditStructure(code, 1, {"condition": Condition.GOOD}))


#: Each reader at a day, or at a day as it was known then; the other of both as a trial.
USUAL = (("so.khcn", BOTH, "both"), ("viettel", DAY, "day"), ("vnpt", BOTH, "both"), ("kiemtra1", DAY, "day"))
OTHER = (("so.khcn", DAY, "day"), ("viettel", BOTH, "both"), ("vnpt", DAY, "day"), ("kiemtra1", BOTH, "both"))
#: Who opens the page of each list; for the others lists are counted as their pages count them.
OPENS_ALL = "vnpt"


def numbers_of(page):
    """Address and number of each link to the list."""
    links = re.findall(rf'<a href="(/structures\?[^"]+)">\s*([\d.]+)\s*{HIDDEN_WORDS}</a>', page.text)
    return [(html.unescape(address), int(number.replace(".", ""))) for address, number in links]


@pytest.mark.parametrize(
    ("username", "time"),
    [
        *(pytest.param(name, time, id=f"{name}-{at}") for name, time, at in USUAL),
        *(pytest.param(name, time, id=f"{name}-{at}", marks=pytest.mark.trial) for name, time, at in OTHER),
    ],
)
def test_every_number_of_the_past_opens_a_list_of_that_many(client_of, ctx_of, username, time):
    client = client_of(username)
    page = client.get(f"/dashboard?tab=all&{time}")
    assert page.status_code == 200
    numbers = numbers_of(page)
    assert numbers
    # The day asked for, or the end of a year before it.
    assert [address for address, _number in numbers if not re.search("as_of=2026-02-01|-12-31", address)] == []
    opened = listed(client, ctx_of, username, dict(numbers), by_pages=username == OPENS_ALL)
    assert [(address, int(opened[address])) for address, _number in numbers] == numbers


def test_the_overview_says_what_it_cannot_tell_of_the_past(client_of):
    client = client_of("viettel")
    past, now = client.get(f"/dashboard?tab=all&{BOTH}").text, client.get("/dashboard?tab=all").text
    for words in (
        "chỉ có cho hiện tại",
        "Tính cho ngày 01/02/2026 theo các ngày ghi trong hồ sơ",
        "hãy bỏ thời điểm ghi nhận để xem",
        "Công trình theo xã, phường của ngày đã chọn",
        "Dữ liệu có hiệu lực tại ngày 01/02/2026",
    ):
        assert words in past
        assert words not in now
    assert "cáp chết chưa tháo dỡ (tại thời điểm đã chọn)" in client.get("/dashboard?tab=all&as_of=2026-02-01").text
    assert "Trở về hiện tại" in past
    assert 'name="as_of" value="2026-02-01"' in past


@pytest.mark.parametrize("page", ["/dashboard?tab=all&", "/upkeep/quality?"])
def test_a_day_to_come_is_refused(client_of, page):
    answer = client_of("viettel").get(f"{page}as_of=2199-01-01")
    assert answer.status_code == 422
    assert "chưa đến" in answer.text


def test_a_day_before_there_were_targets_is_refused(client_of):
    answer = client_of("viettel").get("/dashboard?tab=all&as_of=1999-12-31")
    assert answer.status_code == 422
    assert "hãy chọn từ 01/01/2000" in answer.text


@pytest.mark.parametrize(("time", "count"), [(DAY, 1), (BOTH, 1), ("as_of=2026-03-06", 1), ("", 1)])
def test_each_count_of_quality_opens_a_list_of_that_many(client_of, time, count):
    client = client_of("viettel")
    numbers = numbers_of(client.get(f"/upkeep/quality?{time}"))
    checked = {re.search(r"quality=(\w+)", address).group(1): number for address, number in numbers}
    assert checked["no_condition"] == count
    for address, number in numbers:
        assert total_of(client, address) == number, address


def test_the_page_of_quality_says_which_checks_are_of_the_present_alone(client_of):
    client = client_of("viettel")
    past, now = client.get(f"/upkeep/quality?{DAY}").text, client.get("/upkeep/quality").text
    assert past.count("Chỉ tính được cho hiện tại") == 16
    assert "Chỉ tính được cho hiện tại" not in now
    assert "Sửa tất cả theo bộ lọc" not in past


def test_the_list_of_the_past_offers_the_checks_that_it_can_answer(client_of):
    page = client_of("viettel").get(f"/structures?{DAY}").text
    assert '<option value="no_condition"' in page
    assert '<option value="duplicate"' not in page


@pytest.mark.parametrize("page", ["/dashboard?tab=all&", "/upkeep/quality?"])
def test_nobody_is_told_of_more_than_today(client_of, page):
    """The owner counts its tower of then; a rival knows its cell alone."""
    of_owner = client_of("viettel").get(f"{page}{DAY}")
    assert of_owner.status_code == 200
    rival = client_of("vnpt").get(f"{page}{DAY}")
    assert rival.status_code == 200
    assert "quality=no_condition" not in rival.text
