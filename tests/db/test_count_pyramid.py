"""Counts by bins, kept by the database, say for every reader what counting the structures one by one says."""

import random
from itertools import product

import pytest
from sqlalchemy import func, select, text

from registry.audit.chain import record
from registry.authz.blueprint import DATABASE
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.structures import positions
from registry.structures.fastpath import coarse_cell_counts, count_pyramid
from registry.structures.filtering.filter import StructureFilter
from registry.structures.jobs import add_up_now
from registry.structures.listing.query import matching_ids
from registry.structures.map import clusters, tiles
from tests.factories.structures import HAC_THANH, make, organisation_id, place_inside
from tests.support.changing import change, register
from tests.support.live import context
from tests.support.outsider import tile_at
from tests.support.rounds import sizes

FILTERS = (
    {},
    {"choices": {"kind": ("cable_pole", "cable_duct")}},
    {"choices": {"sharing_status": ("available",)}},
    {"choices": {"kind": ("antenna_tower",), "status": ("active", "planned")}},
)
TABLES = (
    *("structure_class", "structure_bin", "structure_bin_change", "structure_cell", "structure_cell_count"),
    *("structure_group", "structure_year_count", "structure_fact", "structure_fact_change", "structure_fact_now"),
)


def placed(ctx, clusters_query, zoom, values):
    """Place in the tile, in its units, and count of each cluster."""
    drawn = clusters.drawn_places(clusters_query, zoom).params(**values).subquery()
    rows = positions.run(ctx, select(drawn.c.count, func.ST_AsText(drawn.c.geom)))
    return sorted((position, int(count)) for count, position in rows)


def both(ctx, structure_filter, zoom, x, y):
    """The clusters of a tile from the kept counts, and those made anew from the structures."""
    values = count_pyramid.tile_values(zoom, x, y)
    kept = placed(ctx, clusters.precounted_clusters(ctx, structure_filter, zoom), zoom, values)
    inside = one_by_one(ctx, structure_filter)
    return kept, placed(ctx, clusters.live_clusters(inside, zoom), zoom, {"zoom": zoom, "x": x, "y": y})


def one_by_one(ctx, structure_filter):
    """Each structure within a tile."""
    return tiles._inside(ctx, structure_filter, positions.readable(ctx), tiles._square()[1])


def both_by_cells(ctx, structure_filter, zoom, x, y):
    """The kept counts of the cells in a tile, and those made anew."""
    window = tiles._square()[1]
    answers = []
    for query in (
        coarse_cell_counts.cell_counts(ctx, structure_filter, window),
        tiles._counted_by_cells(one_by_one(ctx, structure_filter)),
    ):
        cells_query = query.params(zoom=zoom, x=x, y=y).subquery()
        rows = positions.run(ctx, select(func.ST_AsText(cells_query.c.cells), cells_query.c.count))
        answers.append(sorted((position, int(count)) for position, count in rows))
    return answers


@pytest.mark.parametrize(("seed", "is_whole"), sizes(2, 6))
def test_kept_counts_are_those_of_the_structures_themselves(ctx_of, cast, seed, is_whole):
    chance = random.Random(seed)  # noqa: S311 - a repeatable test
    with ctx_of("kiemtra1", read_only=True) as ctx:
        around = place_inside(ctx.session, ctx.actor.unit_ids) if seed % 2 else HAC_THANH
    register(ctx_of, chance, around)
    seen_as_cells = 0
    for _turn in range(4 if is_whole else 3):
        change(ctx_of, chance, around)
        # Other readers after each change; all of the cast come in the trials.
        for username in (*chance.sample(sorted(cast), len(cast) if is_whole else 3), None):
            zoom = chance.randint(0, count_pyramid.DEEPEST_ZOOM)
            structure_filter = StructureFilter(**chance.choice(FILTERS))
            with ctx_of(username, read_only=True) as ctx:
                kept, anew = both(ctx, structure_filter, zoom, *tile_at(*around, zoom))
                deep = chance.randint(12, 15)
                cells_kept, cells_anew = both_by_cells(ctx, structure_filter, deep, *tile_at(*around, deep))
                total = positions.run(ctx, count_pyramid.total(ctx, structure_filter)).scalar_one()
                singly = len(matching_ids(ctx, structure_filter, 1000))
            assert kept == anew, (username, zoom, structure_filter)
            assert cells_kept == cells_anew, (username, deep, structure_filter)
            seen_as_cells += len(cells_kept)
            assert total == singly, (username, structure_filter)
    assert seen_as_cells


