"""A file states height, diameter or level of the usual place; the near-site search counts what was imported."""

import contextlib
import io
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.capacity.models import CapacityEntry, CapacityPlace, PlaceUnit
from registry.capacity.room import has_room
from registry.capacity.rules import usual_unit
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.plan import System
from registry.imports.mapping.template import columns_of
from registry.imports.models import ImportResult, RowOutcome
from registry.imports.service import apply_batch, check_batch, read_batch, request_apply, set_mapping, upload
from registry.kernel.errors import Conflict
from registry.structures.commands import ChangeStatus
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.kinds.kind import Shape
from registry.structures.models import Structure
from registry.structures.writing import decommission
from tests.factories.structures import HAC_THANH, organisation_id, typed

#: Kind -> heading of its measure, what the file says, the column of the place.
MEASURES = {
    "antenna_tower": ("Cao độ của vị trí (m)", "32,5", "height_m", Decimal("32.5")),
    "cable_pole": ("Cao độ của vị trí (m)", "6", "height_m", Decimal(6)),
    "cable_duct": ("Đường kính của vị trí (mm)", "56", "diameter_mm", Decimal(56)),
    "technical_trench": ("Vị trí ở tầng thứ", "2", "level", 2),
}


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path)


def row_of(kind, **more):
    """Headings and cells of one complete structure, as its template has them."""
    lon, lat = HAC_THANH
    place = f"{lat}; {lon}" if KINDS[kind].shape is Shape.POINT else f"{lat}; {lon}\n{lat + 0.003}; {lon + 0.003}"
    given = typed(kind) | {"own_code": f"NHAP-{kind}", "status": "active"}
    cells = {}
    for column in columns_of(KINDS[kind], "wgs84"):
        if column.name in given and column.name != "position":
            cells[column.heading()] = _written(column.declared, given[column.name])
    return cells | {"Tọa độ (một ô)": place, "Tổng số vị trí": "3"} | more


def _written(field, value):
    if field is not None and field.choices is not None and value:
        return str(field.choices(value).label)
    return {"true": "Có", "false": "Không"}.get(value, value)


def run(ctx, store, kind, cells):
    """Import a file of one row; its result."""
    text = "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in (cells, cells.values()))
    owner_id = organisation_id(ctx.session, "viettel")
    batch = upload(ctx, store, UploadFile(owner_id, kind, "tệp.csv", io.BytesIO(text.encode())))
    batch = read_batch(ctx, store, batch.id)
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System("wgs84"), outside_area=False))
    batch = check_batch(ctx, batch.id)
    with contextlib.suppress(Conflict):
        # There may be nothing to bring in.
        request_apply(ctx, batch.id)
        apply_batch(ctx, batch.id)
    ctx.session.expire_all()
    return ctx.session.scalars(select(ImportResult).where(ImportResult.batch_id == batch.id)).one()


def place(ctx, kind):
    """The place of the imported structure."""
    query = select(CapacityPlace).join(Structure, Structure.id == CapacityPlace.structure_id)
    return ctx.session.scalars(query.where(Structure.own_code == f"NHAP-{kind}")).one()


@pytest.mark.parametrize("kind", sorted(MEASURES))
def test_a_measure_comes_in_and_is_corrected_by_the_next_file(ctx_of, store, kind):
    heading, cell, name, value = MEASURES[kind]
    with ctx_of("viettel") as ctx:
        made = run(ctx, store, kind, row_of(kind, **{heading: cell}))
        assert made.outcome is RowOutcome.NEW, made.problems
        found = place(ctx, kind)
        assert (found.unit, getattr(found, name)) == (usual_unit(KINDS[kind]), value)
    with ctx_of("viettel") as ctx:
        assert run(ctx, store, kind, row_of(kind, **{heading: cell})).outcome is RowOutcome.UNCHANGED
    with ctx_of("viettel") as ctx:
        again = run(ctx, store, kind, row_of(kind, **{heading: "4"}))
        assert (again.outcome, getattr(place(ctx, kind), name)) == (RowOutcome.CHANGED, 4), again.problems
        assert again.changes[f"capacity_{name}"][1] == "4"
    with ctx_of("viettel") as ctx:
        # A file that says nothing of it leaves it as it is.
        run(ctx, store, kind, row_of(kind))
        assert getattr(place(ctx, kind), name) == 4


