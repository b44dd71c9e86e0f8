"""A file of cables: its column of codes becomes what carries each, drawn through it where no coordinates are given."""

import io
import itertools
import json
from datetime import date

import pytest
from sqlalchemy import Boolean, Date, Text, literal, select
from werkzeug.datastructures import MultiDict

from registry.cables.queries import list_members, member_codes
from registry.exports.structures import STRUCTURES
from registry.exports.writing import write_list
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.plan import System
from registry.imports.models import ImportResult, RowOutcome
from registry.imports.service import apply_batch, check_batch, read_batch, request_apply, set_mapping, upload
from registry.kernel.exports.dataset import ExportFormat
from registry.structures import positions
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds import KINDS
from registry.structures.kinds.cable_route import CableRoute, Laying, settled
from tests.factories.cables import cable, poles
from tests.factories.structures import make, organisation_id

TYPES = {"status": Text(), "sharing_status": Text(), "dead_flag": Boolean(), "removed_on": Date()}
HEAD = "Mã;Tên;Loại cáp;Số sợi quang;Các công trình mà cáp đi qua"


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path)


def run(ctx, store, *lines, head=HEAD, owner="viettel"):
    """Upload, check and apply a file; the batch and its results by the own code of the row's number."""
    content = "\n".join((head, *lines)).encode()
    owner_id = organisation_id(ctx.session, owner)
    batch = upload(ctx, store, UploadFile(owner_id, "cable_route", "cáp.csv", io.BytesIO(content)))
    batch = read_batch(ctx, store, batch.id)
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
    batch = check_batch(ctx, batch.id)
    if any(batch.counts.get(outcome, 0) for outcome in (RowOutcome.NEW, RowOutcome.CHANGED)):
        request_apply(ctx, batch.id)
        apply_batch(ctx, batch.id)
    query = select(ImportResult).where(ImportResult.batch_id == batch.id).order_by(ImportResult.number)
    return list(ctx.session.scalars(query))


def cable_of(ctx, own_code):
    return ctx.session.scalars(select(CableRoute).where(CableRoute.own_code == own_code)).one()


def test_a_row_without_coordinates_is_drawn_through_its_members(ctx_of, store):
    with ctx_of("viettel") as ctx:
        first, second, third = poles(ctx)
        cell = f"{first.own_code} | {second.code} | {third.own_code}"
        [row] = run(ctx, store, f"K-1;Cáp một;Cáp quang;24;{cell}")
        assert (row.outcome, row.problems) == (RowOutcome.NEW, None)
        cable_route = cable_of(ctx, "K-1")
        assert [member.code for member in list_members(ctx, cable_route)] == [first.code, second.code, third.code]
        assert len(json.loads(positions.geojson_of(ctx, cable_route.id))["coordinates"]) == 3
        assert (cable_route.laying, cable_route.sharing_status) == (Laying.AERIAL, SharingStatus.NOT_APPLICABLE)
        assert (cable_route.status, cable_route.dead_flag) == (Status.ACTIVE, None)


def test_an_unknown_code_refuses_its_row_and_is_named_with_all_the_others(ctx_of, store):
    with ctx_of("viettel") as ctx:
        first, second, _three = poles(ctx)
        rows = run(
            ctx,
            store,
            f"K-1;Cáp một;Cáp quang;24;{first.code}|KHONG-CO|CUNG-KHONG",
            f"K-2;Cáp hai;Cáp quang;24;{first.code}|{second.code}",
        )
        assert [row.outcome for row in rows] == [RowOutcome.REFUSED, RowOutcome.NEW]
        told = " ".join(problem["reason"] for problem in rows[0].problems)
        assert "“KHONG-CO”" in told
        assert "“CUNG-KHONG”" in told


def test_a_structure_of_others_that_is_not_shown_draws_no_line_and_refuses_none_that_is_given(ctx_of, store):
    with ctx_of("vnpt") as ctx:
        hidden = make(ctx, owner="vnpt", kind="cable_pole").code
        published = make(ctx, owner="vnpt", kind="cable_pole", sharing_status="available").code
    with ctx_of("viettel") as ctx:
        [pole] = poles(ctx, 1, own_code="C-1")
        head, position_text = f"{HEAD};Tọa độ", '"19,807; 105,776\n19,808; 105,777"'
        rows = run(
            ctx,
            store,
            f"K-1;Một;Cáp quang;8;C-1|{hidden};{position_text}",
            f"K-2;Hai;Cáp quang;8;C-1|{published};{position_text}",
            head=head,
        )
        assert [row.outcome for row in rows] == [RowOutcome.REFUSED, RowOutcome.NEW]
        assert [member.code for member in list_members(ctx, cable_of(ctx, "K-2"))] == [pole.code, published]


