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

HEIGHT, DIAMETER, LEVEL = "Cao độ của vị trí (m)", "Đường kính của vị trí (mm)", "Vị trí ở tầng thứ"
#: Kind -> heading of its measure, what the file says, the column of the place.
MEASURES = {
    "antenna_tower": (HEIGHT, "32,5", "height_m", Decimal("32.5")),
    "cable_pole": (HEIGHT, "6", "height_m", Decimal(6)),
    "cable_duct": (DIAMETER, "56", "diameter_mm", Decimal(56)),
    "technical_trench": (LEVEL, "2", "level", 2),
}
#: Kind -> heading, a cell that does not fit, words of the refusal.
UNFIT = {
    "antenna_tower": ((HEIGHT, "99,5", "lớn hơn chiều cao công trình"), (DIAMETER, "110", "không có số đo này")),
    "cable_duct": ((LEVEL, "1", "không có số đo này"),),
    "technical_trench": ((LEVEL, "0", "từ 1 đến 100"),),
}


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path)


def row_of(kind, number=0, **more):
    """Headings and cells of one complete structure, as its template has them; each number stands elsewhere."""
    lon, lat = HAC_THANH[0], HAC_THANH[1] + number * 0.0005
    position_text = f"{lat}; {lon}" if KINDS[kind].shape is Shape.POINT else f"{lat}; {lon}\n{lat}; {lon + 0.003}"
    values = typed(kind) | {"own_code": code_of(kind, number), "status": "active"}
    cells = {}
    for column in columns_of(KINDS[kind], "wgs84"):
        if column.name in values and column.name != "position":
            cells[column.heading()] = _written(column.declared, values[column.name])
    return cells | {"Tọa độ (một ô)": position_text, "Tổng số vị trí": "3"} | more


def code_of(kind, number=0):
    return f"NHAP-{kind}-{number}"


def _written(field, value):
    if field is not None and field.choices is not None and value:
        return str(field.choices(value).label)
    return {"true": "Có", "false": "Không"}.get(value, value)


def run(ctx, store, kind, *rows):
    """Import a file of rows with the same headings; their results, of one row alone that one."""
    lines = (rows[0], *(cells.values() for cells in rows))
    text = "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines)
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
    query = select(ImportResult).where(ImportResult.batch_id == batch.id).order_by(ImportResult.number)
    results = ctx.session.scalars(query).all()
    return results if len(rows) > 1 else results[0]


def place(ctx, kind, number=0):
    """The place of an imported structure."""
    query = select(CapacityPlace).join(Structure, Structure.id == CapacityPlace.structure_id)
    return ctx.session.scalars(query.where(Structure.own_code == code_of(kind, number))).one()


def is_counted(ctx, kind, number=0):
    """Whether a search for sites with room for three finds it."""
    fits = select(Structure.own_code).where(has_room(usual_unit(KINDS[kind]), 3))
    return code_of(kind, number) in ctx.session.scalars(fits).all()


@pytest.mark.parametrize("kind", sorted(MEASURES))
def test_a_measure_comes_in_where_it_fits_and_is_corrected_by_the_next_file(ctx_of, store, kind):
    heading, cell, name, value = MEASURES[kind]
    unfit = UNFIT.get(kind, ())
    silent = dict.fromkeys([heading, *(other for other, _cell, _words in unfit)], "")
    with ctx_of("viettel") as ctx:
        cells = [{heading: cell}, {heading: cell}, {}, *({other: wrong} for other, wrong, _words in unfit)]
        results = run(ctx, store, kind, *(row_of(kind, n, **silent | more) for n, more in enumerate(cells)))
        new, refused = results[:3], results[3:]
        assert [row.outcome for row in new] == [RowOutcome.NEW] * 3, [row.problems for row in new]
        slot = place(ctx, kind)
        assert (slot.unit, getattr(slot, name)) == (usual_unit(KINDS[kind]), value)
        assert is_counted(ctx, kind, 2), "one of which nothing is said"
        assert [row.outcome for row in refused] == [RowOutcome.REFUSED] * len(unfit)
        for row, (_heading, _cell, words) in zip(refused, unfit, strict=True):
            assert any(words in problem["reason"] for problem in row.problems), row.problems
    with ctx_of("viettel") as ctx:
        rows = row_of(kind, 0, **{heading: cell}), row_of(kind, 1, **{heading: "4"})
        same, changed = run(ctx, store, kind, *rows)
        assert same.outcome is RowOutcome.UNCHANGED
        assert (changed.outcome, getattr(place(ctx, kind, 1), name)) == (RowOutcome.CHANGED, 4), changed.problems
        assert changed.changes[f"capacity_{name}"][1] == "4"
    with ctx_of("viettel") as ctx:
        # A file that says nothing of it leaves it as it is.
        run(ctx, store, kind, row_of(kind, 1))
        assert getattr(place(ctx, kind, 1), name) == 4


def test_a_file_ends_no_structure_over_its_occupants_and_brings_no_occupant_to_one_out_of_service(ctx_of, store):
    with ctx_of("viettel") as ctx:
        run(ctx, store, "cable_pole", row_of("cable_pole", **{"Số vị trí đã sử dụng": "1"}))
    with ctx_of("viettel") as ctx:
        ended = run(ctx, store, "cable_pole", row_of("cable_pole", **{"Trạng thái *": "Ngừng khai thác"}))
        assert ended.outcome is RowOutcome.REFUSED
        assert any("còn mục đang sử dụng" in problem["reason"] for problem in ended.problems), ended.problems
    with ctx_of("viettel") as ctx:
        structure = ctx.session.scalars(select(Structure).where(Structure.own_code == code_of("cable_pole"))).one()
        decommission(ctx, ChangeStatus(structure.code, structure.version, "Ngầm hóa", occupants="end"))
    with ctx_of("viettel") as ctx:
        cells = row_of("cable_pole", **{"Trạng thái *": "Ngừng khai thác", "Số vị trí đã sử dụng": "2"})
        more = run(ctx, store, "cable_pole", cells)
        assert more.outcome is RowOutcome.REFUSED
        assert any("không nhận thêm vị trí" in problem["reason"] for problem in more.problems), more.problems


@pytest.mark.parametrize("kind", sorted(HOSTS.keys() - MEASURES.keys()))
def test_what_was_imported_is_counted_where_sites_are_planned(ctx_of, store, kind):
    with ctx_of("viettel") as ctx:
        result = run(ctx, store, kind, row_of(kind))
        assert result.outcome is RowOutcome.NEW, result.problems
        assert is_counted(ctx, kind)
        assert place(ctx, kind).unit in PlaceUnit


def test_who_uses_a_place_is_the_organisation_of_that_name_else_the_name_alone(ctx_of, store):
    used = ("VNPT", "vnpt", None), ("Công ty Cáp Lam Sơn", None, "Công ty Cáp Lam Sơn")
    with ctx_of("viettel") as ctx:
        cells = [{"Số vị trí đã sử dụng": "1", "Đơn vị sử dụng": written} for written, _code, _name in used]
        rows = run(ctx, store, "cable_pole", *(row_of("cable_pole", n, **more) for n, more in enumerate(cells)))
        assert [row.outcome for row in rows] == [RowOutcome.NEW] * 2
        for number, (_written, code, name) in enumerate(used):
            place_id = place(ctx, "cable_pole", number).id
            entry = ctx.session.scalars(select(CapacityEntry).where(CapacityEntry.place_id == place_id)).one()
            assert (entry.quantity, entry.holder_name) == (1, name)
            assert entry.holder_id == (code and organisation_id(ctx.session, code))
