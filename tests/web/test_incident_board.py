"""The boards of incidents: every figure equals its list, times to make safe, the heat map, what the public sees."""

import html
import re
from datetime import timedelta

import pytest

from registry.incidents.board import CELL_M, first_day, heat_cells, read_board
from registry.incidents.codes import IncidentKind
from registry.incidents.models import Incident
from registry.kernel.clock import utc_now
from tests.factories.incidents import CONTACT, assigned, inside, move, report, triaged
from tests.factories.structures import make, organisation_id
from tests.permissions.cases import token_in
from tests.support.figures import HIDDEN_WORDS

LINK = re.compile(rf'<a href="(/incidents\?[^"]*)">([\d.,]+){HIDDEN_WORDS}</a>')


@pytest.fixture
def incidents(ctx_of):
    """Reported, triaged, overdue, safe after one and after three hours, closed, on a label's structure, refused."""
    now = utc_now()
    at = inside(ctx_of, now)
    report(ctx_of, at=at, now=now, contact=CONTACT, text="CANARYTEXT")
    triaged(ctx_of, at=at, now=now)
    overdue = assigned(ctx_of, at=at, now=now - timedelta(hours=30))
    with ctx_of("viettel", now=now - timedelta(hours=10)) as ctx:
        tower = make(ctx, at=at).id
    safe = []
    for hours in (1, 3):
        case = assigned(ctx_of, at=at, now=now - timedelta(hours=5), kind=IncidentKind.CABLE_CUT)
        move(ctx_of, "viettel", case, "make_safe", now=now - timedelta(hours=5 - hours), text="Nối tạm")
        safe.append(case)
    move(ctx_of, "ubnd.xa", safe[0], "confirm", now=now, text="Đạt")
    rejected, _code = report(ctx_of, at=at, now=now)
    move(ctx_of, "ubnd.xa", rejected, "reject", now=now, text="Không phải")
    with ctx_of("so.khcn", now=now) as ctx:
        case = ctx.session.get_one(Incident, safe[1])
        return {"overdue": overdue, "safe": safe, "tower": tower, "number": case.number, "unit": case.unit_id, "at": at}


@pytest.mark.parametrize("reader", ["so.khcn", "ubnd.xa", "viettel", "kiemtra2"])
def test_every_figure_of_the_board_opens_a_list_of_as_many(client_of, incidents, reader):
    client = client_of(reader)
    links = [(html.unescape(address), shown) for address, shown in LINK.findall(client.get("/incidents/board").text)]
    wrong = []
    for address, shown in dict.fromkeys(links):
        listed = re.search(r"([\d.]+) hồ sơ", client.get(address).text)
        count = int(listed[1]) if listed else 0
        if count != int(shown):
            wrong.append((address, shown, count))
    assert wrong == []
    assert len(links) >= (4 if reader == "kiemtra2" else 15)


def test_times_to_make_safe_are_median_and_ninth_decile_of_the_period(ctx_of, incidents):
    with ctx_of("so.khcn", read_only=True) as ctx:
        board = read_board(ctx, first_day(ctx))
    # One of thirty hours is not safe yet: half of the three were by the third hour, nine tenths are not.
    assert (board.total.made_safe, board.total.median_h, board.total.p90_h) == (2, 3.0, None)
    assert board.total.late == board.total.unsafe - 2 == 1
    # The triage says what it is.
    (kind,) = board.kinds
    assert (kind.key, kind.figures.made_safe, kind.figures.median_h) == (IncidentKind.CABLE_SAGGING, 2, 3.0)
    unknown, known_owner = sorted(board.organisations, key=lambda line: line.key or 0)
    assert (unknown.key, unknown.name, unknown.figures.made_safe) == (None, "Chưa rõ đơn vị", 0)
    assert known_owner.figures.made_safe == 2


def test_the_heat_map_has_cells_of_those_who_may_follow_and_no_exact_place(ctx_of, incidents, client_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        (feature,) = heat_cells(ctx, first_day(ctx))["features"]
    lon, lat = feature["geometry"]["coordinates"]
    assert abs(lon - incidents["at"][0]) + abs(lat - incidents["at"][1]) > 1e-6
    assert max(abs(lon - incidents["at"][0]), abs(lat - incidents["at"][1])) < CELL_M / 100_000
    assert feature["properties"] == {"count": 5, "unsafe": 3}
    assert client_of("vnpt").get("/incidents/heat.geojson").json["features"] == []
    assert client_of(None).get("/incidents/heat.geojson").status_code in (302, 303)


def test_a_wrong_day_is_refused_with_what_there_is(client_of, incidents):
    for text, sentence in (("hôm qua", "hôm qua"), ("01/01/1999", "Không có số liệu từ ngày 01/01/1999")):
        answer = client_of("so.khcn").get(f"/incidents/board?since={text}")
        assert answer.status_code == 422
        assert sentence in answer.text


def test_the_public_sees_counts_and_states_by_commune_and_each_opens_its_list(client_of, incidents):
    client = client_of(None)
    page = client.get("/report/overview")
    pattern = re.compile(rf'<a href="(/report/incidents\?[^"]*)">([\d.]+){HIDDEN_WORDS}</a>')
    links = [(html.unescape(address), int(shown)) for address, shown in pattern.findall(page.text)]
    assert sorted(shown for _address, shown in links) == [1, 1, 1, 1, 2, 2]
    for address, shown in links:
        listed = client.get(address).text
        assert listed.count("/report/incidents/SC-") == shown, address
        for word in ("CANARYTEXT", "Kín", "Viettel", "Thẻ cáp", "Cáp võng còn 2 m"):
            assert word not in listed
    assert client.get("/report/incidents?state=reported").status_code == 404
    assert client.get("/report/incidents?unit=x").status_code == 404


def test_one_organisation_is_chosen_by_one_button_and_nothing_typed_is_lost(client_of, ctx_of):
    now = utc_now()
    incident_id = triaged(ctx_of, at=inside(ctx_of, now), now=now)
    client, address = client_of("ubnd.xa"), f"/cases/incident/{incident_id}/assign"
    page = client.get(address)
    assert 'type="radio"' in page.text
    assert 'type="checkbox"' not in page.text[page.text.index("<main") : page.text.index("</main>")]
    version = re.search(r'name="version"[^>]*value="(\d+)"', page.text)[1]
    data = {"csrf_token": token_in(page), "version": version, "basis": "mark", "proof": "Thẻ cáp ghi VIETTEL"}
    for wrong in ({}, {"organisation": "999999999"}, {"organisation": "x"}):
        refused = client.post(address, data=data | wrong)
        assert refused.status_code == 422, wrong
        assert "Thẻ cáp ghi VIETTEL</textarea>" in refused.text
    assert "Chưa chọn mục nào; hãy chọn một mục." in client.post(address, data=data).text
    with ctx_of("so.khcn", read_only=True) as ctx:
        viettel = organisation_id(ctx.session, "viettel")
    assert client.post(address, data=data | {"organisation": str(viettel)}).status_code == 303
