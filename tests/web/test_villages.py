"""Villages: kept by communes, merged, split and renamed, and what the two indicators compute from them."""

import html
from datetime import date

import pytest
from sqlalchemy import select

from registry.indicators.queries import figures_of, get_indicator
from registry.kernel.errors import Conflict, Forbidden, Invalid
from registry.villages.commands import AddVillage, ChangeVillages, EditVillage
from registry.villages.models import Village, VillageKind
from registry.villages.queries import list_communes, view_village
from registry.villages.service import add_village, change_villages, edit_village
from tests.factories.villages import coverage_values, village_values
from tests.permissions.cases import token_in
from tests.support import shared
from tests.support.clock import NOW

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
THON = VillageKind.THON


def own_commune(ctx_of):
    """A commune that ubnd.xa keeps."""
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        return list_communes(ctx)[0].id


def village(ctx_of, name, *, commune=None, households=None, mobile=None, ftth=None, since=None):
    commune = commune or own_commune(ctx_of)
    with ctx_of("ubnd.xa", now=NOW) as ctx:
        command = AddVillage(
            commune,
            village_values(name=name, households=households, mobile_on=mobile, ftth_on=ftth, valid_from=since),
        )
        return add_village(ctx, command).id


def change(ctx_of, ids, names, on=date(2026, 7, 1), kind=THON):
    with ctx_of("ubnd.xa", now=NOW) as ctx:
        command = ChangeVillages(tuple(ids), kind, tuple(names), on, "Nghị quyết 12/NQ-HĐND")
        return [village_row.id for village_row in change_villages(ctx, command)]


def ratio(ctx_of, code, on):
    """Numerator and denominator of an indicator on a day."""
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        (figure,) = figures_of(ctx, [get_indicator(ctx, code)], on)
        return int(figure.parts.numerator), int(figure.parts.denominator), figure.value


def test_a_merger_ends_the_villages_and_the_indicators_follow_the_day(ctx_of):
    covered = village(ctx_of, "1", households=100, mobile=date(2019, 5, 1), ftth=date(2022, 1, 1))
    other = village(ctx_of, "2", households=80, mobile=date(2021, 3, 1))
    (merged_id,) = change(ctx_of, [covered, other], ["Đông Sơn"])
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        merged = ctx.session.get_one(Village, merged_id)
        assert (merged.households, merged.mobile_on, merged.ftth_on) == (180, date(2021, 3, 1), None)
        view = view_village(ctx, merged)
        assert [predecessor.name for predecessor in view.predecessors] == ["1", "2"]
        assert view_village(ctx, ctx.session.get_one(Village, other)).successors[0].id == merged_id
    days = {date(2020, 1, 1): (1, 2), date(2026, 6, 30): (2, 2), date(2026, 7, 1): (1, 1)}
    assert {day: ratio(ctx_of, "kpi_village_mobile", day)[:2] for day in days} == days
    assert ratio(ctx_of, "kpi_village_ftth", date(2026, 6, 30))[:2] == (1, 2)
    assert ratio(ctx_of, "kpi_village_ftth", date(2026, 7, 1))[:2] == (0, 1)


def test_without_villages_the_figure_is_unknown_and_the_page_says_so(ctx_of, client_of):
    assert ratio(ctx_of, "kpi_village_mobile", date(2026, 7, 1)) == (0, 0, None)
    page = client_of("so.khcn").get("/indicators/kpi_village_mobile")
    assert page.status_code == 200
    assert "villages?on=" in page.text


def test_a_split_and_a_new_name_keep_the_way_back(ctx_of):
    whole = village(ctx_of, "Thượng", households=300)
    parts = change(ctx_of, [whole], ["Thượng 1", "Thượng 2"])
    assert len(parts) == 2
    (renamed,) = change(ctx_of, [parts[0]], ["Thượng"], on=date(2026, 8, 1))
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        renamed_village = ctx.session.get_one(Village, renamed)
        assert renamed_village.households is None
        assert [predecessor.id for predecessor in view_village(ctx, renamed_village).predecessors] == [parts[0]]
        names = ctx.session.scalars(select(Village.name).where(Village.exists_on_rule(date(2026, 8, 1))))
        assert sorted(names) == ["Thượng", "Thượng 2"]


