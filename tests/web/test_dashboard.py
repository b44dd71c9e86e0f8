"""The overview: every figure equals the list that it opens, for whoever reads it."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from registry.capacity.commands import AddEntry, EndEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, end_entry, set_place
from registry.capacity.sharing_ratio import sharing_ratio
from registry.dashboard import pages
from registry.dashboard.figures import count_by_kind, count_by_unit
from registry.kernel.clock import local_date
from registry.workflow import lists, worklist
from tests.factories.colocation import accept, case, filed, move, tower
from tests.factories.structures import make
from tests.support import shared
from tests.support.figures import HIDDEN_WORDS, listed

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("towers")

#: Cases that a desk has room for in a test; the registry's own figure is 50.
SMALL_DESK = 3
#: The others of the cast: tests/web/test_figures_open_lists.py.
READERS = ("so.xaydung", "vnpt", "kiemtra1", "so.taichinh")
#: Who opens the page of each list; for the others lists are counted as their pages count them.
OPENS_ALL = "vnpt"


@pytest.fixture(scope="module")
def towers(ctx_of):
    """Three towers of Viettel: two users, one user, none known; a published pole of VNPT and an unpublished one."""
    codes = {}
    with ctx_of("viettel") as ctx:
        for name, users in (("shared", ("VNPT", "MobiFone")), ("single", ("VNPT",)), ("unknown", ())):
            tower = make(ctx, built_on="01/01/2015", in_service_on="01/06/2015")
            codes[name] = tower.code
            set_place(ctx, SetPlace(tower.code, "Sàn 1", PlaceUnit.POSITION, 9))
            for user in users:
                add_entry(ctx, AddEntry(tower.code, "Sàn 1", 1, holder=user, started_on=date(2020, 1, 1)))
    with ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt", kind="cable_pole", sharing_status="available")
        make(ctx, owner="vnpt", kind="cable_pole")
    return codes


def total_of(client, address):
    """The number of rows that a list says it has."""
    page = client.get(address).text
    match = re.search(r'class="list-count"[^>]*>\s*([\d.]+)', page)
    return int(match.group(1).replace(".", "")) if match else 0


@pytest.mark.parametrize("username", READERS)
def test_every_number_equals_the_list_that_it_opens(client_of, ctx_of, towers, username):
    page = client_of(username).get("/dashboard?tab=all").text
    links = re.findall(
        rf'<a href="(/structures\?[^"]+)"(?: aria-label="[^"]*")?>([^<]*){HIDDEN_WORDS}</a>'
        r'(?: <span class="count">([\d.]+))?',
        page,
    )
    numbers = [(address.replace("&amp;", "&"), beside or text) for address, text, beside in links]
    assert any(number != "0" for _address, number in numbers)
    opened = listed(client_of(username), ctx_of, username, dict(numbers), by_pages=username == OPENS_ALL)
    assert [(address, opened[address]) for address, _number in numbers] == numbers


def test_who_may_know_no_tower_or_cable_is_shown_no_ratio_of_none(client_of, towers):
    panels = {
        username: re.findall(r'<section[^>]*id="(sharing|cables)"', client_of(username).get("/dashboard?tab=all").text)
        for username in ("so.khcn", "ubnd.tinh", "viettel", "vnpt", "so.taichinh", "so.congthuong")
    }
    whole = ["sharing", "cables"]
    assert panels.pop("so.khcn") == panels.pop("ubnd.tinh") == whole
    assert panels == {"viettel": ["sharing"], "vnpt": [], "so.taichinh": [], "so.congthuong": []}


def test_the_ratio_is_computed_both_ways(ctx_of, towers):
    with ctx_of("viettel", read_only=True) as ctx:
        ratio = sharing_ratio(ctx, ctx.today)
    assert (ratio.positions, ratio.shared_positions, ratio.unknown) == (3, 1, 1)
    assert (ratio.stations, ratio.shared_stations) == (3, 2)
    assert (ratio.position_pct, ratio.station_pct) == (Decimal("33.33"), Decimal("66.67"))


def test_the_ratio_of_a_day_counts_what_hung_there_then(ctx_of, towers):
    with ctx_of("viettel") as ctx:
        before = sharing_ratio(ctx, date(2019, 12, 31))
        other = add_entry(ctx, AddEntry(towers["unknown"], "Sàn 1", 1, holder="VNPT", started_on=date(2021, 1, 1)))
        end_entry(ctx, EndEntry(other.id, date(2022, 1, 1)))
        then, later = sharing_ratio(ctx, date(2021, 6, 1)), sharing_ratio(ctx, date(2022, 6, 1))
    assert (before.positions, before.stations, before.unknown) == (3, 0, 3)
    assert (then.stations, then.unknown) == (4, 0)
    assert (later.stations, later.unknown) == (3, 1)


def test_a_place_that_was_only_held_never_counts_as_used(ctx_of, towers):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
        before = sharing_ratio(ctx, ctx.today)
        then, later = ctx.today, ctx.now + timedelta(days=10)
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).id
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, number))
    with ctx_of("vnpt", now=later) as ctx:
        move(ctx, case(ctx, number), "withdraw")
    with ctx_of("viettel", now=later) as ctx:
        assert sharing_ratio(ctx, then) == before


def test_a_tower_that_was_not_yet_in_service_does_not_count(ctx_of, towers):
    with ctx_of("viettel", read_only=True) as ctx:
        assert sharing_ratio(ctx, date(2015, 5, 31)).positions == 0
        assert sharing_ratio(ctx, date(2015, 6, 1)).positions == 3


def test_the_list_behind_the_ratio_names_the_towers(client_of, towers):
    client = client_of("so.khcn")
    for use, code in towers.items():
        page = client.get(f"/dashboard/towers?use={use}").text
        assert code in page
        assert all(other not in page for other in towers.values() if other != code)


def test_a_rival_does_not_count_towers_whose_users_it_may_not_know(ctx_of, towers):
    with ctx_of("vnpt", read_only=True) as ctx:
        assert sharing_ratio(ctx, ctx.today).positions == 0


def test_unpublished_structures_of_others_are_counted_as_cells_only(ctx_of, towers):
    with ctx_of("viettel", read_only=True) as ctx:
        poles = next(counts for counts in count_by_kind(ctx) if counts.code == "cable_pole")
    assert (poles.total, poles.coarse) == (2, 1)


def test_a_commune_of_today_counts_what_was_recorded_under_its_name(ctx_of, towers):
    with ctx_of("so.khcn", read_only=True) as ctx:
        counts = count_by_unit(ctx)
    assert [(unit.name, unit.count) for unit in counts] == [("Phường Hạc Thành", 5)]


def test_a_day_or_a_group_that_does_not_exist_is_refused_in_words(client_of):
    client = client_of("so.khcn")
    answer = client.get("/dashboard?tab=all&on=31/02/2026")
    assert answer.status_code == 422
    assert "31/02/2026" in answer.text
    assert client.get("/dashboard/towers?use=nobody").status_code == 422


@pytest.mark.parametrize("page", ["/dashboard", "/dashboard/towers"])
@pytest.mark.parametrize("day", ["31/12/1999", "01/01/2200"])
def test_a_day_without_figures_is_refused_with_those_that_have_some(client_of, page, day):
    answer = client_of("so.khcn").get(page, query_string={"on": day})
    assert answer.status_code == 422
    assert f"Không có số liệu của ngày {day}; hãy chọn từ 01/01/2000" in answer.text


def test_a_desk_too_small_for_its_cases_counts_them_all_and_opens_the_whole_list(ctx_of, client_of, monkeypatch):
    for module in (worklist, lists, pages):
        monkeypatch.setattr(module, "WORKLIST_SIZE", SMALL_DESK)
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        for _number in range(SMALL_DESK + 1):
            filed(ctx, code)
    client = client_of("viettel")
    page = client.get("/").text
    assert re.search(rf'class="count"[^>]*>{SMALL_DESK + 1}<', page)
    assert 'href="/colocation?waiting=1"' in page
    assert f"xem tất cả {SMALL_DESK + 1} hồ sơ chờ tôi xử lý" in page
    assert total_of(client, "/colocation?waiting=1") == SMALL_DESK + 1


def test_the_ratio_of_a_moment_knows_nothing_that_was_entered_later(ctx_of, client_of, towers):
    with ctx_of("viettel") as ctx:
        before, moment = sharing_ratio(ctx, ctx.today), ctx.now
        later = ctx.now + timedelta(days=2)
    with ctx_of("viettel", now=later) as ctx:
        add_entry(ctx, AddEntry(towers["single"], "Sàn 1", 1, holder="MobiFone", started_on=date(2021, 1, 1)))
        make(ctx, built_on="01/01/2015", in_service_on="01/06/2015")
    with ctx_of("viettel", now=later, read_only=True) as ctx:
        today = local_date(moment)
        now, then = sharing_ratio(ctx, today), sharing_ratio(ctx, today, moment)
        assert (now.positions, now.shared_positions) == (before.positions + 1, before.shared_positions + 1)
        assert then == before
        assert now.entered_later == 1
