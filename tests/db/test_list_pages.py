"""Pages of the list hold what the reader may see, each once and in order, however exact rows and cells take turns."""

from itertools import product

import pytest
from sqlalchemy import func, select

from registry.kernel.cache import VersionedCache
from registry.kernel.errors import Invalid
from registry.kernel.paging import Cursor
from registry.structures import positions
from registry.structures.fastpath import compiled_lists
from registry.structures.filtering.filter import StructureFilter
from registry.structures.listing import query
from registry.structures.listing.grouped import GROUPINGS
from registry.structures.listing.query import count_structures, list_structures
from tests.factories.structures import make, place_inside
from tests.support import shared
from tests.support.offenders import for_each
from tests.support.rounds import pairs

#: Owner, kind and sharing status of structures in the order of their codes: runs of one owner, and taking turns.
MADE = (
    *[("viettel", "cable_pole", "not_assessed")] * 7,
    *[("vnpt", "cable_pole", "not_assessed")] * 8,
    *[("vnpt", "cable_pole", "available"), ("viettel", "manhole", "not_assessed")] * 4,
    *[("vnpt", "cable_pole", "restricted")] * 6,
    *[("pc_thanhhoa", "antenna_tower", "not_assessed"), ("pc_thanhhoa", "cable_pole", "restricted")] * 3,
)
READERS = ("viettel", "vnpt", "so.khcn", "kiemtra2", None)

database, app, ctx_of, client_of, taken_back = shared.FIXTURES


@pytest.fixture(scope="module")
def register(ctx_of):
    with ctx_of("kiemtra1", read_only=True) as ctx:
        units = ctx.actor.unit_ids
    with ctx_of("so.khcn") as ctx:
        at = place_inside(ctx.session, units)
        for number, (owner, kind, sharing) in enumerate(MADE):
            make(ctx, owner=owner, kind=kind, at=(at[0] + number * 0.001, at[1]), sharing_status=sharing)


def pages(ctx, structure_filter, sort, *, descending, size=5):
    """All pages forward, then all that lie before the last of them, the first of these first."""
    forward = [list_structures(ctx, structure_filter, sort, descending=descending, size=size)]
    while forward[-1].next is not None:
        forward.append(
            list_structures(ctx, structure_filter, sort, descending=descending, cursor=forward[-1].next, size=size)
        )
    back = [forward[-1]]
    while back[0].previous is not None:
        cursor: Cursor = back[0].previous
        back.insert(0, list_structures(ctx, structure_filter, sort, descending=descending, cursor=cursor, size=size))
    return [[row.id for page in way for row in page.rows] for way in (forward, back)]


def in_turn(ctx_of, register, username, kind, sort, descending):
    """Every page in turn holds all that is seen."""
    structure_filter = StructureFilter(choices={"kind": (kind,)} if kind else {})
    with ctx_of(username) as ctx:
        readable_rows = positions.readable(ctx)
        order = [part.desc() if descending else part.asc() for part in (readable_rows.c[sort], readable_rows.c.id)]
        wanted = select(readable_rows.c.id).order_by(*order)
        expected = positions.run(ctx, wanted.where(readable_rows.c.kind == kind) if kind else wanted).scalars().all()
        forward, back = pages(ctx, structure_filter, sort, descending=descending)
    assert forward == back == expected
    assert username != "so.khcn" or kind is not None or len(expected) == len(MADE)


LISTS = (READERS, (None, "cable_pole", "antenna_tower"), ("code", "name"), (False, True))
MEND = {"mend": "page by the order of the list alone"}
test_every_page_in_turn_holds_all_that_is_seen = for_each("username, kind, sort, descending", pairs(*LISTS), **MEND)(
    in_turn
)
test_every_page_of_every_list_holds_all_that_is_seen = pytest.mark.trial(
    for_each("username, kind, sort, descending", tuple(product(*LISTS)), **MEND)(in_turn)
)


