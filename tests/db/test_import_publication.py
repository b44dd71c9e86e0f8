"""A publication of several tables (OFDS) goes in at once: its lines keep the structures at which they end."""

import io
import json
import uuid
import zipfile
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from registry.cables.models import CableMember
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.fields import suggest_mapping
from registry.imports.mapping.plan import System
from registry.imports.models import BatchState, ImportResult
from registry.imports.service import (
    apply_batch,
    check_batch,
    choose_tables,
    read_batch,
    request_apply,
    set_mapping,
    upload,
)
from registry.imports.service.check import recheck_lines
from registry.structures.kinds.cable_duct import CableDuct
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.messy.making import text

LAT, LON = 19.807, 105.776
NODES = [str(uuid.UUID(int=number)) for number in range(1, 4)]


def publication(spans_of=("Cáp",), extra=()):
    """Nodes and spans as flatten-tool writes them; a span goes from each node to the next."""
    nodes = [
        ("nodes/0/id", "nodes/0/name", "nodes/0/status", "nodes/0/location/type", "nodes/0/location/coordinates")
    ] + [(node, f"Nút {n}", "operational", "Point", f"{LON + n / 2000}, {LAT}") for n, node in enumerate(NODES)]
    heads = ("id", "name", "status", "start/id", "start/name", "end/id", "end/name", "route/type", "route/coordinates")
    spans = [tuple(f"spans/0/{head}" for head in (*heads, *(head for head, _value in extra)))]
    for n, (start, end) in enumerate(pairwise(NODES)):
        ends = (start, f"Nút {n}", end, f"Nút {n + 1}")
        line = f"{LON + n / 2000} {LAT}, {LON + (n + 1) / 2000} {LAT}"
        cells = (f"S-{n}", f"{spans_of[0]} {n}", "operational", *ends, "LineString", f"LINESTRING ({line})")
        spans.append((*cells, *(value for _head, value in extra)))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, rows in (("spans.csv", spans), ("nodes.csv", nodes)):
            archive.writestr(name, text(rows))
    return content.getvalue()


CABLES = (("Loại cáp", "Cáp quang"), ("Số sợi quang", "24"), ("Cách đi cáp", "Ngầm"))
DUCTS = (("Số ống", "4"),)


@pytest.fixture
def tables(tmp_path):
    """A function: context, kind of the spans -> batches of nodes and spans, both checked."""
    store = FileStore(tmp_path)

    def send(ctx, kind, content):
        owner = organisation_id(ctx.session, "viettel")
        batch = upload(ctx, store, UploadFile(owner, "manhole", "ofds.zip", io.BytesIO(content)))
        read_batch(ctx, store, batch.id)
        batches = choose_tables(ctx, batch.id, batch.version, [("spans", kind), ("nodes", "manhole")])
        for each in batches:
            read_batch(ctx, store, each.id)
            set_mapping(ctx, SetMapping(each.id, each.version, each.mapping, System.WGS84))
            check_batch(ctx, each.id)
        return batches

    return send


def outcomes(ctx, batch):
    query = select(ImportResult.outcome).where(ImportResult.batch_id == batch.id).order_by(ImportResult.number)
    return [outcome.value for outcome in ctx.session.scalars(query.execution_options(populate_existing=True))]


def applied(ctx, batch):
    request_apply(ctx, batch.id)
    return apply_batch(ctx, batch.id)


@pytest.mark.parametrize(("kind", "extra"), [("cable_duct", DUCTS), ("cable_route", CABLES)])
def test_spans_keep_their_nodes_once_the_nodes_are_in(ctx_of, tables, kind, extra):
    with ctx_of("viettel") as ctx:
        nodes, spans = tables(ctx, kind, publication(extra=extra))
        assert (nodes.table_name, outcomes(ctx, nodes)) == ("nodes", ["new"] * 3)
        # Their nodes are not there yet, which is no reason to lose them.
        assert outcomes(ctx, spans) == ["refused"] * 2
        assert [note for note in spans.notes if "“nodes”" in note and "hãy nhập trước" in note]
        assert applied(ctx, nodes).state is BatchState.APPLIED
        assert recheck_lines(ctx, nodes) == [spans]
        check_batch(ctx, spans.id)
        assert (outcomes(ctx, spans), [note for note in spans.notes if "hãy nhập trước" in note]) == (["new"] * 2, [])
        applied(ctx, spans)
        codes = {row.id: row.own_code for row in ctx.session.execute(select(Structure.id, Structure.own_code))}
        if kind == "cable_duct":
            ducts = ctx.session.scalars(select(CableDuct).order_by(CableDuct.own_code)).all()
            ends = [[codes[duct.from_manhole_id], codes[duct.to_manhole_id]] for duct in ducts]
        else:
            members = ctx.session.scalars(select(CableMember).order_by(CableMember.cable_id, CableMember.ordinal)).all()
            ends = [[codes[each.structure_id] for each in members if codes[each.cable_id] == f"S-{n}"] for n in (0, 1)]
        assert ends == [NODES[:2], NODES[1:]]