def test_the_same_file_again_changes_nothing_and_another_order_changes_the_list_only(ctx_of, store):
    with ctx_of("viettel") as ctx:
        first_pole, second_pole, third_pole = (pole.code for pole in poles(ctx))
        first = f"K-1;Cáp một;Cáp quang;24;{first_pole}|{second_pole}|{third_pole}"
        run(ctx, store, first)
    with ctx_of("viettel") as ctx:
        assert [row.outcome for row in run(ctx, store, first)] == [RowOutcome.UNCHANGED]
    with ctx_of("viettel") as ctx:
        before = positions.geojson_of(ctx, cable_of(ctx, "K-1").id)
        [row] = run(ctx, store, f"K-1;Cáp một;Cáp quang;24;{third_pole}|{first_pole}")
        assert row.outcome is RowOutcome.CHANGED
        assert row.changes == {"members": [f"{first_pole}; {second_pole}; {third_pole}", f"{third_pole}; {first_pole}"]}
        cable_route = cable_of(ctx, "K-1")
        assert [member.code for member in list_members(ctx, cable_route)] == [third_pole, first_pole]
        # The line that it has stays: the file brought none.
        assert positions.geojson_of(ctx, cable_route.id) == before


def test_a_file_without_the_column_leaves_the_lists_as_they_are(ctx_of, store):
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx, *poles(ctx), own_code="K-1")
        position_text = '"19,807; 105,776\n19,810; 105,779"'
        [row] = run(ctx, store, f"K-1;Tên khác;Cáp quang;{position_text}", head="Mã;Tên;Loại cáp;Tọa độ")
        assert row.outcome is RowOutcome.CHANGED
        assert len(member_codes(ctx.session, cable_route)) == 3


def test_dead_and_removed_cables_get_their_status_without_saying_it(ctx_of, store):
    with ctx_of("viettel") as ctx:
        first, second, _three = poles(ctx)
        head = f"{HEAD};Cáp chết;Ngày xác định cáp chết;Căn cứ xác định cáp chết;Ngày tháo dỡ"
        cell = f"{first.code}|{second.code}"
        rows = run(
            ctx,
            store,
            f"K-1;Một;Cáp quang;8;{cell};Có;01/03/2026;BB 1;",
            f"K-2;Hai;Cáp quang;8;{cell};;;;02/03/2026",
            f"K-3;Ba;Cáp quang;8;{cell};Có;;;",
            head=head,
        )
        assert [row.outcome for row in rows] == [RowOutcome.NEW, RowOutcome.NEW, RowOutcome.REFUSED]
        assert (cable_of(ctx, "K-1").status, cable_of(ctx, "K-1").dead_on) == (Status.DECOMMISSIONED, date(2026, 3, 1))
        assert cable_of(ctx, "K-2").status is Status.REMOVED


def test_what_is_exported_says_what_carries_each_cable_and_read_again_changes_nothing(ctx_of, store, tmp_path):
    with ctx_of("viettel") as ctx:
        first, second, third = (pole.code for pole in poles(ctx))
        cable(ctx, third, first, second, own_code="K-1")
        cable(ctx, own_code="K-2")
    with ctx_of("viettel") as ctx:
        source = STRUCTURES.open(ctx, MultiDict({"kind": "cable_route"}))
        index = [column.name for column in source.columns].index("members")
        # Codes are drawn, so that either cable may come first.
        carriers = [record.values[index] for record in source.records()]
        assert sorted(carriers, key=str) == sorted([f"{third}; {first}; {second}", None], key=str)
        path, _written = write_list(ctx, STRUCTURES, source, ExportFormat.CSV, tmp_path)
        lines = path.read_text(encoding="utf-8-sig")
    with ctx_of("viettel") as ctx:
        owner_id = organisation_id(ctx.session, "viettel")
        batch = upload(ctx, store, UploadFile(owner_id, "cable_route", "cáp.csv", io.BytesIO(lines.encode())))
        batch = read_batch(ctx, store, batch.id)
        assert "members" in batch.mapping
        set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
        batch = check_batch(ctx, batch.id)
        assert batch.counts.get(RowOutcome.UNCHANGED) == 2, batch.counts


def test_one_cable_and_the_columns_of_many_settle_alike(ctx_of):
    kind = KINDS["cable_route"]
    days = (None, date(2026, 3, 1))
    with ctx_of("viettel", read_only=True) as ctx:
        for status, sharing, dead, removed in itertools.product(Status, SharingStatus, (None, False, True), days):
            values = {"status": status, "sharing_status": sharing, "dead_flag": dead, "removed_on": removed}
            columns = {
                name: literal(value.value if hasattr(value, "value") else value, TYPES[name])
                for name, value in values.items()
            }
            row = ctx.session.execute(select(*kind.settled_columns(columns).values())).one()
            expected = settled(values)
            assert list(row) == [expected[name] for name in kind.settled_columns(columns)], values
