"""What the public, and readers who know cells only, learn of an incident is the same wherever it lies in its cell."""

import io
import re
from random import Random

import pytest
from sqlalchemy import select, text

from registry.audit.chain import record
from registry.incidents.board import first_day, heat_cells, read_board
from registry.incidents.codes import IncidentKind
from registry.incidents.commands import Whereabouts
from registry.incidents.drafts import lock_draft
from registry.incidents.limits import HOUR, NEAR
from registry.incidents.models import Incident
from registry.incidents.rules import new_draft
from registry.incidents.storm_file import GoodRow, ReadFile
from registry.incidents.storm_queries import counts_by_unit
from registry.incidents.storms import open_storm, store_file, take_rows
from registry.kernel.clock import utc_now
from registry.kernel.dated_settings import DatedSetting
from registry.kernel.errors import Invalid
from tests.factories.incidents import assigned, inside, report, triaged
from tests.factories.incidents import move as move_case
from tests.factories.structures import make
from tests.permissions.cases import token_in
from tests.support.hidden_world import cell_of, east_of, place_at_border, place_in
from tests.web.test_reports import picture

DRAFT = "5c" * 16


@pytest.fixture
def person(client_of):
    return client_of(None)


@pytest.fixture
def here(ctx_of):
    return inside(ctx_of, utc_now())


@pytest.fixture
def at_border(ctx_of):
    """Longitude and latitude of the place, its own commune, and the public one."""
    return place_at_border(ctx_of)


def near(person, position, query="accuracy=8"):
    """What screen three says of near reports, without what the reporter typed."""
    page = person.get(f"/report/kind?draft={DRAFT}&at={position[1]:.7f},{position[0]:.7f}&{query}")
    assert page.status_code == 200
    match = re.search(r'<div class="near-reports">.*?</ul>', page.text, re.DOTALL)
    return match[0] if match else ""


def test_near_reports_are_the_same_along_every_line_through_a_cell(person, here, ctx_of):
    random = Random(7)  # noqa: S311
    cell, now = cell_of(here), utc_now()
    for _each in range(3):
        triaged(ctx_of, at=in_area(ctx_of, random, cell), now=now)
    answers = {near(person, place_in(random, cell)) for _each in range(40)}
    # At the incident itself and 10, 25 and 50 metres from it, where the distance had its steps.
    line = (east_of(here, metres) for metres in (-50, -25, -10, 0, 10, 25, 50))
    answers |= {near(person, position) for position in line if cell_of(position) == cell}
    assert len(answers) == 1
    assert answers.pop().count("/report/incidents/SC-") == 3


def in_area(ctx_of, random, cell):
    """A place in the cell and in the area of ubnd.xa."""
    at = text("SELECT unit_at(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 'commune', current_date)")
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        while True:
            lon, lat = place_in(random, cell)
            if ctx.session.scalar(at, {"lon": lon, "lat": lat}) in ctx.actor.unit_ids:
                return lon, lat


def test_a_place_on_a_border_is_in_one_cell_only(person, here, ctx_of):
    triaged(ctx_of, at=here, now=utc_now())
    column, row = cell_of(here)
    random = Random(1)  # noqa: S311
    for other in ((column + 1, row), (column - 1, row), (column, row + 1), (column, row - 1)):
        assert near(person, place_in(random, other)) == ""
    beyond = [east_of(place_in(random, (column, row)), metres) for metres in (0, 1000, -1000)]
    assert [bool(near(person, position)) for position in beyond] == [True, False, False]


def test_a_place_outside_the_province_is_refused_with_a_sentence(person):
    page = person.get(f"/report/kind?draft={DRAFT}&at=19.3; 106.05")
    assert page.status_code == 422
    assert "nằm ngoài địa bàn tỉnh" in page.text


@pytest.mark.parametrize("screen", ["/report", "/report/place", "/report/kind"])
def test_a_draft_that_cannot_go_on_says_so(person, here, ctx_of, clock, screen):
    at = f"at={here[1]:.6f},{here[0]:.6f}"
    for made_up in ("0" * 32, "5C" * 16, "x" * 400):
        page = person.get(f"{screen}?draft={made_up}&{at}")
        assert "Mã bản nháp trong địa chỉ không đúng" in page.text
        assert f'value="{made_up}"' not in page.text
    used, expired, new = new_draft(), new_draft(), new_draft()
    report(ctx_of, draft=used, now=utc_now(), secret=person.application.config["SECRET_KEY"])
    assert "đã được gửi" in person.get(f"{screen}?draft={used}&{at}").text
    with ctx_of(None) as ctx:
        lock_draft(ctx, expired)
    assert "đã bị xóa" not in person.get(f"{screen}?draft={expired}&{at}").text
    clock.advance(2 * HOUR)
    assert "đã bị xóa" in person.get(f"{screen}?draft={expired}&{at}").text
    page = person.get(f"{screen}?draft={new}&{at}").text
    assert ("bản nháp" in page.lower(), page.count(f'value="{new}"') > 0) == (False, True)


