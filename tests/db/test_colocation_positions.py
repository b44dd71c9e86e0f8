"""The parties of an open case see its structures exactly, whatever their owner publishes; afterwards no longer."""

import json

import pytest
from sqlalchemy import select

from registry.colocation.commands import RemoveItem
from registry.colocation.models import ColocationRequest
from registry.colocation.queries import list_items
from registry.colocation.service import remove_item
from registry.colocation.workflow import COLOCATION
from registry.kernel.errors import NotFound
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter
from registry.structures.listing.query import list_structures
from registry.structures.map.tiles import tile
from registry.structures.queries import get_structure
from registry.workflow.engine import fire_by_clock, lock_case
from tests.factories.colocation import accept, draft, filed, fill, move, reject, tower, unpublish
from tests.factories.structures import HAC_THANH

#: The tile of zoom 14 where Phường Hạc Thành lies.
TILE = (14, 13005, 7272)


@pytest.fixture
def code(ctx_of):
    with ctx_of("viettel") as ctx:
        return tower(ctx).code


@pytest.fixture
def case_id(ctx_of, code):
    """A request of VNPT; the owner has unpublished the tower since."""
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).id
    with ctx_of("viettel") as ctx:
        unpublish(ctx, code)
    return number


def sees(ctx_of, username, code):
    """What a member sees of the tower: in the list, on the map, as its page; E exact, c a cell."""
    with ctx_of(username) as ctx:
        rows = [row for row in list_structures(ctx, StructureFilter()).rows if row.code == code]
        listed = "".join("E" if row.exact else "c" for row in rows)
        on_map = "E" if code.encode() in tile(ctx, StructureFilter(), *TILE).body else "c"
        shape = json.loads(positions.geojson_of(ctx, rows[0].id))
        shaped = "E" if shape["type"] == "Point" else "c"
        try:
            page = "E" if get_structure(ctx, code).code == code else ""
        except NotFound:
            page = "c"
        return listed + on_map + shaped + page


def case(ctx, number):
    return ctx.session.get_one(ColocationRequest, number)


def test_the_tile_is_the_one_of_the_tower(ctx_of, code):
    with ctx_of("viettel") as ctx:
        assert code.encode() in tile(ctx, StructureFilter(), *TILE).body, HAC_THANH


def test_the_requester_sees_an_unpublished_structure_of_its_open_case_and_a_third_does_not(ctx_of, code, case_id):
    assert case_id
    assert sees(ctx_of, "vnpt", code) == "EEEE"
    assert sees(ctx_of, "dienluc", code) == "cccc"
    assert sees(ctx_of, "quansu", code) == "cccc"


def test_a_draft_discloses_nothing(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        fill(ctx, draft(ctx, code))
    with ctx_of("viettel") as ctx:
        unpublish(ctx, code)
    assert sees(ctx_of, "vnpt", code) == "cccc"


def test_it_ends_when_the_requester_withdraws(ctx_of, code, case_id):
    with ctx_of("vnpt") as ctx:
        move(ctx, case(ctx, case_id), "withdraw")
    assert sees(ctx_of, "vnpt", code) == "cccc"


def test_it_ends_when_the_requester_closes(ctx_of, code, case_id):
    with ctx_of("viettel") as ctx:
        reject(ctx, case(ctx, case_id))
    assert sees(ctx_of, "vnpt", code) == "EEEE"
    with ctx_of("vnpt") as ctx:
        move(ctx, case(ctx, case_id), "close")
    assert sees(ctx_of, "vnpt", code) == "cccc"


@pytest.mark.parametrize("end", ["stand", "expire"])
def test_it_ends_by_the_clock_too(ctx_of, end):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).id
    with ctx_of("viettel") as ctx:
        (reject if end == "stand" else accept)(ctx, case(ctx, number))
        unpublish(ctx, code)
    assert sees(ctx_of, "vnpt", code) == "EEEE"
    with ctx_of("so.khcn") as ctx:
        fire_by_clock(ctx, COLOCATION, lock_case(ctx, COLOCATION, number), end)
    assert sees(ctx_of, "vnpt", code) == "cccc"


def test_a_structure_taken_out_of_a_returned_request_is_shown_no_longer(ctx_of, code):
    with ctx_of("viettel") as ctx:
        kept = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code, kept).id
    with ctx_of("viettel") as ctx:
        move(ctx, case(ctx, number), "return", missing="Bớt công trình")
        unpublish(ctx, code)
        unpublish(ctx, kept)
    with ctx_of("vnpt") as ctx:
        request = case(ctx, number)
        item_id = next(item.id for item, row in list_items(ctx, request) if row.code == code)
        remove_item(ctx, RemoveItem(number, item_id, request.version))
    assert sees(ctx_of, "vnpt", code) == "cccc"
    assert sees(ctx_of, "vnpt", kept) == "EEEE"


def test_one_case_ends_without_the_other(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        first, second = filed(ctx, code).id, filed(ctx, code).id
        move(ctx, case(ctx, first), "withdraw")
    with ctx_of("viettel") as ctx:
        unpublish(ctx, code)
    assert sees(ctx_of, "vnpt", code) == "EEEE"
    with ctx_of("vnpt") as ctx:
        move(ctx, case(ctx, second), "withdraw")
    assert sees(ctx_of, "vnpt", code) == "cccc"


def test_a_structure_that_becomes_restricted_is_hidden_from_the_requester_at_once(ctx_of, code, case_id):
    with ctx_of("viettel") as ctx:
        unpublish(ctx, code, "restricted")
    with ctx_of("vnpt") as ctx:
        readable_rows = positions.readable(ctx)
        assert positions.run(ctx, select(readable_rows.c.id).where(readable_rows.c.code == code)).all() == []
        assert case(ctx, case_id).title