@pytest.fixture
def lines(tmp_path):
    """A function: context, kind, headings and cells of ends, columns of the kind -> the checked batch of lines."""
    store = FileStore(tmp_path)

    def send(ctx, kind, heads, ends, extra):
        header = ("Mã", "Tên", "Các điểm", *heads, *(head for head, _value in extra))
        rows = [
            (f"S-{n}", f"Đoạn {n}", f"{LAT},{LON}; {LAT},{LON + 1 / 1000}", *cells, *(value for _head, value in extra))
            for n, cells in enumerate(ends)
        ]
        content = io.BytesIO(text((header, *rows)).encode())
        owner = organisation_id(ctx.session, "viettel")
        batch = upload(ctx, store, UploadFile(owner, kind, "doan.csv", content))
        read_batch(ctx, store, batch.id)
        set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
        return check_batch(ctx, batch.id)

    return send


@pytest.mark.parametrize(("kind", "extra"), [("cable_duct", DUCTS), ("cable_route", CABLES)])
def test_ends_that_name_no_structure_of_anyone_are_left_out_with_a_remark(ctx_of, lines, kind, extra):
    with ctx_of("viettel") as ctx:
        batch = lines(ctx, kind, ("start id", "end id"), [(f"ngã tư {n}", f"chợ {n}") for n in range(3)], extra)
        assert batch.counts.get("refused", 0) == 0
        assert sorted(note.split("”")[0] for note in batch.notes if "bị bỏ qua" in note) == [
            f"Không giá trị nào của cột “{name}" for name in ("end id", "start id")
        ]


@pytest.fixture
def ducts_of(ctx_of, tables, tmp_path):
    """A function: context, headings, rows of a sheet of ducts -> its checked batch; NODES are registered manholes."""
    store = FileStore(tmp_path)

    def send(ctx, header, rows):
        nodes, _spans = tables(ctx, "cable_duct", publication(extra=DUCTS))
        applied(ctx, nodes)
        content = io.BytesIO(text((header, *rows)).encode())
        batch = upload(
            ctx, store, UploadFile(organisation_id(ctx.session, "viettel"), "cable_duct", "cong.csv", content)
        )
        read_batch(ctx, store, batch.id)
        set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
        return check_batch(ctx, batch.id)

    return send


def drawn(ctx, batch):
    """Longitudes of both ends of each line that went in."""
    ends = [func.ST_X(at(ImportResult.place)) for at in (func.ST_StartPoint, func.ST_EndPoint)]
    query = select(*ends).where(ImportResult.batch_id == batch.id, ImportResult.structure_id.is_not(None))
    return [(round(row[0], 6), round(row[1], 6)) for row in ctx.session.execute(query.order_by(ImportResult.number))]


#: How offices head the columns of the two ends of a duct: codes of manholes, then latitude and longitude.
PAIRS_OF_HEADS = (
    ("Bể đầu", "Bể cuối", "Vĩ độ điểm đầu", "Kinh độ điểm đầu", "Vĩ độ điểm cuối", "Kinh độ điểm cuối"),
    ("Từ bể", "Đến bể", "Lat1", "Long1", "Lat2", "Long2"),
    ("Bể đầu (mã)", "Bể cuối (mã)", "Tọa độ bể đầu (Vĩ độ)", "Tọa độ bể đầu (Kinh độ)", "Vĩ độ cuối", "Kinh độ cuối"),
    ("Start code", "End code", "Lat start", "Lon start", "Lat end", "Lon end"),
)


def test_each_way_to_head_both_ends_is_suggested_for_the_same_columns():
    mapped = []
    for heads in PAIRS_OF_HEADS:
        header = ("Mã cống", "Số ống", *heads)
        mapped.append({name: header.index(head) for name, head in suggest_mapping("cable_duct", header).items()})
    assert len(mapped[0]) == 8
    assert mapped == [mapped[0]] * len(PAIRS_OF_HEADS)


