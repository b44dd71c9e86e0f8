"""Work on listed streets: what may be recorded when, who may, and what operators learn of each other."""

from datetime import date, timedelta

import pytest

from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused
from registry.routelists.board import SetBoardEntry, boards_of, set_entry
from registry.routelists.joining import StateNeed, joining_of, state_need
from registry.routelists.linked_structures import link_structure, linked_structures, unlink_structure
from registry.routelists.models import RouteItem
from registry.routelists.progress import is_late, work_of
from registry.routelists.progress_models import StructureRole, WorkState
from registry.routelists.workflow import ITEM
from tests.factories.routelists import a_list, agreed, issue, move, propose, street_at
from tests.factories.structures import make, organisation_id, place_inside

BUILT, PLANNED = StructureRole.BUILT, StructureRole.PLANNED
STARTED = {"started_on": date(2026, 10, 1), "due_on": date(2026, 11, 1), "photos": ["truoc.jpg"]}
DONE = {"ended_on": date(2026, 11, 20), "removed_m": 280, "laid_m": 300, "photos": ["sau.jpg"]}


@pytest.fixture
def start(ctx_of):
    """Where streets of ubnd.xa begin."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        return place_inside(ctx.session, ctx.actor.unit_ids)


@pytest.fixture
def listed(ctx_of, start):
    """The id of a street that an issued list has."""
    item_id = agreed(ctx_of, position=street_at(*start))
    issue(ctx_of, a_list(ctx_of), date(2026, 9, 1))
    return item_id


def entry(ctx_of, username, item_id, owner="viettel", version=None, **days):
    """Write the days of an operator."""
    with ctx_of(username) as ctx:
        days = dict.fromkeys(("present_on", "signed_on", "moved_on", "cleared_on")) | days
        return set_entry(ctx, SetBoardEntry(item_id, organisation_id(ctx.session, owner), version, days)).version


def test_a_street_is_started_reported_and_finished_with_its_days_and_metres(ctx_of, listed):
    move(ctx_of, "ubnd.xa", listed, "start_work", **STARTED)
    move(ctx_of, "ubnd.xa", listed, "report_work", due_on=date(2026, 12, 1), removed_m=100, laid_m=None)
    move(ctx_of, "so.xaydung", listed, "finish_work", **DONE)
    with ctx_of("viettel", read_only=True) as ctx:
        work = work_of(ctx, listed)
        assert (work.state, work.started_on, work.ended_on) == (WorkState.DONE, date(2026, 10, 1), DONE["ended_on"])
        assert (work.removed_m, work.laid_m, work.due_on) == (280, 300, date(2026, 12, 1))
        item = ctx.session.get_one(RouteItem, listed)
        assert ITEM.texts_of_states(ctx, [item]) == {listed: "Đã hoàn thành"}


def test_work_is_recorded_only_after_the_decision_and_in_its_order(ctx_of, start):
    item_id = agreed(ctx_of, position=street_at(*start))
    with pytest.raises(MoveRefused, match="sau khi có quyết định"):
        move(ctx_of, "so.xaydung", item_id, "start_work", **STARTED)
    issue(ctx_of, a_list(ctx_of), date(2026, 9, 1))
    with pytest.raises(MoveRefused, match="chưa khởi công"):
        move(ctx_of, "so.xaydung", item_id, "finish_work", **DONE)
    move(ctx_of, "so.xaydung", item_id, "start_work", **STARTED)
    with pytest.raises(MoveRefused, match="Đã khởi công"):
        move(ctx_of, "so.xaydung", item_id, "start_work", **STARTED)


@pytest.mark.parametrize(
    ("name", "days", "field"),
    [
        ("start_work", {"started_on": date(2026, 12, 31)}, "started_on"),
        ("start_work", {"due_on": date(2026, 9, 1)}, "due_on"),
    ],
)
def test_days_to_come_or_out_of_order_are_refused_at_their_field(ctx_of, listed, name, days, field):
    with pytest.raises(Invalid) as refused:
        move(ctx_of, "so.xaydung", listed, name, **STARTED | days)
    assert list(refused.value.fields) == [field]


def test_a_street_in_work_is_not_reviewed_again_until_its_work_is_dropped(ctx_of, listed):
    move(ctx_of, "so.xaydung", listed, "start_work", **STARTED)
    with pytest.raises(MoveRefused, match="dừng công việc"):
        move(ctx_of, "so.xaydung", listed, "review_again", reason="Sai")
    move(ctx_of, "so.xaydung", listed, "drop_work", ended_on=date(2026, 11, 1), reason="Thiếu vốn")
    with ctx_of("so.xaydung", read_only=True) as ctx:
        assert ITEM.move("review_again").obstacle(ctx, ctx.session.get_one(RouteItem, listed)) is None


def test_a_street_is_late_from_the_day_after_its_last_one_until_it_ends(ctx_of, listed):
    move(ctx_of, "so.xaydung", listed, "start_work", **STARTED)
    with ctx_of("so.xaydung") as ctx:
        item, work = ctx.session.get_one(RouteItem, listed), work_of(ctx, listed)
        assert [is_late(item, work, day) for day in (date(2026, 11, 1), date(2026, 11, 2))] == [False, True]
    move(ctx_of, "so.xaydung", listed, "finish_work", **DONE)
    with ctx_of("so.xaydung") as ctx:
        assert not is_late(ctx.session.get_one(RouteItem, listed), work_of(ctx, listed), date(2027, 1, 1))


def test_an_operator_writes_and_reads_its_own_row_alone(ctx_of, listed):
    assert entry(ctx_of, "viettel", listed, present_on=date(2026, 10, 2)) == 1
    entry(ctx_of, "ubnd.xa", listed, "vnpt", present_on=date(2026, 10, 2), signed_on=date(2026, 10, 9))
    with pytest.raises(Forbidden):
        entry(ctx_of, "viettel", listed, "vnpt", version=1, present_on=date(2026, 10, 2))
    boards = {}
    for username in ("viettel", "dienluc", "so.khcn", "ubnd.xa"):
        with ctx_of(username, read_only=True) as ctx:
            board = boards_of(ctx, [listed])[listed]
            boards[username] = (len(board.rows), board.percent)
    assert boards == {"viettel": (1, 25), "dienluc": (0, None), "so.khcn": (2, 37), "ubnd.xa": (2, 37)}


def test_a_stale_row_of_the_board_and_days_out_of_order_are_refused(ctx_of, listed):
    entry(ctx_of, "viettel", listed, present_on=date(2026, 10, 2))
    with pytest.raises(Conflict):
        entry(ctx_of, "ubnd.xa", listed, present_on=date(2026, 10, 3))
    with pytest.raises(Invalid) as refused:
        entry(ctx_of, "ubnd.xa", listed, version=1, present_on=date(2026, 10, 3), cleared_on=date(2026, 10, 1))
    assert list(refused.value.fields) == ["cleared_on"]


def test_what_was_built_lies_in_the_corridor_and_shows_to_who_sees_it_exactly(ctx_of, listed, start):
    with ctx_of("viettel") as ctx:
        near = make(ctx, kind="manhole", at=start, sharing_status="not_assessed").code
        far = make(ctx, kind="manhole", at=(start[0] + 0.01, start[1])).code
    with ctx_of("so.xaydung") as ctx:
        version = ctx.session.get_one(RouteItem, listed).version
        with pytest.raises(Invalid) as refused:
            link_structure(ctx, listed, version, BUILT, far)
        assert "hành lang" in refused.value.fields["code"][0]
        link_structure(ctx, listed, version, BUILT, near)
    codes = {}
    for username in ("so.xaydung", "viettel", "vnpt"):
        with ctx_of(username, read_only=True) as ctx:
            codes[username] = [structure.code for structure in linked_structures(ctx, listed, BUILT)]
    assert codes == {"so.xaydung": [near], "viettel": [near], "vnpt": []}
    with ctx_of("so.xaydung") as ctx:
        version = ctx.session.get_one(RouteItem, listed).version
        with pytest.raises(Invalid):
            unlink_structure(ctx, listed, version, BUILT, far)
        unlink_structure(ctx, listed, version, BUILT, near)
        assert linked_structures(ctx, listed, BUILT) == []


def test_a_proposal_links_planned_structures_until_it_is_sent_and_built_ones_after_the_work(ctx_of, start):
    item_id = propose(ctx_of, position=street_at(*start))
    with ctx_of("viettel") as ctx:
        common = {"at": start, "sharing_status": "not_assessed"}
        future = make(ctx, kind="manhole", status="planned", **common).code
        present = make(ctx, kind="manhole", at=(start[0], start[1] + 0.00005), sharing_status="not_assessed").code

    def link(username, role, code, change=link_structure):
        with ctx_of(username) as ctx:
            change(ctx, item_id, ctx.session.get_one(RouteItem, item_id).version, role, code)

    with pytest.raises(Invalid) as refused:
        link("ubnd.xa", PLANNED, present)
    assert "trên thực địa" in refused.value.fields["code"][0]
    link("ubnd.xa", PLANNED, future)
    with pytest.raises(Invalid):
        link("ubnd.xa", PLANNED, future)
    link("ubnd.xa", PLANNED, future, unlink_structure)
    move(ctx_of, "ubnd.xa", item_id, "submit")
    with pytest.raises(MoveRefused):
        link("ubnd.xa", PLANNED, future)
    move(ctx_of, "so.xaydung", item_id, "agree")
    issue(ctx_of, a_list(ctx_of), date(2026, 9, 1))
    with pytest.raises(Invalid) as refused:
        link("so.xaydung", BUILT, future)
    assert "còn dự kiến" in refused.value.fields["code"][0]


def need(ctx_of, username, item_id, bores, metres, version=1):
    """State a need."""
    with ctx_of(username) as ctx:
        item = ctx.session.get_one(RouteItem, item_id)
        return state_need(ctx, StateNeed(item, version, bores, metres)).is_late


def test_operators_are_asked_and_late_and_silent_ones_stay_on_record(ctx_of, clock, listed):
    move(ctx_of, "so.xaydung", listed, "open_joining", closes_on=date(2026, 12, 1))
    assert not need(ctx_of, "viettel", listed, 2, 300)
    clock.advance(timedelta(days=10))
    assert need(ctx_of, "vnpt", listed, 1, 100)
    with ctx_of("so.khcn", read_only=True) as ctx:
        joining = joining_of(ctx, listed)
        answers = {each.organisation: (each.row.bores, each.row.is_late) for each in joining.needs}
        assert joining.is_over
        assert (joining.bores, joining.metres) == (3, 400)
        assert answers["Viettel Thanh Hóa"] == (2, False)
        assert answers["VNPT Thanh Hóa"] == (1, True)
        assert (None, False) in answers.values()
    move(ctx_of, "so.xaydung", listed, "start_work", **STARTED)
    with pytest.raises(MoveRefused, match="đã khởi công"):
        need(ctx_of, "viettel", listed, 4, 300, version=2)


def test_an_operator_learns_no_need_of_a_rival(ctx_of, clock, listed):
    move(ctx_of, "so.xaydung", listed, "open_joining", closes_on=date(2026, 12, 1))
    need(ctx_of, "viettel", listed, 2, 300)

    def read(username):
        with ctx_of(username, read_only=True) as ctx:
            joining = joining_of(ctx, listed)
            return [(each.organisation, each.row.bores) for each in joining.needs], joining.bores

    assert read("vnpt") == ([("VNPT Thanh Hóa", None)], None)
    clock.advance(timedelta(days=10))
    # Two needs: the sum less one's own would be the other's.
    need(ctx_of, "vnpt", listed, 1, 100)
    assert read("vnpt") == ([("VNPT Thanh Hóa", 1)], None)
    assert read("dienluc") == ([], None)


@pytest.mark.parametrize(("bores", "metres"), [(2, 0), (0, 300)])
def test_bores_without_metres_are_refused_and_a_stale_statement_is_a_conflict(ctx_of, listed, bores, metres):
    move(ctx_of, "so.xaydung", listed, "open_joining", closes_on=date(2026, 12, 1))
    with pytest.raises(Invalid) as refused:
        need(ctx_of, "viettel", listed, bores, metres)
    assert list(refused.value.fields) == ["metres"]
    need(ctx_of, "viettel", listed, 1, 100)
    with pytest.raises(Conflict):
        need(ctx_of, "viettel", listed, 2, 200)


def test_a_window_ends_today_at_the_earliest_and_is_opened_once(ctx_of, listed):
    with pytest.raises(Invalid) as refused:
        move(ctx_of, "so.xaydung", listed, "open_joining", closes_on=date(2026, 11, 24))
    assert list(refused.value.fields) == ["closes_on"]
    move(ctx_of, "so.xaydung", listed, "open_joining", closes_on=date(2026, 11, 25))
    with pytest.raises(MoveRefused, match="đã hỏi nhu cầu"):
        move(ctx_of, "so.xaydung", listed, "open_joining", closes_on=date(2026, 12, 25))
