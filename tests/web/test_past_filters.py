"""Filters, colours and search of a past time: units of that day, room of that day, words of that day."""

import gzip
import re
from datetime import UTC, date, datetime

import pytest

from registry.capacity.commands import SetPlace
from registry.capacity.service import set_place
from registry.structures.codes import Condition
from registry.structures.commands import CreateStructure, EditStructure
from registry.structures.writing import create_structure, edit_structure
from registry.territory.models import UnitLevel
from registry.territory.queries import area_unit_ids, list_units, units_at
from tests.factories.structures import HAC_THANH, make, organisation_id, position_at, values_for
from tests.support.exports import as_rows, download
from tests.support.outsider import tile_at
from tests.web.test_past_pages import links

THEN = datetime(2026, 1, 5, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 5, 8, tzinfo=UTC)
DAY = {"as_of": "2026-02-01"}


@pytest.fixture
def tower(ctx_of):
    """A tower of Viettel, renamed since; its code."""
    with ctx_of("viettel", now=THEN) as ctx:
        code = make(ctx, name="Tên năm ngoái", sharing_status="available").code
    with ctx_of("viettel", now=LATER) as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Tên năm nay"}))
    return code


def test_units_of_the_day_are_offered_and_filtered_by(client_of, ctx_of):
    """Registered late, as of a day before the communes of 2025 were merged: it belongs to its commune of then."""
    day = date(2025, 6, 15)
    with ctx_of("viettel", now=THEN) as ctx:
        owner = organisation_id(ctx.session, "viettel")
        values, position = values_for("antenna_tower"), position_at(*HAC_THANH)
        late = CreateStructure("antenna_tower", owner, values, position, effective_on=date(2025, 5, 1))
        code = create_structure(ctx, late).code
        former, present = units_at(ctx.session, *HAC_THANH, [(UnitLevel.COMMUNE, day), (UnitLevel.COMMUNE, ctx.today)])
        others = {unit.id for unit in list_units(ctx.session, day, UnitLevel.COMMUNE)}
        elsewhere = min(others - area_unit_ids(ctx.session, [present.id]))
    assert former.id != present.id
    client = client_of("viettel")
    for time, unit in ((f"as_of={day}", former), ("", present)):
        page = client.get(f"/structures?{time}").text
        assert unit.name in page.partition("<tbody")[2]
        offered = re.findall(r'<option value="(\d+)"', between(page, 'id="filter-unit"', "</select>"))
        assert str(unit.id) in offered
        assert (str(former.id) in offered) is (unit is former)
        # Also by the unit of another time, which stands for what it came from or went into.
        for unit_id, there in ((former.id, True), (present.id, True), (elsewhere, False)):
            listed = client.get(f"/structures?{time}&unit={unit_id}").text
            assert (f">{code}<" in listed) is there, (time, unit_id)
        page = client.get(f"/structures/{code}?{time}").text
        assert unit.name in between(page, 'id="position"', "</section>")
    rows, _said = as_rows("csv", download(client, "structures", "csv", as_of=str(day)).data)
    assert [row["commune"] for row in rows] == [former.name]


def between(page, start, end):
    return page.partition(start)[2].partition(end)[0]


def test_searching_in_a_past_day_is_the_list_of_that_day(client_of, tower):
    client = client_of("viettel")
    answer = client.get("/search", query_string=DAY | {"q": "nam ngoai"})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert tower in page
    assert "có hiệu lực tại ngày 01/02/2026" in page
    assert tower not in client.get("/structures", query_string=DAY | {"q": "nam nay"}).text.replace(f'{tower}"', "")
    assert client.get("/search?q=x&as_of=01/01/2199", follow_redirects=True).status_code == 422


def test_room_is_that_of_the_day_and_what_knows_only_the_present_is_refused(client_of, ctx_of):
    with ctx_of("viettel", now=THEN) as ctx:
        code = make(ctx).code
        set_place(ctx, SetPlace(code, "Tầng 1", "position", 0))
    with ctx_of("viettel", now=LATER) as ctx:
        set_place(ctx, SetPlace(code, "Tầng 1", "position", 3))
    client = client_of("viettel")
    for query, there in (
        ({"room": "1"}, True),
        (DAY | {"room": "1"}, False),
        ({"as_of": "2026-04-01", "room": "1"}, True),
    ):
        assert (f">{code}<" in client.get("/structures", query_string=query).text) is there
    for query in ({"found": "1"}, {"quality": "duplicate"}):
        answer = client.get("/structures", query_string=DAY | query)
        assert answer.status_code == 422
        assert "chỉ dùng cho hiện tại" in answer.text


def test_the_map_of_a_day_is_coloured_by_what_was_then(client_of, ctx_of):
    """Each structure of the tile carries the value of that day; what knows the present only colours nothing."""
    x, y = tile_at(*HAC_THANH, 14)
    with ctx_of("viettel", now=THEN) as ctx:
        code = make(ctx, condition="good").code
    with ctx_of("viettel", now=LATER) as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"condition": Condition.DEGRADED}))
    client = client_of("viettel")

    def body(**query):
        return gzip.decompress(client.get(f"/structures/tiles/14/{x}/{y}.mvt", query_string=query).data)

    assert b"condition_good" in body(colour="condition", **DAY)
    assert b"condition_degraded" in body(colour="condition")
    for colour in ("kind", "owner", "source", "age", "room"):
        assert code.encode() in body(colour=colour, **DAY)
    page = client.get("/structures", query_string=DAY).text
    assert 'value="condition"' in page
    assert 'value="room"' not in page.partition('id="map-colour"')[2].partition("</select>")[0]
    assert 'name="layer"' not in page


def test_a_time_is_no_part_of_a_saved_filter(client_of, tower):
    client = client_of("viettel")
    assert "Lưu bộ lọc này" not in client.get("/structures", query_string=DAY).text
    page = client.get("/structures", query_string=DAY | {"kind": "antenna_tower"}).text
    address = next(address for address in links(page) if "saved-searches/new" in address or "/searches/new" in address)
    assert "as_of" not in address
