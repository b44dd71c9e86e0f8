"""Pages of a box hold, for every reader and whatever happened, what reaches into it: each once, neighbours together."""

import random
from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import func, select, text

from registry.audit.chain import record
from registry.kernel.cache import VersionedCache
from registry.structures import positions
from registry.structures.fastpath import compiled_lists
from registry.structures.filtering.filter import StructureFilter, where_of
from registry.structures.filtering.list_rows import BY_PLACE
from registry.structures.listing import query
from registry.structures.listing.query import count_structures, default_sort, list_structures
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from tests.factories.structures import HAC_THANH, make, place_inside
from tests.support.changing import change, register
from tests.support.offenders import for_each
from tests.support.rounds import sizes

#: Sides of the boxes in degrees: less than a pole, a street, a town, more than the province.
SIDES = (1e-7, 0.002, 0.02, 0.3, 4)
FILTERS = (
    {},
    {},
    {"choices": {"kind": ("cable_pole", "cable_duct")}},
    {"choices": {"sharing_status": ("available",)}},
    {"q": "cột"},
    {"flags": {"is_public_asset": False}},
)
LONG = text(
    "UPDATE structure SET geom = ST_MakeLine(ARRAY[ST_Translate(ST_StartPoint(geom), -:east / 2, 0),"
    " ST_Translate(ST_StartPoint(geom), :east / 2, :north), ST_Translate(ST_StartPoint(geom), 0, -:north)])"
    " WHERE id = :id"
)


def pages(ctx, structure_filter, size):
    """All pages forward, and all that lie before the last of them."""
    forward = [list_structures(ctx, structure_filter, BY_PLACE, size=size)]
    while forward[-1].next is not None:
        forward.append(list_structures(ctx, structure_filter, BY_PLACE, cursor=forward[-1].next, size=size))
    back = [forward[-1]]
    while back[0].previous is not None:
        back.insert(0, list_structures(ctx, structure_filter, BY_PLACE, cursor=back[0].previous, size=size))
    return [[row.id for page in way for row in page.rows] for way in (forward, back)]


def stretch(ctx_of, chance):
    """Each duct reaches as far as chance will, up to half the province."""
    with ctx_of("so.khcn") as ctx:
        record(ctx, "test.change", "structure", None)
        ctx.session.execute(text("RESET ROLE"))
        for structure_id in ctx.session.scalars(select(Structure.id).where(Structure.kind == "cable_duct")):
            reach = chance.choice((0.0001, 0.003, 0.0099, 0.0101, 0.05, 0.0799, 0.0801, 0.4))
            turned = {"east": reach * chance.uniform(0.1, 1), "north": reach / 2}
            ctx.session.execute(LONG, turned | {"id": structure_id})


def boxes(ctx, chance, around):
    """Boxes near a place, and boxes that just touch something, or just do not."""
    for side in SIDES:
        west, south = (middle + chance.uniform(-0.03, 0.03) - side / 2 for middle in around)
        yield (west, south, west + side, south + side)
    readable_rows = positions.readable(ctx)
    sides = (
        func.ST_XMin(readable_rows.c.geom),
        func.ST_YMin(readable_rows.c.geom),
        func.ST_XMax(readable_rows.c.geom),
        func.ST_YMax(readable_rows.c.geom),
    )
    for west, south, east, north in positions.run(ctx, select(*sides).order_by(func.random()).limit(3)):
        yield (east, south - 0.001, east + 0.005, north + 0.001)
        yield (west - 0.005, south - 0.001, west, north + 0.001)
        yield (east + 1e-9, south, east + 0.005, north)


@pytest.mark.parametrize(("seed", "is_whole"), sizes(2, 8))
def test_a_box_holds_what_reaches_into_it(ctx_of, cast, seed, is_whole):
    chance = random.Random(seed)  # noqa: S311 - a repeatable test
    with ctx_of("kiemtra1", read_only=True) as ctx:
        around = place_inside(ctx.session, ctx.actor.unit_ids) if seed % 2 else HAC_THANH
    register(ctx_of, chance, around)
    stretch(ctx_of, chance)
    exact, as_cells = 0, 0
    for _turn in range(2):
        change(ctx_of, chance, around)
        # Each seed has readers of its own, and each of them boxes of his own; all come in the trials.
        for username in ("so.khcn", "viettel", None, *chance.sample(sorted(cast), 3 if is_whole else 1)):
            with ctx_of(username, read_only=True) as ctx:
                every = list(boxes(ctx, chance, around))
                for box in every if is_whole else chance.sample(every, 4):
                    structure_filter = StructureFilter(**chance.choice(FILTERS), bbox=box)
                    readable_rows = positions.readable(ctx)
                    within = func.ST_Intersects(readable_rows.c.geom, func.ST_MakeEnvelope(*box, 4326))
                    conditions = where_of(
                        ctx, readable_rows, StructureFilter(**vars(structure_filter) | {"bbox": None})
                    )
                    wanted = select(readable_rows.c.id, readable_rows.c.exact).where(within, *conditions)
                    rows = positions.run(
                        ctx, wanted.order_by(readable_rows.c.exact.desc(), readable_rows.c.place, readable_rows.c.id)
                    ).all()
                    forward, back = pages(ctx, structure_filter, chance.choice((1, 4, 50)))
                    assert forward == back == [row.id for row in rows], (username, structure_filter)
                    assert count_structures(ctx, structure_filter) == len(rows), (username, structure_filter)
                    exact += sum(row.exact for row in rows)
                    as_cells += sum(not row.exact for row in rows)
    assert exact
    assert as_cells