@pytest.mark.parametrize(
    "heads",
    [
        pytest.param(heads, id=heads[2], marks=() if heads is PAIRS_OF_HEADS[0] else pytest.mark.trial)
        for heads in PAIRS_OF_HEADS
    ],
)
def test_ducts_with_the_coordinates_of_both_ends_go_in_though_most_manholes_are_unknown(ctx_of, ducts_of, heads):
    """A first run: nothing but the suggestions. Two of nine manholes are registered."""
    codes = [*NODES[:2], *(f"G{number}" for number in range(7))]
    spots = [(str(LAT), str(LON + number / 2000)) for number in range(9)]
    rows = [(f"C-{n}", "4", start, end, *spots[n], *spots[n + 1]) for n, (start, end) in enumerate(pairwise(codes))]
    with ctx_of("viettel") as ctx:
        batch = ducts_of(ctx, ("Mã cống", "Số ống", *heads), rows)
        assert outcomes(ctx, batch) == ["new"] * 8
        remarks = ctx.session.scalars(select(ImportResult.problems).where(ImportResult.batch_id == batch.id)).all()
        reasons = [
            problem["reason"] for problems in remarks for problem in problems or () if "để trống" in problem["reason"]
        ]
        assert len(reasons) == 13
        applied(ctx, batch)
        ducts = ctx.session.scalars(select(CableDuct).order_by(CableDuct.own_code)).all()
        assert [duct.from_manhole_code for duct in ducts] == [*NODES[:2], *[None] * 6]
        assert drawn(ctx, batch) == [(round(LON + n / 2000, 6), round(LON + (n + 1) / 2000, 6)) for n in range(8)]


def test_ducts_without_coordinates_are_drawn_between_their_manholes(ctx_of, ducts_of):
    header = ("Mã cống", "Số ống", "Bể đầu", "Bể cuối")
    rows = [("C-0", "4", NODES[0], NODES[1]), ("C-1", "4", NODES[1], NODES[2]), ("C-2", "4", NODES[2], "G9")]
    with ctx_of("viettel") as ctx:
        batch = ducts_of(ctx, header, rows)
        assert outcomes(ctx, batch) == ["new", "new", "refused"]
        applied(ctx, batch)
        duct = ctx.session.scalars(select(CableDuct).where(CableDuct.own_code == "C-0")).one()
        assert (duct.from_manhole_code, duct.to_manhole_code) == (NODES[0], NODES[1])
        assert drawn(ctx, batch)[0] == (round(LON, 6), round(LON + 1 / 2000, 6))


def test_an_unknown_end_of_a_column_that_a_person_chose_refuses_its_row(ctx_of, ducts_of):
    with ctx_of("viettel") as ctx:
        header = ("Mã cống", "Số ống", "Các điểm", "Nối A", "Nối B")
        line = f"{LAT},{LON}; {LAT},{LON + 1 / 2000}"
        batch = ducts_of(ctx, header, [("C-0", "4", line, NODES[0], "G1"), ("C-1", "4", line, NODES[0], NODES[1])])
        columns = batch.mapping | {"from_manhole_code": "Nối A", "to_manhole_code": "Nối B"}
        set_mapping(ctx, SetMapping(batch.id, batch.version, columns, System.WGS84))
        assert outcomes(ctx, check_batch(ctx, batch.id)) == ["refused", "new"]


def test_ends_alone_do_not_shorten_the_list_of_a_registered_cable(ctx_of, tables, lines):
    with ctx_of("viettel") as ctx:
        nodes, _spans = tables(ctx, "cable_route", publication(extra=CABLES))
        applied(ctx, nodes)
        batch = lines(ctx, "cable_route", ("members",), [("; ".join(NODES),)], CABLES)
        applied(ctx, batch)
        again = lines(ctx, "cable_route", ("start id", "end id"), [(NODES[0], NODES[2])], CABLES)
        assert outcomes(ctx, again) == ["unchanged"]
        other = lines(ctx, "cable_route", ("start id", "end id"), [(NODES[0], NODES[1])], CABLES)
        assert outcomes(ctx, other) == ["changed"]


def test_the_command_takes_nodes_and_spans_at_once_with_their_relations(app, ctx_of, tmp_path, database):
    file = tmp_path / "ofds.zip"
    file.write_bytes(publication(extra=DUCTS))
    tables = ("--table", "spans=cable_duct", "--table", "nodes=manhole", "--crs", "wgs84", "--json")
    command = ["structures", "import", str(file), "--owner", "viettel", "--kind", "manhole", *tables]
    result = app.test_cli_runner().invoke(args=command)
    assert result.exit_code == 0, result.output
    reports = json.loads(result.stdout)
    assert [(report["kind"], report["counts"]["applied"]) for report in reports] == [("manhole", 3), ("cable_duct", 2)]
    with database.session() as session:
        assert all(duct.from_manhole_id and duct.to_manhole_id for duct in session.scalars(select(CableDuct)))