def test_each_change_of_a_structure_reaches_the_counts(ctx_of):
    """Counted for who sees all and for a rival, of what is in service and shared, before and after it is added up."""
    with ctx_of("so.khcn") as ctx:
        ids = [make(ctx, kind="cable_pole", at=HAC_THANH, sharing_status="available").id for _number in range(6)]
        ctx.session.execute(text("UPDATE structure SET is_sample = true WHERE id = :last"), {"last": ids[-1]})
        record(ctx, "test.change", "structure", None)
        vnpt = organisation_id(ctx.session, "vnpt")
    add_up = "SELECT add_up_structures()"
    set_one = "UPDATE structure SET {} WHERE id = :id"
    set_geometry = "geom = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)"
    for number, off, statement, left in (
        (0, 0, add_up, 6),
        (1, 0.01, set_one.format(set_geometry), 6),
        (2, 0, set_one.format("status = 'removed'"), 5),
        (3, 0, set_one.format("sharing_status = 'exclusive_full'"), 4),
        (0, 0, add_up, 4),
        (3, 0, set_one.format("owner_organisation_id = :vnpt"), 4),
        (1, 0, set_one.format(set_geometry), 4),
        (3, 0, set_one.format("sharing_status = 'available'"), 5),
        (5, 0, "WITH pole AS (DELETE FROM cable_pole WHERE id = :id) DELETE FROM structure WHERE id = :id", 4),
        (0, 0, add_up, 4),
    ):
        with ctx_of("so.khcn") as ctx:
            ctx.session.execute(text("RESET ROLE"))
            lon, lat = (middle + off for middle in HAC_THANH)
            ctx.session.execute(text(statement), {"id": ids[number], "lon": lon, "lat": lat, "vnpt": vnpt})
            record(ctx, "test.change", "structure", None)
        shared = StructureFilter(choices={"status": ("active",), "sharing_status": ("available",)})
        for reader, structure_filter in product(("so.khcn", "vnpt"), (shared, StructureFilter())):
            with ctx_of(reader, read_only=True) as ctx:
                kept, anew = both(ctx, structure_filter, 12, *tile_at(*HAC_THANH, 12))
                cells_kept, cells_anew = both_by_cells(ctx, structure_filter, 12, *tile_at(*HAC_THANH, 12))
                total = positions.run(ctx, count_pyramid.total(ctx, structure_filter)).scalar_one()
            assert (kept, cells_kept) == (anew, cells_anew), (statement, reader)
            assert structure_filter != shared or total == left, (statement, reader)
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(text("RESET ROLE"))
        counts = text(
            "SELECT (SELECT sum(count) FROM structure_bin), (SELECT count(*) FROM structure_bin WHERE count = 0),"
            " (SELECT count(*) FROM structure_cell_count WHERE count = 0)"
        )
        kept = tuple(ctx.session.execute(counts).one())
        assert kept[1:] == (0, 0)
        ctx.session.execute(text("SELECT count_structures_anew()"))
        assert tuple(ctx.session.execute(counts).one()) == kept


def test_a_filter_by_owner_shows_no_cells(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, sharing_status="exclusive_full")
        owner = ctx.actor.organisation_id
    for username, count in (("viettel", 1), ("so.khcn", 1), ("vnpt", 0), (None, 0)):
        with ctx_of(username, read_only=True) as ctx:
            kept, anew = both(ctx, StructureFilter(owner_id=owner), 12, *tile_at(*HAC_THANH, 12))
        assert kept == anew
        assert sum(number for _place, number in kept) == count