@pytest.mark.parametrize(
    ("kind", "heading", "cell", "words"),
    [
        ("antenna_tower", "Cao độ của vị trí (m)", "99,5", "lớn hơn chiều cao công trình"),
        ("antenna_tower", "Đường kính của vị trí (mm)", "110", "không có số đo này"),
        ("cable_duct", "Vị trí ở tầng thứ", "1", "không có số đo này"),
        ("technical_trench", "Vị trí ở tầng thứ", "0", "từ 1 đến 100"),
    ],
)
def test_a_measure_that_does_not_fit_is_refused_in_words(ctx_of, store, kind, heading, cell, words):
    with ctx_of("viettel") as ctx:
        result = run(ctx, store, kind, row_of(kind, **{heading: cell}))
    assert result.outcome is RowOutcome.REFUSED
    assert any(words in problem["reason"] for problem in result.problems), result.problems


def test_a_file_ends_no_structure_over_its_occupants_and_brings_no_occupant_to_one_out_of_service(ctx_of, store):
    with ctx_of("viettel") as ctx:
        run(ctx, store, "cable_pole", row_of("cable_pole", **{"Số vị trí đã sử dụng": "1"}))
    with ctx_of("viettel") as ctx:
        ended = run(ctx, store, "cable_pole", row_of("cable_pole", **{"Trạng thái *": "Ngừng khai thác"}))
        assert ended.outcome is RowOutcome.REFUSED
        assert any("còn mục đang sử dụng" in problem["reason"] for problem in ended.problems), ended.problems
    with ctx_of("viettel") as ctx:
        made = ctx.session.scalars(select(Structure).where(Structure.own_code == "NHAP-cable_pole")).one()
        decommission(ctx, ChangeStatus(made.code, made.version, "Ngầm hóa", occupants="end"))
    with ctx_of("viettel") as ctx:
        cells = row_of("cable_pole", **{"Trạng thái *": "Ngừng khai thác", "Số vị trí đã sử dụng": "2"})
        more = run(ctx, store, "cable_pole", cells)
        assert more.outcome is RowOutcome.REFUSED
        assert any("không nhận thêm vị trí" in problem["reason"] for problem in more.problems), more.problems


@pytest.mark.parametrize("kind", sorted(HOSTS))
def test_what_was_imported_is_counted_where_sites_are_planned(ctx_of, store, kind):
    with ctx_of("viettel") as ctx:
        result = run(ctx, store, kind, row_of(kind))
        assert result.outcome is RowOutcome.NEW, result.problems
        fits = select(Structure.own_code).where(has_room(usual_unit(KINDS[kind]), 3))
        assert f"NHAP-{kind}" in ctx.session.scalars(fits).all()
        assert place(ctx, kind).unit in PlaceUnit


@pytest.mark.parametrize(
    ("written", "code", "name"), [("VNPT", "vnpt", None), ("Công ty Cáp Lam Sơn", None, "Công ty Cáp Lam Sơn")]
)
def test_who_uses_a_place_is_the_organisation_of_that_name_else_the_name_alone(ctx_of, store, written, code, name):
    with ctx_of("viettel") as ctx:
        cells = row_of("cable_pole", **{"Số vị trí đã sử dụng": "1", "Đơn vị sử dụng": written})
        result = run(ctx, store, "cable_pole", cells)
        assert result.outcome is RowOutcome.NEW
        entry = ctx.session.scalars(
            select(CapacityEntry).where(CapacityEntry.place_id == place(ctx, "cable_pole").id)
        ).one()
        assert (entry.quantity, entry.holder_name) == (1, name)
        assert entry.holder_id == (code and organisation_id(ctx.session, code))
