"""What readers who know structures as cells only learn of a violation is the same wherever it lies in its cell."""

import gzip
import json

import pytest
from sqlalchemy import select, text

from registry.audit.chain import record
from registry.kernel.geo.vn2000 import PlanePoint, to_wgs84
from registry.violations.codes import Receiver
from registry.violations.models import Violation, ViolationKind
from tests.factories.structures import make, organisation_id
from tests.factories.violations import log, move, with_minutes
from tests.support.hidden_world import SIDE_M, cell_of, place_at_border
from tests.support.outsider import tile_at, words_of

COARSE = "ubnd.tinh"
_RESTRICT = text("UPDATE structure SET sharing_status = 'restricted' WHERE id = :structure")
_PUT_ON = text("UPDATE violation SET structure_id = :structure WHERE id = :id")
_MOVE = text("UPDATE violation SET place = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) WHERE id = :id")


@pytest.fixture
def at_border(ctx_of):
    """Longitude and latitude of the place, its own commune, and the public one."""
    return place_at_border(ctx_of)


@pytest.fixture
def violation_id(ctx_of, at_border):
    return with_minutes(ctx_of, at=at_border[0], address="Ngõ 5 đường Hạc Thành", accuracy_m=7)


def middle_of(position):
    across, up = ((number + 0.5) * SIDE_M for number in cell_of(position))
    return to_wgs84(PlanePoint(x_northing=up, y_easting=across))


def write(ctx_of, statement, **values):
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(text("RESET ROLE"))
        ctx.session.execute(statement, values)
        record(ctx, "test.change", "violation", values.get("id"))


def body(client, address):
    with client.get(address) as answer:
        return answer.data


def answers(client, violation_id, position):
    """Address -> status and words of all that is said of a violation, with tiles around its place."""
    pages = ["/violations", f"/violations/{violation_id}", "/violations/figures", "/search?q=cáp"]
    pages += [f"/exports/violations.{form}" for form in ("csv", "geojson")]
    pages += [f"/violations/{violation_id}/papers", f"/violations/{violation_id}/papers/minutes.docx"]
    pages += ["/violations/tiles/{}/{}/{}.mvt".format(zoom, *tile_at(*position, zoom)) for zoom in (9, 12, 15, 18)]
    answered = {}
    for page in pages:
        with client.get(page) as answer:
            answered[page] = (answer.status_code, words_of(answer))
    return answered


def test_a_coarse_reader_gets_one_answer_for_the_whole_cell(ctx_of, client_of, violation_id, at_border):
    position, own, public = at_border
    client = client_of(COARSE)
    before = answers(client, violation_id, position)
    write(ctx_of, _MOVE, id=violation_id, lon=middle_of(position)[0], lat=middle_of(position)[1])
    after = answers(client, violation_id, position)
    assert [page for page in before if before[page] != after[page]] == []
    assert public in before[f"/violations/{violation_id}"][1]
    all_text = "\n".join(words for _status, words in before.values())
    exact = [f"{number:.9f}"[:-5].replace(".", mark) for number in position for mark in ".,"]
    assert [word for word in (own, "Ngõ 5", "UBND xã, phường (mẫu)", *exact) if word in all_text] == []


@pytest.mark.parametrize("reader", ["kiemtra1", "ubnd.xa", "so.khcn", "so.xaydung"])
def test_who_handles_the_case_reads_the_exact_place(client_of, violation_id, at_border, reader):
    (lon, lat), own, _public = at_border
    texts = answers(client_of(reader), violation_id, (lon, lat))
    page = texts[f"/violations/{violation_id}"][1]
    assert own in page
    assert "Ngõ 5" in page
    assert f"{lat:.6f}".replace(".", ",") in texts["/exports/violations.csv"][1]
    assert texts[f"/violations/{violation_id}/papers/minutes.docx"][0] == 200


def test_the_accused_reads_the_exact_place(ctx_of, client_of, at_border):
    with ctx_of(None, read_only=True) as ctx:
        accused = organisation_id(ctx.session, "vnpt")
    case_id = with_minutes(ctx_of, at=at_border[0], organisation_id=accused)
    page = client_of("vnpt").get(f"/violations/{case_id}")
    assert page.status_code == 200
    assert at_border[1] in page.text


def test_the_middle_of_the_cell_is_on_the_map_of_a_coarse_reader(client_of, violation_id, at_border):
    rows = json.loads(body(client_of(COARSE), "/exports/violations.geojson"))["features"]
    (row,) = rows
    middle = middle_of(at_border[0])
    assert row["geometry"]["coordinates"] == pytest.approx(middle, abs=2e-6)
    at_middle, at_place = (
        gzip.decompress(body(client_of(COARSE), "/violations/tiles/18/{}/{}.mvt".format(*tile_at(*at, 18))))
        for at in (middle, at_border[0])
    )
    assert at_middle
    assert not at_place


def test_the_filter_by_unit_goes_by_the_public_commune(ctx_of, client_of, violation_id, at_border):
    with ctx_of("so.khcn", read_only=True) as ctx:
        own, public = ctx.session.execute(
            select(Violation.unit_id, Violation.public_unit_id).where(Violation.id == violation_id)
        ).one()
        number = ctx.session.get_one(Violation, violation_id).number
    listed = {unit: number in client_of(COARSE).get(f"/violations?unit={unit}").text for unit in (own, public)}
    assert listed == {own: False, public: True}
    assert number in client_of("kiemtra1").get(f"/violations?unit={own}").text


def test_a_title_names_the_act_alone(ctx_of, violation_id):
    with ctx_of("so.khcn", read_only=True) as ctx:
        case = ctx.session.get_one(Violation, violation_id)
        assert case.title == ctx.session.get_one(ViolationKind, case.kind_id).act


def test_a_case_passed_to_the_chair_of_the_province_is_read_whole(ctx_of, client_of, violation_id, at_border):
    move(ctx_of, "kiemtra1", violation_id, "transfer", receiver=Receiver.PROVINCE_CHAIR, text="Vượt thẩm quyền")
    texts = answers(client_of(COARSE), violation_id, at_border[0])
    assert "Ngõ 5" in texts[f"/violations/{violation_id}"][1]
    assert texts[f"/violations/{violation_id}/papers/minutes.docx"][0] == 200


def test_the_province_learns_nothing_of_a_violation_on_a_restricted_structure(ctx_of, client_of, at_border):
    client = client_of(COARSE)
    with ctx_of("viettel") as ctx:
        structure = make(ctx, at=at_border[0])
    before = answers(client, 1, at_border[0])
    case_id = log(ctx_of, at=at_border[0], structure_code=structure.code)
    write(ctx_of, _RESTRICT, structure=structure.id)
    assert answers(client, 1, at_border[0]) == before
    assert client.get(f"/violations/{case_id}").status_code == 404
    assert client_of("so.khcn").get(f"/violations/{case_id}").status_code == 200
