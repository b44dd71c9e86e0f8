"""The check of an import says nothing of others' unpublished structures but yes or no for the cells of its rows."""

import io
import re
from random import Random

import pytest
from sqlalchemy import select

from registry.audit.access_log import log_action, logged_accesses
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import ImportResult, RowOutcome
from registry.imports.service import check_batch, read_batch, set_mapping, upload
from registry.structures import positions
from tests.factories.structures import HAC_THANH, make, organisation_id
from tests.support.hidden_world import KIND, SHOWN, cell_of, east_of, move, place_in, register

HEADER = "Mã trạm;Tên trạm;Loại cột;Chiều cao cột (m);Vĩ độ;Kinh độ;Hiện trạng dùng chung;Số vị trí lắp đặt\n"
#: The words that named a row, and those of the note on the whole file.
ROWWISE, CELLWISE = "đã có công trình cùng loại", "chưa công bố của đơn vị khác"


def line(number, position, *, coded=True):
    """A row of a list of towers; without a code it is compared with those of the owner."""
    lon, lat = position
    code = f"VN-{number:04d}" if coded else ""
    return f"{code};Trạm {number};A2b;42;{lat:.7f};{lon:.7f};Còn khả năng dùng chung;3\n"


def probes(places, seed):
    """Rows on, beside and away from places: what a rival uploads who looks for something."""
    random = Random(seed)  # noqa: S311
    around = [east_of(position, metres) for position in places for metres in (0, 1, 7, 19, 21, 60)]
    around += [place_in(random, cell_of(HAC_THANH)) for _number in range(10)]
    return [line(number, position, coded=number % 3 > 0) for number, position in enumerate(around, 1)]


def read(ctx, folder, rows, owner="vnpt"):
    """A batch of the rows for an owner, read and waiting for its columns."""
    content = io.BytesIO((HEADER + "".join(rows)).encode())
    owner_id = organisation_id(ctx.session, owner)
    store = FileStore(folder)
    return read_batch(ctx, store, upload(ctx, store, UploadFile(owner_id, KIND, "a.csv", content)).id)


def checked(ctx, batch, *, anew=True):
    """What a check says: by row, of the file, and the counts; `anew`: as if its cells had not been asked about."""
    if anew:
        batch.options = {name: value for name, value in batch.options.items() if name != "others"}
        # Before its version is read: each change of a batch is one.
        ctx.session.flush()
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
    check_batch(ctx, batch.id)
    rows = ctx.session.scalars(
        select(ImportResult)
        .where(ImportResult.batch_id == batch.id)
        .order_by(ImportResult.number)
        .execution_options(populate_existing=True)
    )
    outcomes = [(row.number, row.outcome, row.warned, row.structure_id, row.problems) for row in rows]
    # The number of the question counts on from one check to the next.
    notes = [re.sub(r"lượt tra cứu thứ \d+", "lượt tra cứu", note) for note in batch.notes if CELLWISE in note]
    return outcomes, notes, dict(batch.counts)


def middles(note):
    """The cells that a note names, by the middles that it gives."""
    return {cell_of((float(lon), float(lat))) for lat, lon in re.findall(r"(\d+\.\d{4}), (\d+\.\d{4})", note)}


@pytest.mark.parametrize("seed", [1, 2])
def test_wherever_hidden_structures_lie_in_their_cells_the_check_says_the_same(ctx_of, tmp_path, seed):
    hidden = register(ctx_of, seed)
    first = [each.place for each in hidden]
    move(ctx_of, hidden, seed + 100)
    rows = probes([*first, *(each.place for each in hidden)], seed)
    with ctx_of("vnpt") as ctx:
        batch = read(ctx, tmp_path, rows)
        reported = checked(ctx, batch)
        batch_id = batch.id
    assert {outcome for _number, outcome, *_rest in reported[0]} == {RowOutcome.NEW}
    assert ROWWISE not in str(reported)
    move(ctx_of, hidden, seed + 200)
    with ctx_of("vnpt") as ctx:
        again = ctx.session.get(type(batch), batch_id)
        assert checked(ctx, again) == reported
        # Of plans and restricted structures not even the cell is said.
        (note,) = reported[1]
        assert middles(note) == {each.cell for each in hidden if each.is_shown}


