"""Tints and layers of the map: each reader sees in tiles what the pages would show, and not a point more."""

import pytest

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.kernel.errors import Invalid
from registry.routelists import map as streets
from registry.structures.filtering.filter import StructureFilter
from registry.structures.map.colours import MAP_COLOURS
from registry.structures.map.tiles import tile
from registry.violations import map as violations
from registry.violations.codes import ViolationState
from tests.factories.routelists import agreed, move, propose, sent, street_at
from tests.factories.structures import HAC_THANH, make, organisation_id, place_inside
from tests.factories.violations import NOW, log, with_minutes
from tests.factories.violations import move as act
from tests.support.outsider import tile_at

ZOOM = 14
#: All streets of these tests lie on one line.
DOUBLE = {"exception_reason": "Hai bên phố"}


def tinted(ctx_of, username, colour, at=HAC_THANH):
    with ctx_of(username, read_only=True) as ctx:
        return tile(ctx, StructureFilter(), ZOOM, *tile_at(*at, ZOOM), colour).body


def filled(ctx, tower, total, used=0, label="Sàn 30 m"):
    set_place(ctx, SetPlace(tower.code, label, PlaceUnit.POSITION, total))
    if used:
        add_entry(ctx, AddEntry(tower.code, label, used, holder="VNPT"))


@pytest.mark.parametrize(
    ("value", "places", "texts"),
    [
        ("room_free", [(4, 2)], {}),
        ("room_scarce", [(4, 3)], {}),
        ("room_full", [(2, 2)], {}),
        ("room_unknown", [], {}),
        ("room_unknown", [(4, 0), (None, 0)], {}),
        ("room_closed", [(4, 0)], {"sharing_status": "not_shareable", "not_shareable_reason": "technical"}),
    ],
)
def test_the_colour_of_free_capacity(ctx_of, value, places, texts):
    with ctx_of("viettel") as ctx:
        tower = make(ctx, **texts)
        for number, (total, used) in enumerate(places):
            filled(ctx, tower, total, used, f"Sàn {number}")
    drawn = tinted(ctx_of, "viettel", "room")
    others = {"room_free", "room_scarce", "room_full", "room_unknown", "room_closed"} - {value}
    assert value.encode() in drawn
    assert [other for other in others if other.encode() in drawn] == []
    assert b"room_" not in tinted(ctx_of, "vnpt", "room")


def test_the_colour_of_condition(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, condition="dangerous")
        make(ctx, condition="")
    drawn = tinted(ctx_of, "viettel", "condition")
    assert b"condition_dangerous" in drawn
    assert b"condition_unknown" in drawn
    assert b"condition_" not in tinted(ctx_of, None, "condition")


def test_the_colour_of_owners_tells_them_apart_and_keeps_to_its_words(ctx_of):
    with ctx_of("so.khcn") as ctx:
        for owner in ("viettel", "vnpt"):
            make(ctx, owner=owner)
        words = MAP_COLOURS["owner"].values(ctx)
    drawn = tinted(ctx_of, "so.khcn", "owner")
    shown = {code for code in words if code.encode() in drawn}
    assert len(shown) == 2
    assert b"owner_" not in tinted(ctx_of, None, "owner")


def test_every_colour_has_words_for_each_of_its_values(ctx_of):
    with ctx_of("so.khcn") as ctx:
        make(ctx)
        for colour in MAP_COLOURS.values():
            assert colour.values(ctx), colour.code
    for code in MAP_COLOURS:
        assert b"colour" in tinted(ctx_of, "so.khcn", code)


@pytest.fixture
def here(ctx_of):
    """A place in the area of ubnd.xa and kiemtra1."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        return place_inside(ctx.session, ctx.actor.unit_ids)


def streets_seen(ctx_of, username, at):
    with ctx_of(username, read_only=True) as ctx:
        drawn = streets.tile(ctx, ZOOM, *tile_at(*at, ZOOM))
    return {name for name in ("Nháp", "Đang xét", "Đã duyệt", "Đã rút") if name.encode() in drawn}


def test_streets_are_shown_to_whoever_may_read_them(ctx_of, here):
    street_position = street_at(*here)
    propose(ctx_of, position=street_position, street_name="Nháp")
    sent(ctx_of, position=street_position, street_name="Đang xét", **DOUBLE)
    agreed(ctx_of, position=street_position, street_name="Đã duyệt", **DOUBLE)
    move(ctx_of, "ubnd.xa", propose(ctx_of, position=street_position, street_name="Đã rút", **DOUBLE), "withdraw")
    assert streets_seen(ctx_of, "ubnd.xa", here) == {"Nháp", "Đang xét", "Đã duyệt"}
    assert streets_seen(ctx_of, "so.xaydung", here) == {"Đang xét", "Đã duyệt"}
    assert streets_seen(ctx_of, "viettel", here) == {"Đã duyệt"}
    assert streets_seen(ctx_of, "kiemtra2", here) == set()
    assert streets_seen(ctx_of, None, here) == set()
    assert streets_seen(ctx_of, "ubnd.xa", (104.4, 20.4)) == set()


def violations_seen(ctx_of, username, at):
    with ctx_of(username, now=NOW, read_only=True) as ctx:
        return violations.tile(ctx, ZOOM, *tile_at(*at, ZOOM))


def test_violations_are_shown_to_the_readers_of_each_case(ctx_of, here):
    with ctx_of("so.khcn", read_only=True) as ctx:
        accused = organisation_id(ctx.session, "vnpt")
    log(ctx_of, at=here)
    assert b"open" in violations_seen(ctx_of, "kiemtra1", here)
    assert b"open" in violations_seen(ctx_of, "so.khcn", here)
    for username in ("vnpt", "viettel", "kiemtra2", None):
        assert violations_seen(ctx_of, username, here) == b"", username
    with_minutes(ctx_of, at=here, organisation_id=accused)
    assert b"open" in violations_seen(ctx_of, "vnpt", here)
    assert violations_seen(ctx_of, "viettel", here) == b""


def test_what_was_no_violation_is_not_on_the_map(ctx_of, here):
    violation_id = log(ctx_of, at=here)
    act(ctx_of, "kiemtra1", violation_id, "verify")
    act(ctx_of, "kiemtra1", violation_id, "dismiss", text="Đã có thẻ")
    assert violations_seen(ctx_of, "so.khcn", here) == b""


def test_every_state_is_drawn_or_left_out_on_purpose():
    assert set(ViolationState) - set(violations._STYLES) == {ViolationState.NOT_VIOLATION}
    assert set(violations._STYLES.values()) == set(violations.VIOLATIONS.looks)
    # Of an agreed street its work is drawn.
    assert set(streets._STYLES.values()) | {"work", "done"} == set(streets.STREETS.looks)


@pytest.mark.parametrize("make_tile", [streets.tile, violations.tile])
def test_a_tile_outside_the_world_is_refused(ctx_of, make_tile):
    with ctx_of("so.khcn", read_only=True) as ctx, pytest.raises(Invalid):
        make_tile(ctx, 3, 8, 0)