def test_near_reports_show_a_cleared_photo_and_no_other(person, here, ctx_of, client_of):
    draft = new_draft()
    page = person.get(f"/report?draft={draft}")
    data = {"draft": draft, "csrf_token": token_in(page), "photos": (io.BytesIO(picture()), "a.jpg")}
    assert person.post("/report/photo", data=data).status_code == 303
    triaged(ctx_of, at=here, now=utc_now(), draft=draft)
    assert "/report/photos/" not in near(person, here)
    with ctx_of("so.khcn", read_only=True) as ctx:
        (photo,) = ctx.session.scalars(text("SELECT id FROM incident_photo")).all()
    officer = client_of("ubnd.xa")
    token = token_in(officer.get(f"/incidents/photos/{photo}/clear"))
    officer.post(f"/incidents/photos/{photo}/clear", data={"decision": "clear", "csrf_token": token})
    assert f"/report/photos/{photo}" in near(person, here)


@pytest.mark.parametrize("setting", ["of_network_a_day", "a_day"])
def test_too_many_questions_of_a_day_hide_the_list_and_the_report_goes_on(person, here, ctx_of, setting):
    triaged(ctx_of, at=here, now=utc_now())
    with ctx_of("so.khcn") as ctx:
        row = ctx.session.scalars(select(DatedSetting).where(DatedSetting.key == NEAR)).one()
        row.value = row.value | {setting: 3}
        ctx.session.flush()
        record(ctx, "setting.add", "dated_setting", row.id)
    shown = [bool(near(person, here)) for _each in range(5)]
    assert shown == [True, True, True, False, False]
    page = person.get(f"/report/kind?draft={DRAFT}&at={here[1]:.6f},{here[0]:.6f}")
    assert "đã được xem quá nhiều lần" in page.text
    assert "Gửi phản ánh" in page.text


PUBLIC = ("/report/overview", "/report/incidents?state=open", "/report/incidents/{number}")


def test_in_public_it_has_the_commune_of_its_cell_and_never_its_own(person, at_border, ctx_of):
    position, own, public = at_border
    incident_id = triaged(ctx_of, at=position, now=utc_now())
    number = number_of(ctx_of, incident_id)
    for address in PUBLIC:
        page = person.get(address.format(number=number)).text
        main = re.search(r"<main.*</main>", page, re.DOTALL)[0]
        assert (public in main, re.search(rf"{own}\s*<", main)) == (True, None), address


def number_of(ctx_of, incident_id):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return ctx.session.get_one(Incident, incident_id).number


def test_a_street_is_public_once_an_officer_cleared_it(person, here, ctx_of):
    incident_id = triaged(ctx_of, at=here, now=utc_now(), triage={"public_street": "Đường Lê Lợi"})
    assert "Đường Lê Lợi" in person.get(f"/report/incidents/{number_of(ctx_of, incident_id)}").text


# --- readers who know structures as cells only --------------------------------------------------------------------
@pytest.fixture
def outage(ctx_of, at_border):
    """The id of an outage that Viettel reports in a storm, on a mast that it does not publish, and its storm's."""
    position, _own, _public = at_border
    now = utc_now()
    with ctx_of("viettel", now=now) as ctx:
        mast = make(ctx, at=position, name="Kín")
        mast_id, unit_id = mast.id, mast.commune_id
    with ctx_of("so.khcn", now=now) as ctx:
        storm_id = open_storm(ctx, "Bão số 9").id
    with ctx_of("viettel", now=now) as ctx:
        row = GoodRow(1, mast_id, unit_id, ctx.actor.organisation_id, "station_outage", now.isoformat(), None, None)
        file_id = store_file(ctx, storm_id, "a.csv", b"", ReadFile([row], ())).id
    with ctx_of(None, now=now) as ctx:
        take_rows(ctx, file_id)
    with ctx_of("so.khcn", read_only=True) as ctx:
        return ctx.session.scalars(select(Incident.id).where(Incident.storm_id == storm_id)).one(), storm_id


COARSE = (
    "/incidents/{incident}",
    "/incidents",
    "/incidents?storm={storm}",
    "/incidents?q=Mất",
    "/incidents/board",
    "/storms/{storm}",
    "/exports/incidents.csv",
    "/exports/incidents.geojson",
    "/dashboard?tab=all",
    "/incidents/heat.geojson",
    "/search?q=SC-",
)


