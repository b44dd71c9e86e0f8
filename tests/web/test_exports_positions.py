"""An exported file tells an outsider no more of another owner's position than the map does (P2)."""

import io
import struct
import zipfile

import pytest
from shapely.geometry import box, shape

from tests.factories.structures import make
from tests.support import shared
from tests.support.exports import as_rows, download
from tests.support.public_files import make_all

database, app, ctx_of, client_of, taken_back = shared.FIXTURES

FORMATS = ("csv", "xlsx", "geojson", "gpkg", "kml", "shp")
#: A process of its own writes each of these files.
BY_A_PROCESS = ("gpkg", "shp")
HERE = (105.7763127, 19.8071349)
LINE = (105.7863129, 19.8171357)
SECRET = {"name": "Hoàng yến ẩn", "own_code": "CANARY-7731", "address": "ngõ kín số mốt", "note": "BÍ MẬT 4482"}
RIVALS = ("vnpt", None, "bo.khcn", "quantri", "nguoidan")


@pytest.fixture(scope="module")
def hidden(ctx_of):
    """A tower and a duct that their owner has not published, and a tower that is restricted."""
    with ctx_of("viettel") as ctx:
        make(ctx, owner="viettel", at=HERE, **SECRET)
        make(ctx, owner="viettel", kind="cable_duct", at=LINE, name="Tuyến cống ẩn", own_code="CANARY-LINE")
        make(ctx, owner="viettel", at=HERE, sharing_status="restricted", name="Trạm cấm", own_code="CANARY-X")


def spelt(number):
    """How a coordinate may stand in a file: with either mark, or as eight bytes in either order."""
    text = f"{number:.4f}"
    return [
        text.encode(),
        text.replace(".", ",").encode(),
        struct.pack("<d", number),
        struct.pack(">d", number),
    ]


def everything_in(file_format, content):
    """All bytes of a file, those inside of its zip included."""
    if file_format not in ("xlsx", "shp"):
        return content
    archive = zipfile.ZipFile(io.BytesIO(content))
    return b"\n".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize(
    ("file_format", "in_turn"),
    [
        *((name, name in BY_A_PROCESS) for name in FORMATS),
        *(pytest.param(name, False, marks=pytest.mark.trial) for name in BY_A_PROCESS),
    ],
    ids=[*FORMATS, *(f"{name}-all" for name in BY_A_PROCESS)],
)
def test_the_canary_is_in_no_format(app, client_of, hidden, file_format, in_turn):
    """Every rival takes out all and each kind; `in_turn` the first takes out all and the public one kind."""
    make_all(app)
    canaries = [word.encode() for word in (*SECRET.values(), "CANARY", "Trạm cấm", "Tuyến cống ẩn")]
    canaries += [spelling for number in (*HERE, *LINE) for spelling in spelt(number)]
    queries = ({}, {"kind": "antenna_tower"}, {"kind": "cable_duct"})
    for number, username in enumerate(RIVALS[:2] if in_turn else RIVALS):
        for query in (queries[number],) if in_turn else queries:
            content = everything_in(file_format, download(client_of(username), "structures", file_format, **query).data)
            canaries_found = [canary for canary in canaries if canary in content]
            assert canaries_found == [], (username, query)
    own = everything_in(file_format, download(client_of("viettel"), "structures", file_format).data)
    assert b"CANARY-7731" in own


def test_what_is_known_as_a_cell_leaves_as_a_cell_and_says_so(client_of, hidden):
    rows, about = as_rows("geojson", download(client_of("vnpt"), "structures", "geojson").data)
    # The restricted one is not known at all.
    assert len(rows) == 2
    assert "ô lưới" in about
    for row, position in zip(sorted(rows, key=lambda row: row["kind"]), (LINE, HERE), strict=False):
        cell = shape(row["geometry"])
        assert cell.geom_type == "MultiPolygon"
        assert row["precision"].startswith("ô lưới từ")
        told = {name: value for name, value in row.items() if value is not None}
        assert set(told) == {"registry_code", "kind", "owner_category", "precision", "geometry"}
        assert cell.intersects(box(*position, position[0] + 1e-6, position[1] + 1e-6))


def test_the_owner_and_the_department_read_the_exact_place(client_of, hidden):
    for username in ("viettel", "so.khcn"):
        rows, _about = as_rows("geojson", download(client_of(username), "structures", "geojson").data)
        row = next(row for row in rows if row["own_code"] == "CANARY-7731")
        assert row["geometry"]["coordinates"] == list(HERE)
        assert row["precision"] == "chính xác"


def test_the_restricted_one_is_taken_out_by_nobody_but_its_owner_and_the_departments(client_of, hidden):
    for username, count in (("viettel", 3), ("so.khcn", 3), ("so.taichinh", 2), ("kiemtra2", 2), ("vnpt", 2)):
        rows, _about = as_rows("geojson", download(client_of(username), "structures", "geojson").data)
        assert len(rows) == count, username