def test_only_what_the_public_map_shows_is_a_yes_and_a_no_is_counted_too(ctx_of, tmp_path):
    here = cell_of(HAC_THANH)
    with ctx_of("viettel") as ctx:
        for status, sharing in (("planned", "not_assessed"), ("building", "not_assessed"), ("active", "restricted")):
            make(ctx, at=place_in(Random(status), here), status=status, sharing_status=sharing)  # noqa: S311
    with ctx_of("vnpt") as ctx:
        _rows, (note,), _counts = checked(
            ctx, read(ctx, tmp_path, [line(1, HAC_THANH), line(2, east_of(HAC_THANH, 9))])
        )
        looks, owners = logged_accesses(ctx)
        assert "không có trong 1 ô lưới" in note
        assert (log_action(ctx), owners) == ("question", set())
        assert [(look["what"], look["number"], look["cells"], look["asked"]) for look in looks] == [
            ("import_cells", 1, 0, 1)
        ]
    for status, sharing in SHOWN:
        with ctx_of("viettel") as ctx:
            make(ctx, at=place_in(Random(status + sharing), here), status=status, sharing_status=sharing)  # noqa: S311
    with ctx_of("vnpt") as ctx:
        _rows, (note,), _counts = checked(ctx, read(ctx, tmp_path, [line(1, HAC_THANH)]))
        assert middles(note) == {here}
        assert logged_accesses(ctx)[1] == {organisation_id(ctx.session, "viettel")}


def test_published_and_own_structures_near_a_row_are_named(ctx_of, tmp_path):
    """The tests above could pass on a check that compares nothing."""
    near = east_of(HAC_THANH, 9)
    with ctx_of("viettel") as ctx:
        published = make(ctx, at=near, sharing_status="available").code
    with ctx_of("vnpt") as ctx:
        own = make(ctx, owner="vnpt", at=near, status="planned").code
        rows, _notes, _counts = checked(ctx, read(ctx, tmp_path, [line(1, HAC_THANH)]))
        assert published in str(rows)
        assert own in str(rows)


@pytest.mark.parametrize("username", ["quantri", "so.khcn"])
def test_who_imports_for_another_owner_is_told_no_more_than_that_owner(ctx_of, tmp_path, username):
    """What a check says is kept with the batch, which the owner reads, too; an administrator reads no structures."""
    near = east_of(HAC_THANH, 4)
    with ctx_of("viettel") as ctx:
        hidden = make(ctx, at=near).code
    with ctx_of("vnpt") as ctx:
        own = make(ctx, owner="vnpt", at=near).code
    with ctx_of(username) as ctx:
        rows, notes, _counts = checked(
            ctx, read(ctx, tmp_path, [line(1, HAC_THANH), line(2, east_of(HAC_THANH, 5), coded=False)])
        )
        assert notes == []
        assert hidden not in str(rows)
        assert ROWWISE not in str(rows)
        may_read = username == "so.khcn"
        assert positions.sees_all(ctx) is may_read
        assert (own in str(rows)) is may_read
        assert [outcome for _number, outcome, *_rest in rows] == [
            RowOutcome.NEW,
            RowOutcome.DUPLICATE if may_read else RowOutcome.NEW,
        ]


def test_the_same_cells_are_one_question_a_day_however_often_they_are_checked(ctx_of, tmp_path):
    with ctx_of("vnpt") as ctx:
        batch = read(ctx, tmp_path, [line(1, HAC_THANH)])
        first = checked(ctx, batch)[1]
        batch_id = batch.id
    with ctx_of("vnpt") as ctx:
        batch = ctx.session.get(type(batch), batch_id)
        assert checked(ctx, batch, anew=False)[1] == first
        assert logged_accesses(ctx) == ([], set())