def by_group(ctx_of, register, username, kind, sort, descending):
    """Every page by groups holds all that is readable, cells by their codes alone after all else."""
    structure_filter = StructureFilter(choices={"kind": (kind,)} if kind else {})
    with ctx_of(username) as ctx:
        rows = positions.readable(ctx)
        wanted = select(rows.c[GROUPINGS[sort].column].label("key"), rows.c.code, rows.c.id, rows.c.exact)
        readable = list(positions.run(ctx, wanted.where(rows.c.kind == kind) if kind else wanted))
        keys = GROUPINGS[sort].keys(ctx)
        forward, back = pages(ctx, structure_filter, sort, descending=descending)
    ranks = {key: number for number, key in enumerate(reversed(keys) if descending else keys)} | {None: len(keys)}
    by_code = sorted(readable, key=lambda row: row.code, reverse=descending)
    assert forward == back == [row.id for row in sorted(by_code, key=lambda row: ranks[row.key])]
    if sort != "kind":
        assert all(row.key is None for row in readable if not row.exact)


GROUPED = (READERS, (None, "cable_pole"), tuple(GROUPINGS), (False, True))
test_every_page_by_groups_holds_all_that_is_seen_and_cells_by_code_alone = for_each(
    "username, kind, sort, descending", pairs(*GROUPED), **MEND
)(by_group)
test_every_page_of_every_grouped_list_holds_all_that_is_seen = pytest.mark.trial(
    for_each("username, kind, sort, descending", tuple(product(*GROUPED)), **MEND)(by_group)
)


def test_a_grouped_page_whose_value_is_gone_asks_to_open_the_list_again(ctx_of, register):
    with ctx_of("so.khcn") as ctx, pytest.raises(Invalid, match="mở lại danh sách"):
        list_structures(ctx, StructureFilter(), "owner", cursor=Cursor([-5, "THA"], 1))


def by_box(ctx_of, register, monkeypatch, username, kind, sort, counted_to):
    """One box after another holds what lies in it."""
    monkeypatch.setattr(query, "COUNTED_TO", counted_to)
    # Cached statements and numbers know the other limit.
    monkeypatch.setattr(compiled_lists, "_COMPILED", {})
    monkeypatch.setattr(query, "_TOTALS", VersionedCache(10))
    with ctx_of("so.khcn", read_only=True) as ctx:
        readable_rows = positions.readable(ctx)
        sides = (func.min(func.ST_XMin(readable_rows.c.geom)), func.min(func.ST_YMin(readable_rows.c.geom)))
        west, south = positions.run(ctx, select(*sides)).one()
    sizes = []
    for first, last in ((0, 3), (4, 20), (21, 40), (0, 40), (100, 101)):
        box = (west + first * 0.001 - 0.0001, south - 0.0001, west + last * 0.001 + 0.0001, south + 0.0001)
        structure_filter = StructureFilter(choices={"kind": (kind,)} if kind else {}, bbox=box)
        with ctx_of(username) as ctx:
            readable_rows = positions.readable(ctx)
            within = func.ST_Intersects(readable_rows.c.geom, func.ST_MakeEnvelope(*box, 4326))
            wanted = (
                select(readable_rows.c.id)
                .where(within, *([readable_rows.c.kind == kind] if kind else []))
                .order_by(readable_rows.c[sort], readable_rows.c.id)
            )
            expected = positions.run(ctx, wanted).scalars().all()
            forward, back = pages(ctx, structure_filter, sort, descending=False, size=9)
            assert forward == back == expected
            assert list_structures(ctx, structure_filter, sort).total == min(len(expected), counted_to + 1)
            assert count_structures(ctx, structure_filter) == min(len(expected), counted_to + 1)
        sizes.append(len(expected))
    assert sizes[-1] == 0
    assert sizes[3] >= max(sizes[:3]) > 0


BOXES = (READERS, (None, "cable_pole"), ("code", "name"), (query.COUNTED_TO, 3))
test_one_box_after_another_holds_what_lies_in_it = for_each("username, kind, sort, counted_to", pairs(*BOXES), **MEND)(
    by_box
)
test_every_box_of_every_list_holds_what_lies_in_it = pytest.mark.trial(
    for_each("username, kind, sort, counted_to", tuple(product(*BOXES)), **MEND)(by_box)
)