def test_what_cannot_be_is_refused_by_name(ctx_of):
    first = village(ctx_of, "1", since=date(2020, 1, 1))
    village(ctx_of, "2")
    with pytest.raises(Invalid, match="đã có thôn “2”"):
        change(ctx_of, [first], ["2"])
    with pytest.raises(Invalid, match="Tên và loại không đổi"):
        change(ctx_of, [first], ["1"])
    with pytest.raises(Invalid, match="cần sau ngày 01/01/2020"):
        change(ctx_of, [first], ["3"], on=date(2020, 1, 1))
    with pytest.raises(Invalid, match="31/12/2099 chưa đến"):
        change(ctx_of, [first], ["3"], on=date(2099, 12, 31))
    change(ctx_of, [first], ["3"])
    with pytest.raises(Invalid, match="đã kết thúc ngày 30/06/2026"):
        change(ctx_of, [first], ["4"])
    with pytest.raises(Invalid, match="cần từ 01/01/1990 đến"):
        village(ctx_of, "5", mobile=date(2027, 1, 1))


def test_a_commune_keeps_its_own_villages_only(ctx_of):
    with ctx_of("so.khcn", now=NOW) as ctx:
        own = own_commune(ctx_of)
        elsewhere = next(unit.id for unit in list_communes(ctx) if unit.id != own)
        with ctx_of("ubnd.xa", now=NOW, read_only=True) as theirs:
            area = theirs.actor.unit_ids
        elsewhere = next(unit.id for unit in list_communes(ctx) if unit.id not in area)
        other = add_village(ctx, AddVillage(elsewhere, village_values(name="9"))).id
    with pytest.raises(Invalid, match="không thuộc địa bàn"):
        village(ctx_of, "1", commune=elsewhere)
    with ctx_of("ubnd.xa", now=NOW) as ctx, pytest.raises(Forbidden):
        edit_village(ctx, EditVillage(other, 1, coverage_values(5)))


def test_two_who_edit_one_village(ctx_of):
    village_id = village(ctx_of, "1")
    with ctx_of("ubnd.xa", now=NOW) as ctx:
        edit_village(ctx, EditVillage(village_id, 1, coverage_values(10)))
    with ctx_of("so.khcn", now=NOW) as ctx, pytest.raises(Conflict, match="người khác sửa"):
        edit_village(ctx, EditVillage(village_id, 1, coverage_values(20)))


def test_the_pages_lead_from_the_list_to_the_merger(client_of, ctx_of):
    commune = own_commune(ctx_of)
    client = client_of("ubnd.xa")
    page = client.get("/villages/new")
    data = {"commune": commune, "kind": "ban", "name": "Hón", "households": "1.200", "mobile_on": "01/06/2020"}
    response = client.post("/villages/new", data={"csrf_token": token_in(page)} | data)
    assert response.status_code == 303
    where = response.headers["Location"]
    neighbour = village(ctx_of, "Pù")
    form = client.get(f"{where}/change")
    assert "Thôn Pù" in form.text
    facts = {"others": neighbour, "kind": "ban", "effective_on": "01/11/2026", "decision": "Nghị quyết 3"}
    token = token_in(form)
    empty = client.post(f"{where}/change", data={"csrf_token": token, "names": ""} | facts)
    assert empty.status_code == 422
    assert 'value="Nghị quyết 3"' in html.unescape(empty.text)
    merged = client.post(f"{where}/change", data={"csrf_token": token, "names": "Hón Pù"} | facts)
    assert merged.status_code == 303
    listed = html.unescape(client.get("/villages").text)
    assert "Bản Hón Pù" in listed
    assert "Thôn Pù" not in listed
    assert "Thôn Pù" in html.unescape(client.get("/villages?on=31/10/2026").text)
    assert "Bản Hón Pù" in html.unescape(client.get("/villages?no_ftth=1&q=hon").text)
    # One of the two was not covered, so the new one is not, either.
    assert "Bản Hón Pù" in html.unescape(client.get("/villages?no_mobile=1").text)
    assert "Bản Hón" not in html.unescape(client.get("/villages?no_mobile=1&on=31/10/2026").text)