@pytest.mark.parametrize("reach", [0.003, 0.0099, 0.0101, 0.03, 0.07, 0.0799, 0.0801, 0.4])
def test_what_reaches_far_is_found_from_its_ends(ctx_of, reach):
    lon, lat = HAC_THANH
    with ctx_of("so.khcn") as ctx:
        duct = make(ctx, kind="cable_duct", sharing_status="exclusive_full").id
        ctx.session.execute(text("RESET ROLE"))
        line = "ST_SetSRID(ST_MakeLine(ST_Point(:west, :lat), ST_Point(:east, :lat)), 4326)"
        ends = {"west": lon - reach / 2, "east": lon + reach / 2, "lat": lat}
        ctx.session.execute(text(f"UPDATE structure SET geom = {line}"), ends)  # noqa: S608 - no input
    for end in (lon - reach / 2, lon + reach / 2):
        structure_filter = StructureFilter(bbox=(end - 1e-5, lat - 1e-5, end + 1e-5, lat + 1e-5))
        for username in ("so.khcn", "vnpt", None):
            with ctx_of(username, read_only=True) as ctx:
                page = list_structures(ctx, structure_filter, BY_PLACE)
                assert [(row.id, row.exact) for row in page.rows] == [(duct, username == "so.khcn")]
                assert page.total == 1


@pytest.fixture
def five(ctx_of):
    """Five towers of VNPT in one place, two of them published."""
    with ctx_of("so.khcn") as ctx:
        for sharing in ("available", "available", "exclusive_full", "exclusive_full", "exclusive_full"):
            make(ctx, owner="vnpt", sharing_status=sharing)


@for_each(
    "username, counted_to",
    tuple(product(("viettel", "so.khcn", None), (1, 3, 4, 5, 6, 100))),
    mend="count as far as the limit says, and one more",
)
def test_it_is_counted_as_far_as_lists_count(ctx_of, five, monkeypatch, username, counted_to):
    monkeypatch.setattr(query, "COUNTED_TO", counted_to)
    # Cached statements and numbers know the other limit.
    monkeypatch.setattr(compiled_lists, "_COMPILED", {})
    monkeypatch.setattr(query, "_TOTALS", VersionedCache(10))
    lon, lat = HAC_THANH
    structure_filter = StructureFilter(bbox=(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001))
    with ctx_of(username, read_only=True) as ctx:
        page = list_structures(ctx, structure_filter, BY_PLACE)
        assert (len(page.rows), page.total) == (5, min(5, counted_to + 1))


def test_nobody_sorts_a_box_by_code_that_did_not_ask_for_it():
    box = (105.0, 19.0, 106.0, 20.0)
    assert default_sort(StructureFilter(bbox=box)) == BY_PLACE
    assert default_sort(StructureFilter()) == "code"
    assert default_sort(StructureFilter(bbox=box, when=When())) == "code"


@pytest.fixture
def two_poles(ctx_of):
    """A box with two poles of Viettel that VNPT sees exactly."""
    with ctx_of("viettel") as ctx:
        ids = [make(ctx, kind="cable_pole", sharing_status="available").id for _number in range(2)]
    lon, lat = HAC_THANH
    # Both stand in one place: the lists have them by id.
    return sorted(ids), StructureFilter(bbox=(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001))


def conceal(ctx_of, ids):
    """Their owner publishes them no longer."""
    with ctx_of("so.khcn") as ctx:
        record(ctx, "test.change", "structure", None)
        ctx.session.execute(
            text("UPDATE structure SET sharing_status = 'exclusive_full' WHERE id = ANY(:ids)"), {"ids": ids}
        )


def test_a_cursor_tells_no_place_and_asks_where_its_structure_is_seen_now(ctx_of, two_poles):
    """Of what is not published any more it says nothing: the pages begin anew."""
    (first, second), structure_filter = two_poles
    with ctx_of("vnpt", read_only=True) as ctx:
        page = list_structures(ctx, structure_filter, BY_PLACE, size=1)
        assert (page.next.value, page.next.id) == (0, first)
        assert [row.id for row in list_structures(ctx, structure_filter, BY_PLACE, cursor=page.next).rows] == [second]
    conceal(ctx_of, [first])
    with ctx_of("vnpt", read_only=True) as ctx:
        rows = list_structures(ctx, structure_filter, BY_PLACE, cursor=page.next).rows
        assert [(row.id, row.exact) for row in rows] == [(second, True), (first, False)]
        back = list_structures(ctx, structure_filter, BY_PLACE, cursor=replace(page.next, backwards=True)).rows
        assert [(row.id, row.exact) for row in back] == [(second, True)]


def test_a_cursor_among_cells_serves_who_sees_all_exactly(ctx_of, two_poles):
    (first, second), structure_filter = two_poles
    conceal(ctx_of, [first, second])
    with ctx_of("vnpt", read_only=True) as ctx:
        edge = list_structures(ctx, structure_filter, BY_PLACE, size=1).next
        assert (edge.value, edge.id) == (1, first)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert [row.id for row in list_structures(ctx, structure_filter, BY_PLACE, cursor=edge).rows] == [second]
