"""Files of other habits go in as they are meant: old encodings, units of feet, zones of neighbours, nodes of OFDS."""

import io
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, SetReading, UploadFile
from registry.imports.mapping.plan import System
from registry.imports.models import BatchState, ImportResult
from registry.imports.reading.encodings.legacy import TCVN3
from registry.imports.service import (
    apply_batch,
    check_batch,
    read_batch,
    request_apply,
    set_mapping,
    set_reading,
    upload,
)
from registry.kernel.errors import Invalid
from registry.kernel.geo.vn2000 import UTM_48N_WGS84, ZONES, to_plane
from registry.structures.codes import SharingStatus
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.messy.making import as_tcvn3, in_font, text, twice, xlsx

#: Inside Phường Hạc Thành.
LON, LAT = 105.776, 19.807
HEADER = ("Mã trạm", "Tên trạm", "Loại cột", "Chiều cao cột", "Vĩ độ", "Kinh độ")
ROW = ("T1", "Trạm Hạc Thành", "A2b", "42", "19,807", "105,776")


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path)


def sent(ctx, store, content, kind="antenna_tower"):
    owner = organisation_id(ctx.session, "viettel")
    batch = upload(ctx, store, UploadFile(owner, kind, "danh sách", io.BytesIO(content)))
    return read_batch(ctx, store, batch.id)


def mapped(ctx, batch, *, system=None, **options):
    system = system or System(batch.options["system"])
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, system, **options))
    return check_batch(ctx, batch.id)


def applied(ctx, batch):
    assert request_apply(ctx, batch.id)
    apply_batch(ctx, batch.id)
    return ctx.session.scalars(select(Structure).where(Structure.own_code == "T1")).one()


def reasons(ctx, batch):
    results = ctx.session.scalars(select(ImportResult).where(ImportResult.batch_id == batch.id))
    return " ".join(problem["reason"] for row in results for problem in row.problems or ())


