"""The review desk divides and orders a list: streets are merged, taken out again, split and moved."""

import pytest
from shapely import LineString
from sqlalchemy import select

from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused
from registry.routelists.arranging import ORDER_KEY, move_item, split_item
from registry.routelists.models import RouteItem
from registry.routelists.parts import cut_line, join_lines, share_by_house
from registry.routelists.workflow import ITEM
from registry.structures.commands import GivenPosition
from registry.workflow.engine import fire
from registry.workflow.models import CaseEvent
from tests.factories.routelists import a_list, agreed, issue, line, move, sent, state_of
from tests.factories.structures import place_inside
from tests.support.clock import NOW

#: Degrees of about 100 m.
STEP = 0.001


@pytest.fixture
def start(ctx_of):
    with ctx_of("ubnd.xa") as ctx:
        return place_inside(ctx.session, ctx.actor.unit_ids)


def stretch(ctx_of, start, begin, end, **texts):
    """A sent street from `start` to `end` steps east of a place."""
    lon, lat = start
    return sent(ctx_of, position=line((lon + begin * STEP, lat), (lon + end * STEP, lat)), **texts)


def read(ctx_of, item_id):
    with ctx_of("so.xaydung", read_only=True) as ctx:
        return ctx.session.get_one(RouteItem, item_id)


def merged(ctx_of, item_id, into):
    return move(ctx_of, "so.xaydung", item_id, "merge", into=read(ctx_of, into).number)


def split(ctx_of, item_id, name, point=None, version=2, username="so.xaydung"):
    with ctx_of(username) as ctx:
        return split_item(ctx, item_id, version, name, point).id


@pytest.mark.parametrize(
    ("own", "other", "metres", "beyond"),
    [
        ([(0, 0), (100, 0)], [(100, 0), (250, 0)], 250, 150),
        ([(0, 0), (100, 0)], [(250, 3), (104, 3)], 250, 150),
        ([(0, 0), (100, 0)], [(50, 5), (250, 5)], 250, 150),
        ([(0, 0), (100, 0)], [(20, 5), (80, 5)], 100, 0),
        ([(100, 0), (200, 0)], [(0, 0), (300, 0)], 300, 200),
    ],
)
def test_lines_that_touch_or_overlap_are_one_line(own, other, metres, beyond):
    joined = join_lines(LineString(own), LineString(other))
    assert joined.shape.length == pytest.approx(metres, abs=12)
    assert joined.beyond_m == pytest.approx(beyond, abs=12)


@pytest.mark.parametrize("other", [[(0, 40), (100, 40)], [(50, 0), (50, 90)], [(130, 0), (200, 0)]])
def test_lines_apart_or_across_are_not_joined(other):
    assert join_lines(LineString([(0, 0), (100, 0)]), LineString(other)) is None


def test_a_house_lies_between_the_numbers_of_both_ends_and_no_part_is_too_short():
    assert share_by_house("Số nhà 2", "SN 98", "nhà số 50") == pytest.approx(0.5)
    assert share_by_house("Số nhà 2", "Cầu Cốc", "số nhà 50") is None
    assert share_by_house("Số nhà 2", "Số nhà 98", "Số nhà 120") is None
    assert cut_line(LineString([(0, 0), (100, 0)]), 2) is None


def test_a_merged_street_keeps_both_figures_and_is_taken_out_again_as_it_was(ctx_of, start):
    first = stretch(ctx_of, start, 0, 2, from_place="A", to_place="B", cost_vnd="1000", reason="Cáp thấp")
    second = stretch(ctx_of, start, 2, 4, from_place="B", to_place="C", cost_vnd="500", reason="Cột nghiêng")
    before = read(ctx_of, first)
    merged(ctx_of, second, first)
    item = read(ctx_of, first)
    assert (item.from_place, item.to_place, item.reason) == ("A", "C", "Cáp thấp; Cột nghiêng")
    assert 1480 <= item.cost_vnd <= 1500
    assert float(item.length_m) == pytest.approx(2 * float(before.length_m), rel=0.05)
    assert state_of(ctx_of, second) == "merged"
    move(ctx_of, "so.xaydung", second, "unmerge")
    item = read(ctx_of, first)
    assert (item.to_place, item.cost_vnd, item.length_m) == ("B", 1000, before.length_m)
    assert state_of(ctx_of, second) == "under_review"
    with ctx_of("so.xaydung", read_only=True) as ctx:
        moves = ctx.session.scalars(select(CaseEvent.move).where(CaseEvent.case_id == first)).all()
    assert {"took_up", "gave_back"} <= set(moves)


def test_a_merge_is_refused_for_other_streets_and_undone_only_while_nothing_changed(ctx_of, start):
    first, second = stretch(ctx_of, start, 0, 2, to_place="B"), stretch(ctx_of, start, 2, 4, from_place="B")
    other = stretch(ctx_of, start, 4, 6, street_name="Phố Khác")
    with pytest.raises(Invalid):
        merged(ctx_of, second, other)
    with pytest.raises(MoveRefused, match="Không có tuyến nào để gộp"):
        merged(ctx_of, other, second)
    with pytest.raises(Forbidden):
        move(ctx_of, "ubnd.xa", second, "merge", into=read(ctx_of, first).number)
    merged(ctx_of, second, first)
    move(ctx_of, "so.xaydung", first, "agree")
    with pytest.raises(MoveRefused, match="đã thay đổi từ khi gộp"):
        move(ctx_of, "so.xaydung", second, "unmerge")