def test_filters_that_the_counts_do_not_know_are_counted_live():
    assert count_pyramid.is_precounted(StructureFilter(choices={"kind": ("cable_pole",)}, owner_id=3))
    assert not count_pyramid.is_precounted(StructureFilter(choices={"condition": ("good",)}))
    assert not count_pyramid.is_precounted(StructureFilter(q="ham rong"))
    assert not count_pyramid.is_precounted(StructureFilter(flags={"is_urban": True}))


def test_only_the_reader_of_positions_reads_the_counts(database):
    refused = []
    for table in TABLES:
        for role in ("registry_web", "registry_worker", "registry_position_reader"):
            with database.session() as session:
                may = session.scalar(
                    text("SELECT has_table_privilege(:role, :table, 'SELECT')"), {"role": role, "table": table}
                )
            refused += [] if may else [(table, role)]
    assert refused == [(table, role) for table, role in refused if role != "registry_position_reader"]
    assert len(refused) == 2 * len(TABLES)


@pytest.mark.parametrize("function", ["add_up_structures()", "count_structures_anew()"])
def test_who_may_add_up(database, function):
    with database.session() as session:
        may = {
            role: session.scalar(
                text("SELECT has_function_privilege(:role, :function, 'EXECUTE')"), {"role": role, "function": function}
            )
            for role in ("registry_web", "registry_worker", "registry_position_reader")
        }
    assert [role for role, allowed in may.items() if allowed] == (
        ["registry_worker"] if function == "add_up_structures()" else []
    )


def test_the_worker_adds_up_until_nothing_is_left(live_app, live_url):
    with context(DATABASE.of(live_app), "viettel") as ctx:
        make(ctx, sharing_status="exclusive_full")
    worker = Database(live_url, role=WORKER_ROLE)
    # Its exact place and the middle of its cell.
    assert [add_up_now(worker), add_up_now(worker)] == [2, 0]
    for username in ("viettel", "vnpt"):
        with context(worker, username, read_only=True) as ctx:
            kept, anew = both(ctx, StructureFilter(), 9, *tile_at(*HAC_THANH, 9))
        assert kept == anew
        assert [count for _place, count in kept] == [1]
    worker.dispose()


def test_a_crowded_tile_is_counted_and_an_emptier_one_is_not(ctx_of, monkeypatch):
    with ctx_of("viettel") as ctx:
        for _turn in range(3):
            make(ctx)
    at = tile_at(*HAC_THANH, 12)
    with ctx_of("viettel", read_only=True) as ctx:
        assert b"structures" in tiles.tile(ctx, StructureFilter(), 12, *at).body
    monkeypatch.setattr(tiles, "MOST_SINGLE", 2)
    with ctx_of("viettel", read_only=True) as ctx:
        map_tile = tiles.tile(ctx, StructureFilter(), 12, *at)
    assert b"clusters" in map_tile.body
    assert b"structures" not in map_tile.body
    # Its cluster stands so exactly where a structure does that its owner is told of it.
    assert map_tile.owners != ()
    monkeypatch.setattr(tiles, "SINGLE_FROM_ZOOM", 13)
    with ctx_of("viettel", read_only=True) as ctx:
        assert tiles.tile(ctx, StructureFilter(), 11, *tile_at(*HAC_THANH, 11)).owners == ()


def test_too_many_single_structures_for_one_answer_are_counted(ctx_of, monkeypatch):
    with ctx_of("viettel") as ctx:
        for _turn in range(3):
            make(ctx)
    monkeypatch.setattr(tiles, "MOST_FEATURES", 2)
    with ctx_of("viettel", read_only=True) as ctx:
        map_tile = tiles.tile(ctx, StructureFilter(), 15, *tile_at(*HAC_THANH, 15))
    assert b"clusters" in map_tile.body
    assert b"structures" not in map_tile.body
