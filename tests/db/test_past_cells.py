"""Who knows a structure by its cell sees today's cell at every time: two cells would lead to the edge between them."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from registry.kernel.geo.vn2000 import to_plane
from registry.structures import positions
from registry.structures.commands import EditStructure
from registry.structures.positions import geojson_of, readable
from registry.structures.positions.moment import When
from registry.structures.writing import edit_structure
from tests.factories.structures import make, position_at
from tests.support.hidden_world import SIDE_M, cell_of, east_of, place_in
from tests.support.rounds import seeds

REGISTERED = datetime(2025, 3, 5, 8, tzinfo=UTC)
NOW = datetime(2026, 6, 5, 8, tzinfo=UTC)
READERS = ("vnpt", None, "ubnd.tinh")


def at_edge(random, cell):
    """A place less than five metres west of the eastern edge of a cell."""
    position = place_in(random, cell)
    return east_of(position, SIDE_M - random.uniform(0.5, 4.5) - to_plane(*position).y_easting % SIDE_M)


def corrected(ctx_of, seed):
    """A tower near an edge, moved some metres to and fro: now, and with effect from a past day; its code and id."""
    random = Random(seed)  # noqa: S311
    position = at_edge(random, cell_of((105.776, 19.807)))
    with ctx_of("viettel", now=REGISTERED) as ctx:
        structure = make(ctx, at=position)
        code, row_id = structure.code, structure.id
    moments = sorted(REGISTERED + timedelta(days=random.randint(30, 400)) for _number in range(3))
    shifts = random.sample([-20, 5, 9], 3)
    for version, moment in enumerate(moments, 1):
        since = random.choice([None, (REGISTERED + timedelta(days=random.randint(1, 25))).date()])
        moved = east_of(position, shifts[version - 1])
        with ctx_of("viettel", now=moment) as ctx:
            edit_structure(ctx, EditStructure(code, version, position=position_at(*moved), effective_on=since))
    return row_id, moments


def asked(moments):
    """Times before and after each correction, by both questions."""
    times = [moment + timedelta(hours=shift) for moment in moments for shift in (-30, 30)]
    for at in times:
        yield When(recorded_at=at)
        yield When(as_of=at.date())
        yield When(as_of=(REGISTERED + timedelta(days=10)).date(), recorded_at=at)


@pytest.mark.parametrize("seed", seeds(2, 8))
def test_no_time_shows_another_cell_than_todays(ctx_of, seed):
    row_id, moments = corrected(ctx_of, seed)
    for username in READERS:
        with ctx_of(username, now=NOW, read_only=True) as ctx:
            today = positions.geojson_of(ctx, row_id)
            geojsons = {geojson_of(ctx, row_id, when) for when in asked(moments)}
            assert geojsons == {today}


@pytest.mark.parametrize("seed", [11])
def test_boxes_of_the_past_end_where_todays_cell_does(ctx_of, seed):
    """The window of a filter is compared with that same cell; boxes are compared to some 1e-5 of a degree."""
    row_id, moments = corrected(ctx_of, seed)
    with ctx_of(None, now=NOW, read_only=True) as ctx:
        now = positions.readable(ctx)
        box = func.ST_Envelope(now.c.geom)
        edges = [getattr(func, f"ST_{name}")(box) for name in ("XMin", "YMin", "XMax", "YMax")]
        _west, south, east, north = positions.run(ctx, select(*edges).where(now.c.id == row_id)).one()
        for when in asked(moments):
            for shift, expected in ((-1e-4, True), (1e-4, False)):
                window = func.ST_MakeEnvelope(east + shift, south, east + 0.01, north, 4326)
                readable_rows = readable(ctx, when, window=window)
                query = select(readable_rows.c.id).where(readable_rows.c.geom.op("&&")(window))
                assert (row_id in positions.run(ctx, query).scalars().all()) is expected


def test_the_owner_still_sees_where_it_was_thought_to_stand(ctx_of):
    """The tests above could pass on a register that keeps no past."""
    row_id, moments = corrected(ctx_of, 5)
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        assert len({geojson_of(ctx, row_id, when) for when in asked(moments)}) > 1
