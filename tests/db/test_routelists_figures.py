"""Figures of issued lists: each is the list that it opens, for readers of the province and of one area."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from registry.campaigns.measures import measure_labels, read_measures
from registry.indicators.declared import FIGURES, FigureQuery, FigureScope, read_figure
from registry.routelists.board import SetBoardEntry, set_entry
from registry.routelists.content import list_facts
from registry.routelists.figures import FIGURES_OF_BOARD
from registry.routelists.models import RouteItem
from registry.routelists.progress import is_late, work_of
from registry.routelists.progress_view import PROGRESS
from registry.routelists.queries import get_list, length_totals, overview_of
from registry.structures.positions.moment import When
from tests.factories.routelists import a_list, agreed, issue, move
from tests.factories.structures import organisation_id

WORKED = ("removed_m", "laid_m")


@pytest.fixture
def board(ctx_of):
    """Ids of four streets of an issued list: done, in work and late, dropped, not started."""
    streets = [agreed(ctx_of, street_name=f"Phố {number}", linked_project="") for number in range(3)]
    streets.append(agreed(ctx_of, street_name="Phố 3"))
    issue(ctx_of, a_list(ctx_of), date(2026, 9, 1))
    started = {"started_on": date(2026, 10, 1), "due_on": date(2026, 11, 1), "photos": ["truoc.jpg"]}
    for item_id in streets[:3]:
        move(ctx_of, "so.xaydung", item_id, "start_work", **started)
    report = {"due_on": date(2026, 11, 1), "removed_m": 100, "laid_m": 50}
    move(ctx_of, "so.xaydung", streets[1], "report_work", **report)
    done = {"ended_on": date(2026, 11, 20), "removed_m": 280, "laid_m": 300, "photos": ["sau.jpg"]}
    move(ctx_of, "so.xaydung", streets[0], "finish_work", **done)
    move(ctx_of, "so.xaydung", streets[2], "drop_work", ended_on=date(2026, 11, 1), reason="Thiếu vốn")
    return streets


def numbers(ctx, on):
    """Name -> figure on a day, as far as the reader's own list reaches."""
    query = FigureQuery(on, scope=FigureScope.READER)
    return {name: int(read_figure(ctx, f"streets.{name}", query).numerator) for name in FIGURES_OF_BOARD}


def test_each_figure_is_the_list_that_it_opens(ctx_of, board):
    assert board
    for username in ("so.khcn", "ubnd.xa", "viettel", "kiemtra2"):
        with ctx_of(username, read_only=True) as ctx:
            figures, listed = numbers(ctx, ctx.today), {}
            for name, figure in FIGURES_OF_BOARD.items():
                query = PROGRESS.query(ctx, PROGRESS.read(ctx, MultiDict(figure.arguments)))
                rows = ctx.session.execute(query).all()
                column = name if name in WORKED else "listed_m"
                summed = sum((getattr(row, column) or Decimal(0) for row in rows), Decimal(0))
                listed[name] = len(rows) if figure.sum_of is None else int(summed)
            assert figures == listed, username
    with ctx_of("so.khcn", read_only=True) as ctx:
        figures = numbers(ctx, ctx.today)
        states = [figures[name] for name in ("listed", "waiting", "started", "in_work", "done", "dropped")]
        assert states == [4, 1, 0, 1, 1, 1]
        assert [figures[name] for name in ("late", "joint", *WORKED)] == [1, 1, 380, 350]
        late = [
            item_id
            for item_id in board
            if is_late(ctx.session.get(RouteItem, item_id), work_of(ctx, item_id), ctx.today)
        ]
        assert late == [board[1]]


def test_figures_of_a_former_day_are_those_of_that_day(ctx_of, board):
    assert board
    with ctx_of("so.khcn", read_only=True) as ctx:
        former = numbers(ctx, date(2026, 10, 15))
        assert [former[name] for name in ("listed", "waiting", "done", "late")] == [4, 1, 0, 0]
        assert numbers(ctx, date(2026, 8, 31))["listed"] == 0


def test_the_share_put_underground_is_of_metres_and_one_for_all_readers(ctx_of, board):
    assert board
    values = set()
    for username in ("so.khcn", "viettel"):
        with ctx_of(username, read_only=True) as ctx:
            values.add(read_figure(ctx, "streets.underground", FigureQuery(ctx.today)).value)
    assert len(values) == 1
    assert Decimal(20) < values.pop() < Decimal(30)


def test_a_report_takes_the_steps_of_its_operator_as_known_at_its_moment(ctx_of, clock, board):
    with ctx_of("so.xaydung") as ctx:
        viettel = organisation_id(ctx.session, "viettel")
        days = {"present_on": date(2026, 10, 2), "signed_on": None, "moved_on": date(2026, 11, 1), "cleared_on": None}
        set_entry(ctx, SetBoardEntry(board[0], viettel, None, days))
        recorded_at = ctx.now
    clock.advance(timedelta(days=1))
    with ctx_of("so.xaydung") as ctx:
        set_entry(ctx, SetBoardEntry(board[0], viettel, 1, days | {"cleared_on": date(2026, 11, 2)}))
    with ctx_of("viettel", read_only=True) as ctx:
        day = date(2026, 11, 20)
        now, then = (read_measures(ctx, viettel, When(day, at)) for at in (None, recorded_at))
        assert [each[f"streets.{step}"] for each in (now, then) for step in ("moved", "cleared")] == [1, 1, 1, 0]
        assert "streets.moved" in measure_labels()
    with ctx_of("vnpt", read_only=True) as ctx:
        assert FIGURES["streets.moved"].read(ctx, FigureQuery(day, None, FigureScope.OWNER, viettel)) is None


def test_sums_of_a_list_are_those_of_the_whole_metres_of_its_rows(ctx_of):
    ids = [agreed(ctx_of, street_name=f"Phố {number}") for number in range(3)]
    list_id = a_list(ctx_of)
    with ctx_of("so.xaydung", read_only=True) as ctx:
        route_list = get_list(ctx, list_id)
        lengths = [ctx.session.get_one(RouteItem, number).length_m for number in ids]
        whole = sum(map(round, lengths))
        assert whole != round(sum(lengths))
        assert sum(row.length_m for row in length_totals(ctx, route_list)) == whole
        assert overview_of(ctx, list_id).agreed_m == whole
        assert str(whole) in dict(list_facts(ctx, route_list))["Tổng chiều dài"]
