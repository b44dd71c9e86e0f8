"""Clusters stand at the mean of what their reader may see, moved to the nearest of these, and tell no more."""

import pytest
from sqlalchemy import func, select

from registry.structures import positions
from registry.structures.commands import EditStructure
from registry.structures.fastpath import count_pyramid
from registry.structures.filtering.filter import StructureFilter
from registry.structures.map import clusters, tiles
from registry.structures.models import Structure
from registry.structures.writing import edit_structure
from tests.factories.structures import HAC_THANH, make, position_at, values_for
from tests.support.outsider import tile_at

#: A tile whose bins are 80 km wide: all places below lie in one of them.
ZOOM = 6
#: Three together and one apart: their mean is nobody's place.
TOGETHER = ((105.7763, 19.8071), (105.7771, 19.8077), (105.7782, 19.8069))
APART = (105.7420, 19.7990)


def stands(ctx, *, live=False, **choices):
    """Where the clusters of a tile stand (longitude, latitude, count), and the owners that are known there."""
    values = count_pyramid.tile_values(ZOOM, *tile_at(*HAC_THANH, ZOOM))
    wanted = StructureFilter(**choices)
    if live:
        inside = tiles._inside(ctx, wanted, positions.readable(ctx), tiles._square()[1])
        cluster_rows, values = clusters.live_clusters(inside, ZOOM), values | {"zoom": ZOOM}
    else:
        cluster_rows = clusters.precounted_clusters(ctx, wanted, ZOOM)
    query = select(
        func.ST_X(cluster_rows.c.place), func.ST_Y(cluster_rows.c.place), cluster_rows.c.count, cluster_rows.c.owner
    ).params(**values)
    rows = sorted(tuple(row) for row in positions.run(ctx, query))
    places = [((round(lon, 6), round(lat, 6)), int(count)) for lon, lat, count, _owner in rows]
    return places, [row[3] for row in rows]


def middle_of_cells(ctx, structure_id):
    middle = func.ST_Centroid(Structure.__table__.c.geom_coarse)
    query = select(func.ST_X(middle), func.ST_Y(middle)).where(Structure.id == structure_id)
    return tuple(round(value, 6) for value in positions.run(ctx, query).one())


@pytest.fixture
def four(ctx_of):
    """Four unpublished structures of Viettel."""
    with ctx_of("viettel") as ctx:
        return [make(ctx, at=at, sharing_status="exclusive_full").id for at in (*TOGETHER, APART)]


@pytest.mark.parametrize("live", [False, True])
def test_a_cluster_stands_at_the_structure_next_to_the_mean(ctx_of, four, live):
    with ctx_of("viettel", read_only=True) as ctx:
        cluster_positions, owners = stands(ctx, live=live)
    assert cluster_positions == [(TOGETHER[0], 4)]
    assert owners == [ctx.actor.organisation_id]


@pytest.mark.parametrize("username", ["vnpt", None])
@pytest.mark.parametrize("live", [False, True])
def test_who_sees_cells_is_shown_the_middle_of_one_wherever_the_structures_stand(ctx_of, four, username, live):
    with ctx_of(username, read_only=True) as ctx:
        before = stands(ctx, live=live)
        middles = [middle_of_cells(ctx, number) for number in four]
    (((position, count),), owners) = before
    assert (position in middles, count, owners) == (True, 4, [None])
    with ctx_of("viettel") as ctx:
        structure = ctx.session.get_one(Structure, four[0])
        moved = position_at(TOGETHER[0][0] + 0.0004, TOGETHER[0][1] + 0.0003)
        edit_structure(ctx, EditStructure(structure.code, 1, values_for(structure.kind), position=moved))
    with ctx_of(username, read_only=True) as ctx:
        assert middle_of_cells(ctx, four[0]) == middles[0]
        assert stands(ctx, live=live) == before
    with ctx_of("viettel", read_only=True) as ctx:
        assert stands(ctx, live=live)[0] != [(TOGETHER[0], 4)]


def test_where_the_reader_sees_some_exactly_the_nearest_of_both_counts(ctx_of, four):
    with ctx_of("vnpt") as ctx:
        mine = make(ctx, owner="vnpt", at=(105.7768, 19.8072), sharing_status="exclusive_full").owner_organisation_id
    with ctx_of("vnpt", read_only=True) as ctx:
        kept, anew = stands(ctx), stands(ctx, live=True)
    assert kept == anew
    assert kept[0][0][1] == 5
    assert kept[1][0] in (None, mine)


@pytest.mark.parametrize("live", [False, True])
def test_an_exact_position_within_the_circle_is_taken_before_cells_that_are_nearer(ctx_of, four, live):
    with ctx_of("vnpt") as ctx:
        middles = [middle_of_cells(ctx, number) for number in four]
        mine = make(ctx, owner="vnpt", at=(105.9, 19.9), sharing_status="exclusive_full")
    with ctx_of("vnpt", read_only=True) as ctx:
        # Within a quarter of the square, 80 km wide, and further from the mean than the cells of the others.
        cluster_positions, owners = stands(ctx, live=live)
    assert cluster_positions == [((105.9, 19.9), 5)]
    assert cluster_positions[0][0] not in middles
    assert owners == [mine.owner_organisation_id]


def test_a_structure_that_is_rare_where_many_stand_is_still_found(ctx_of):
    with ctx_of("viettel") as ctx:
        for step in range(5):
            make(ctx, kind="cable_pole", at=(105.7763 + step / 5000, 19.8236))
        make(ctx, kind="antenna_tower", at=(105.7763, 19.8400))
        make(ctx, kind="antenna_tower", at=(105.7763, 19.8069))
    with ctx_of("viettel", read_only=True) as ctx:
        kept, anew = (stands(ctx, live=live, choices={"kind": ("antenna_tower",)})[0] for live in (False, True))
    assert kept == anew == [((105.7763, 19.84), 2)]


def test_clusters_are_rounded_and_lie_within_their_tile(ctx_of, four):
    with ctx_of("viettel", read_only=True) as ctx:
        for zoom in range(count_pyramid.DEEPEST_ZOOM + 1):
            values = count_pyramid.tile_values(zoom, *tile_at(*HAC_THANH, zoom))
            drawn = clusters.drawn_places(clusters.precounted_clusters(ctx, StructureFilter(), zoom), zoom)
            rows = drawn.params(**values).subquery()
            for x, y in positions.run(ctx, select(func.ST_X(rows.c.geom), func.ST_Y(rows.c.geom))):
                assert 0 <= x < 4096
                assert 0 <= y < 4096
                assert {x % clusters.STEP, y % clusters.STEP} <= {0, clusters.STEP - 1}