def main_of(answer):
    match = re.search(r"<main.*</main>", answer.text, re.DOTALL)
    # The filter names every commune as a choice.
    return (
        re.sub(r"<select.*?</select>|<datalist.*?</datalist>", "", match[0], flags=re.DOTALL) if match else answer.text
    )


@pytest.mark.parametrize("reader", ["ubnd.tinh", "so.khcn"])
def test_who_knows_cells_only_reads_the_commune_of_the_cell(client_of, at_border, outage, reader):
    _place, own, public = at_border
    incident, storm = outage
    shown, hidden = (own, public) if reader == "so.khcn" else (public, own)
    client = client_of(reader)
    named = []
    for address in COARSE:
        with client.get(address.format(incident=incident, storm=storm)) as answer:
            words = main_of(answer)
        assert re.search(rf"{hidden}(?![\w ]*\w)", words) is None, address
        named += [address] if shown in words else []
    assert {*COARSE[:3], "/storms/{storm}", "/exports/incidents.csv"} <= set(named)


def test_filters_and_figures_go_by_the_commune_that_the_reader_is_given(ctx_of, client_of, at_border, outage):
    _place, _own, public = at_border
    incident, storm = outage
    with ctx_of("ubnd.tinh", read_only=True) as ctx:
        units = {row.name: row.id for row in counts_by_unit(ctx, storm)}
        assert list(units) == [public]
        assert [line.name for line in read_board(ctx, first_day(ctx)).units] == [public]
        own_id = ctx.session.scalar(select(Incident.unit_id).where(Incident.id == incident))
    listed = [
        f"/incidents/{incident}" in client_of("ubnd.tinh").get(f"/incidents?unit={unit}").text
        for unit in (own_id, units[public])
    ]
    assert listed == [False, True]


def test_a_place_is_served_to_who_acts_on_it_and_kept_from_who_only_follows(ctx_of, client_of, here):
    now = utc_now()
    incident_id = assigned(ctx_of, at=here, now=now)
    words = f"{here[1]:.4f}"
    pages = {
        name: client_of(name).get(f"/incidents/{incident_id}").text
        for name in ("so.khcn", "ubnd.xa", "viettel", "ubnd.tinh")
    }
    assert {name: words[:6] in main for name, main in pages.items()} == {
        "so.khcn": True,
        "ubnd.xa": True,
        "viettel": True,
        "ubnd.tinh": False,
    }


def test_the_heat_map_of_who_knows_cells_only_has_the_middle_of_the_cell(ctx_of, here):
    random = Random(3)  # noqa: S311
    cell = cell_of(here)
    for _each in range(4):
        report(ctx_of, at=in_area(ctx_of, random, cell), now=utc_now())
    with ctx_of("ubnd.tinh", read_only=True) as ctx:
        (feature,) = heat_cells(ctx, first_day(ctx))["features"]
    assert feature["properties"]["count"] == 4
    assert cell_of(feature["geometry"]["coordinates"]) == cell


def test_of_a_restricted_structure_the_committee_of_the_province_learns_nothing(ctx_of, client_of, outage):
    incident, _storm = outage
    with ctx_of("viettel") as ctx:
        case = ctx.session.get_one(Incident, incident)
        ctx.session.execute(
            text("UPDATE structure SET sharing_status = 'restricted' WHERE id = :id"),
            {"id": case.structure_id},
        )
        record(ctx, "structure.edit", "structure", case.structure_id)
    client = client_of("ubnd.tinh")
    assert client.get(f"/incidents/{incident}").status_code == 404
    assert "SC-" not in main_of(client.get("/incidents"))
    assert client_of("so.khcn").get(f"/incidents/{incident}").status_code == 200
    assert client_of("viettel").get(f"/incidents/{incident}").status_code == 200


def test_a_street_on_a_structure_that_is_not_published_is_refused(ctx_of, here):
    now = utc_now()
    with ctx_of("viettel", now=now) as ctx:
        mast_id = make(ctx, at=here).id
    incident_id, _code = report(ctx_of, now=now, where=Whereabouts(structure_id=mast_id))
    data = {"kind": IncidentKind.CABLE_SAGGING, "severity": "normal", "summary": "x", "publish": True}
    with pytest.raises(Invalid, match="không công khai tên đường “Đường Lê Lợi”"):
        move_case(ctx_of, "ubnd.xa", incident_id, "triage", now=now, **data, public_street="Đường Lê Lợi")