def test_a_list_in_tcvn3_gives_names_in_unicode(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = sent(ctx, store, as_tcvn3(text((HEADER, ROW))))
        assert (batch.found["encoding"], batch.found["encoding_sure"]) == ("tcvn3", True)
        assert applied(ctx, mapped(ctx, batch)).name == "Trạm Hạc Thành"


@pytest.mark.parametrize(
    ("content", "offered"),
    [
        (twice(text((HEADER, ROW))), "utf-8-twice"),
        (xlsx(tuple(tuple(in_font(cell, TCVN3) for cell in row) for row in (HEADER, ROW))), "tcvn3"),
    ],
)
def test_an_encoding_that_is_only_offered_is_taken_once_a_person_says_so(ctx_of, store, content, offered):
    with ctx_of("viettel") as ctx:
        batch = sent(ctx, store, content)
        assert batch.found["encoding_offered"] == offered
        assert "name" not in batch.mapping
        set_reading(ctx, SetReading(batch.id, batch.version, encoding=offered))
        read_batch(ctx, store, batch.id)
        assert applied(ctx, mapped(ctx, batch)).name == "Trạm Hạc Thành"


def test_feet_are_refused_until_the_unit_is_accepted_and_then_become_metres(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = sent(ctx, store, text((HEADER, (*ROW[:3], "220'", *ROW[4:]))).encode())
        assert batch.found["units"]["Chiều cao cột"] == "ft"
        mapped(ctx, batch)
        assert "chọn đơn vị của cột" in reasons(ctx, batch)
        mapped(ctx, batch, units={"height_m": "ft"})
        assert reasons(ctx, batch) == ""
        assert any("220' = 67,056 m" in note for note in batch.notes)
        assert applied(ctx, batch).height_m == Decimal("67.056")


def test_the_sign_of_the_fields_own_unit_is_taken_once_accepted(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = sent(ctx, store, text((HEADER, (*ROW[:3], "45m", *ROW[4:]))).encode())
        mapped(ctx, batch)
        assert "không ghi đơn vị" in reasons(ctx, batch)
        mapped(ctx, batch, units={"height_m": "m"})
        assert applied(ctx, batch).height_m == Decimal("45")


def test_a_unit_of_another_dimension_is_refused_by_name(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = sent(ctx, store, text((HEADER, ROW)).encode())
        with pytest.raises(Invalid) as caught:
            mapped(ctx, batch, units={"height_m": "kg"})
        assert "“kg”" in caught.value.fields["height_m"][0]


@pytest.mark.parametrize("srid", [9208, 9209])
def test_metres_of_a_neighbours_zone_lie_where_they_should(ctx_of, store, srid):
    zone = ZONES[srid]
    point = to_plane(LON, LAT, zone)
    plane = [f"{value:.2f}".replace(".", ",") for value in (point.x_northing, point.y_easting)]
    with ctx_of("viettel") as ctx:
        title = (f"Tọa độ VN-2000, KTT {zone.meridian_text}, múi 3°",)
        content = text((title, (*HEADER[:4], "X", "Y"), (*ROW[:4], *plane))).encode()
        batch = sent(ctx, store, content)
        assert System(batch.options["system"]).epsg == srid
        structure = applied(ctx, mapped(ctx, batch))
        assert (structure.given_srid, reasons(ctx, batch)) == (srid, "")
        assert structure.commune_id is not None


@pytest.mark.parametrize("headings", [("X", "Y"), ("Y", "X")])
def test_metres_of_utm_are_taken_with_x_as_easting_and_with_x_as_northing(ctx_of, store, headings):
    point = to_plane(LON, LAT, UTM_48N_WGS84)
    plane = [f"{value:.2f}".replace(".", ",") for value in (point.y_easting, point.x_northing)]
    with ctx_of("viettel") as ctx:
        batch = sent(ctx, store, text(((*HEADER[:4], *headings), (*ROW[:4], *plane))).encode())
        structure = applied(ctx, mapped(ctx, batch, system=System.WGS84_UTM_48N))
        assert (structure.given_srid, structure.commune_id is not None) == (32648, True)


def test_a_date_that_is_none_is_refused_with_what_it_may_be_written_as(ctx_of, store):
    """A year alone is offered where one is taken."""
    year, day = "Nếu chỉ biết năm thì ghi năm, ví dụ 2010.", "Nếu là số ngày của bảng tính thì đó là 01/01/2020; hãy"
    cases = (("12/2020", year), ("khoảng 2015", year), ("43831", f"{day} ghi như vậy."))
    rows = [(f"T{number}", *ROW[1:], written, "") for number, (written, _advice) in enumerate(cases, 2)]
    rows = [("T9", *ROW[1:], "01/02/2020", ""), *rows]
    with ctx_of("viettel") as ctx:
        header = (*HEADER, "Ngày đưa vào sử dụng", "Ngày đo")
        batch = mapped(ctx, sent(ctx, store, text((header, *rows, (*ROW, "", "12/2020"))).encode()))
        query = select(ImportResult).where(ImportResult.batch_id == batch.id).order_by(ImportResult.number)
        _good, *of_use, of_survey = (
            [each["reason"] for each in row.problems or () if each["blocks"]] for row in ctx.session.scalars(query)
        )
    for (written, advice), (reason,) in zip(cases, of_use, strict=True):
        assert f"“{written}” không phải ngày" in reason
        assert reason.endswith(advice)
    assert of_survey
    assert "năm, ví dụ 2010" not in " ".join(of_survey)


def test_nodes_of_ofds_are_manholes_with_the_status_of_the_register(ctx_of, store):
    header = (
        "id",
        "nodes/0/id",
        "nodes/0/name",
        "nodes/0/status",
        "nodes/0/location/type",
        "nodes/0/location/coordinates",
    )
    row = ("net", "T1", "Bể cáp 1", "underConstruction", "Point", f"{LON};{LAT}")
    with ctx_of("viettel") as ctx:
        batch = sent(ctx, store, xlsx((header, row), name="nodes"), kind="manhole")
        assert batch.state is BatchState.READ
        structure = applied(ctx, mapped(ctx, batch))
        assert (structure.name, structure.status.value) == ("Bể cáp 1", "building")


FULL_HEADER = (*HEADER, "Hiện trạng dùng chung", "Số vị trí lắp đặt", "Đã sử dụng")


def full(ctx, store, used):
    return mapped(ctx, sent(ctx, store, text((FULL_HEADER, (*ROW, "Hết khả năng", "3", used))).encode()))


def test_nothing_left_means_the_users_that_the_register_knows_where_the_file_leaves_them_open(ctx_of, store):
    with ctx_of("viettel") as ctx:
        assert applied(ctx, full(ctx, store, "3")).sharing_status is SharingStatus.SHARED_FULL
        again = full(ctx, store, "")
        assert (again.counts.get("unchanged"), again.counts.get("changed")) == (1, None)