def test_a_split_divides_line_and_amounts_and_keeps_the_term(ctx_of, start, clock):
    item_id = stretch(ctx_of, start, 0, 4, from_place="Số nhà 2", to_place="Số nhà 98", cost_vnd="1000")
    whole = read(ctx_of, item_id)
    part_id = split(ctx_of, item_id, "Số nhà 26")
    item, part = read(ctx_of, item_id), read(ctx_of, part_id)
    assert (item.to_place, part.from_place, part.to_place) == ("Số nhà 26", "Số nhà 26", "Số nhà 98")
    assert (item.cost_vnd, part.cost_vnd) == (250, 750)
    assert float(item.length_m + part.length_m) == pytest.approx(float(whole.length_m), abs=0.1)
    assert (part.due_at, part.state, part.organisation_id) == (whole.due_at, whole.state, whole.organisation_id)
    assert part.number not in (None, item.number)
    merged(ctx_of, part_id, item_id)
    assert read(ctx_of, item_id).cost_vnd in range(990, 1001)


def test_a_split_names_a_place_on_the_street(ctx_of, start):
    item_id = stretch(ctx_of, start, 0, 4)
    lon, lat = start

    def point(east, north=0.0):
        at = (lon + east * STEP, lat + north * STEP)
        return GivenPosition(f'{{"type": "Point", "coordinates": [{at[0]}, {at[1]}]}}', "", 4326, "")

    for name, at, field in (("", None, "cut_at"), ("Ngã tư Lạ", None, "cut_at"), ("X", point(2, 3), "point")):
        with pytest.raises(Invalid) as refused:
            split(ctx_of, item_id, name, at)
        assert field in refused.value.fields
    with pytest.raises(Invalid, match="đầu tuyến"):
        split(ctx_of, item_id, "X", point(0))
    with pytest.raises(Conflict):
        split(ctx_of, item_id, "X", point(2), version=1)
    with pytest.raises(Forbidden):
        split(ctx_of, item_id, "X", point(2), username="ubnd.xa")
    split(ctx_of, item_id, "Cổng chợ", point(2))
    assert float(read(ctx_of, item_id).length_m) == pytest.approx(200, rel=0.1)


def test_a_list_that_is_issued_is_not_divided(ctx_of, start):
    done = agreed(ctx_of)
    with pytest.raises(MoveRefused, match="không tách được"):
        split(ctx_of, done, "X", version=3)
    issue(ctx_of, a_list(ctx_of), NOW.date())
    with pytest.raises(MoveRefused):
        split(ctx_of, done, "X", version=4)


def test_streets_are_moved_before_and_after_each_other(ctx_of, start):
    ids = [stretch(ctx_of, start, number, number + 0.5, street_name=f"Phố {number}") for number in range(4)]

    def ordered():
        with ctx_of("so.xaydung", read_only=True) as ctx:
            return [ids.index(number) for number in ctx.session.scalars(select(RouteItem.id).order_by(ORDER_KEY))]

    def put(which, **where):
        with ctx_of("so.xaydung") as ctx:
            version = ctx.session.get_one(RouteItem, ids[which]).version
            named = {"before_id": None, "after_id": None} | {name: ids[other] for name, other in where.items()}
            move_item(ctx, ids[which], version, **named)

    put(3, before_id=1)
    assert ordered() == [0, 3, 1, 2]
    put(0, after_id=2)
    assert ordered() == [3, 1, 2, 0]
    put(2, before_id=3)
    assert ordered() == [2, 3, 1, 0]
    with pytest.raises(Invalid):
        put(2, before_id=2)
    with pytest.raises(Conflict), ctx_of("so.xaydung") as ctx:
        move_item(ctx, ids[1], 1, before_id=ids[0], after_id=None)


def test_of_two_merges_at_one_instant_the_second_is_refused(ctx_of, start):
    first, second, third = (stretch(ctx_of, start, at, at + 2, to_place=f"P{at}") for at in (0, 2, 4))
    versions = {number: read(ctx_of, number).version for number in (first, second, third)}
    numbers = {number: read(ctx_of, number).number for number in (first, second, third)}
    with ctx_of("so.xaydung") as ctx:
        fire(ctx, ITEM, second, "merge", {"into": numbers[first]}, version=versions[second])
    with pytest.raises(Conflict), ctx_of("so.xaydung") as ctx:
        fire(ctx, ITEM, second, "merge", {"into": numbers[third]}, version=versions[second])
    with pytest.raises(Conflict), ctx_of("so.xaydung") as ctx:
        fire(ctx, ITEM, first, "merge", {"into": numbers[third]}, version=versions[first])
