"""The figures of co-location: days, lateness, grants and refusals, from cases whose answers are known."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from registry.capacity.commands import AddEntry
from registry.capacity.service import add_entry
from registry.colocation.codes import RefusalGround
from registry.colocation.figures.outcomes import Period, last_year, read_period
from registry.colocation.figures.tables import figures_by_owner, figures_by_unit, own_figures, own_use
from registry.colocation.list_view import REQUESTS, request_clauses
from registry.colocation.workflow import COLOCATION
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.errors import Invalid
from registry.workflow.calendar_service import SaveDay, add_day
from registry.workflow.jobs import run_clocks
from registry.workflow.lists import count_cases
from registry.workflow.models import DayKind
from tests.factories.colocation import LABEL, accept, case, filed, items_of, move, offer, reject, tower

#: A Monday of a month without holidays, and the day on which the figures are read.
MONDAY = date(2026, 3, 2)
READ_ON = date(2026, 4, 30)
PERIOD = Period(date(2026, 2, 1), READ_ON)
LAST_YEAR = last_year(READ_ON)


def moment(day, hour=10):
    return datetime.combine(day, time(hour), tzinfo=LOCAL_ZONE)


@pytest.fixture
def at(ctx_of):
    """A function: who, days after the Monday -> a context of ten o'clock on that day."""
    return lambda username, days=0: ctx_of(username, now=moment(MONDAY + timedelta(days=days)))


@pytest.fixture
def read(ctx_of):
    """A function: reader -> a reading context of the day on which figures are read."""
    return lambda username: ctx_of(username, now=moment(READ_ON), read_only=True)


@pytest.fixture
def code(at):
    """A published tower of Viettel with many positions."""
    with at("viettel", -200) as ctx:
        return tower(ctx, total=50).code


@pytest.fixture
def asked(at, code):
    """A function: days after the Monday, requester -> a request for the tower sent then."""

    def send(days=0, username="vnpt", *codes):
        with at(username, days) as ctx:
            return filed(ctx, *(codes or (code,))).id

    return send


def answered(at, number, days, act=accept, **more):
    with at("viettel", days) as ctx:
        return act(ctx, case(ctx, number), **more)


def line_of(ctx, name="Viettel", period=PERIOD):
    (line,) = (line for line in figures_by_owner(ctx, period).lines if name.lower() in line.name.lower())
    return line


def test_days_are_working_days_from_sending_to_the_answer(at, read, asked):
    for after in (1, 4, 7):
        answered(at, asked(), after)
    with read("so.khcn") as ctx:
        now = line_of(ctx).now
    # Tuesday 1, Friday 4, the Monday after 5.
    assert (now.requests, now.answered, now.median) == (3, 3, 4)
    assert now.p90 == Decimal("4.8")


def test_a_day_off_does_not_count_and_a_worked_saturday_does(at, read, asked):
    with at("quantri") as ctx:
        for offset, kind in ((1, DayKind.DAY_OFF), (5, DayKind.WORKED_WEEKEND)):
            add_day(ctx, SaveDay(MONDAY + timedelta(days=offset), kind, "Thử", "QĐ thử", needs_verification=False))
    answered(at, asked(), 3)
    with read("so.khcn") as ctx:
        assert line_of(ctx).now.median == 2
    answered(at, asked(), 7)
    with read("so.khcn") as ctx:
        # Wednesday, Thursday, Friday, Saturday, Monday.
        assert line_of(ctx).now.median == (2 + 5) / 2


def test_days_with_the_requester_do_not_count(at, read, asked):
    number = asked()
    with at("viettel", 1) as ctx:
        move(ctx, case(ctx, number), "return", missing="Bản vẽ")
    with at("vnpt", 3) as ctx:
        move(ctx, case(ctx, number), "resubmit")
    answered(at, number, 4)
    with read("so.khcn") as ctx:
        # Tuesday to Thursday were touched by the return; Friday is left.
        assert line_of(ctx).now.median == 1


def test_the_answer_is_the_last_one_needed_and_a_dispute_does_not_undo_it(at, read, asked, code):
    with at("viettel", -100) as ctx:
        other = tower(ctx).code
    number = asked(0, "vnpt", code, other)
    with at("viettel", 1) as ctx:
        request = case(ctx, number)
        accept(ctx, request, items_of(ctx, request)[0])
    with read("so.khcn") as ctx:
        assert (line_of(ctx).now.answered, line_of(ctx).now.median) == (0, None)
    with at("viettel", 2) as ctx:
        request = case(ctx, number)
        reject(ctx, request, items_of(ctx, request)[1])
    with at("vnpt", 10) as ctx:
        move(ctx, case(ctx, number), "dispute", text="Không đồng ý")
    with read("so.khcn") as ctx:
        now = line_of(ctx).now
    assert (now.answered, now.median, now.items, now.items_answered, now.acceptance_pct) == (1, 2, 2, 2, 50)


def test_an_offer_is_an_answer_but_neither_grant_nor_refusal(at, read, asked):
    answered(at, asked(), 1, offer)
    with read("so.khcn") as ctx:
        now = line_of(ctx).now
    assert (now.answered, now.items_answered, now.acceptance_pct) == (1, 0, None)


def test_silence_is_late_whether_or_not_an_answer_follows(at, read, asked, database):
    early, silent, slow = asked(), asked(), asked()
    answered(at, early, 1)
    assert run_clocks(database, moment(MONDAY + timedelta(days=20))).moved == 2
    answered(at, slow, 21)
    with read("so.khcn") as ctx:
        now = line_of(ctx).now
    assert (now.late, now.answered) == (2, 2)
    assert silent


def test_a_term_that_is_over_is_late_before_the_job_comes_by(read, asked):
    asked()
    with read("so.khcn") as ctx:
        assert line_of(ctx).now.late == 1


def test_refusals_are_counted_by_ground_with_their_requests(at, read, asked, code):
    with at("viettel", -100) as ctx:
        other = tower(ctx).code
    answered(at, asked(0, "vnpt", code, other), 1, reject)
    answered(at, asked(), 1, reject, ground=RefusalGround.SECURITY)
    with read("so.khcn") as ctx:
        now = line_of(ctx).now
    counts = {ground: (now.refusals(ground).items, now.refusals(ground).requests) for ground in RefusalGround}
    assert {ground: pair for ground, pair in counts.items() if any(pair)} == {
        RefusalGround.UNSAFE: (2, 1),
        RefusalGround.SECURITY: (1, 1),
    }
    assert (now.items_refused, now.with_refused, now.acceptance_pct) == (3, 2, 0)


def test_what_the_department_decides_is_no_answer_of_the_owner(at, read, asked, database):
    number = asked()
    run_clocks(database, moment(MONDAY + timedelta(days=20)))
    with at("so.khcn", 21) as ctx:
        move(ctx, case(ctx, number), "take_up", text="Mời họp")
        data = {"decision_number": "12/QĐ", "decided_on": ctx.today, "text": "Không cho", "granted": []}
        move(ctx, case(ctx, number), "decide", **data)
    with read("so.khcn") as ctx:
        now = line_of(ctx).now
    assert (now.decided, now.answered, now.items_answered, now.with_refused, dict(now.grounds)) == (1, 0, 0, 0, {})


def test_the_period_before_is_as_long_and_stands_beside(at, read, asked):
    answered(at, asked(-28), -27)
    answered(at, asked(0), 2)
    period = Period(date(2026, 2, 20), date(2026, 3, 31))
    assert period.before == Period(date(2026, 1, 11), date(2026, 2, 19))
    with read("so.khcn") as ctx:
        line = line_of(ctx, period=period)
    assert (line.now.requests, line.now.median, line.before.requests, line.before.median) == (1, 2, 1, 1)


def test_sending_counts_by_the_day_in_viet_nam(ctx_of, read, code):
    with ctx_of("vnpt", now=moment(MONDAY, 1)) as ctx:
        filed(ctx, code)
    with read("so.khcn") as ctx:
        assert line_of(ctx, period=Period(MONDAY, MONDAY)).now.requests == 1


def test_others_learn_no_number_under_three_and_open_nothing(at, read, asked):
    for after in (1, 2):
        answered(at, asked(), after)
    with read("dienluc") as ctx:
        line = line_of(ctx, period=LAST_YEAR)
        assert not line.is_open
        assert (line.now.requests, line.now.answered, line.now.median, line.now.acceptance_pct) == (None,) * 4
        assert {line.now.refusals(ground).requests for ground in RefusalGround} == {None}
    answered(at, asked(), 3, reject)
    with read("dienluc") as ctx:
        now = line_of(ctx, period=LAST_YEAR).now
        assert (now.requests, now.answered, now.median) == (3, 3, 2)
        assert now.acceptance_pct == Decimal("66.67")
        assert (now.late, now.decided, now.with_refused) == (None, None, None)
        assert figures_by_unit(ctx, PERIOD) == []
    with read("viettel") as ctx:
        line = line_of(ctx, period=LAST_YEAR)
        assert (line.is_open, line.now.with_refused, line.now.late) == (True, 1, 0)
        assert not figures_by_owner(ctx, LAST_YEAR).total.is_open
    with read("quansu") as ctx:
        assert not line_of(ctx, period=LAST_YEAR).is_open


def test_what_is_left_of_the_whole_tells_no_single_case_either(at, read, asked):
    with at("dienluc", -100) as ctx:
        pole = tower(ctx, owner="pc_thanhhoa").code
    for _number in range(3):
        asked()
    asked(0, "vnpt", pole)
    with read("vnpt") as ctx:
        table = figures_by_owner(ctx, LAST_YEAR)
        assert (line_of(ctx, period=LAST_YEAR).now.requests, table.total.now.requests) == (3, None)
    for _number in range(2):
        asked(0, "vnpt", pole)
    with read("vnpt") as ctx:
        assert figures_by_owner(ctx, LAST_YEAR).total.now.requests == 6


def test_another_period_than_the_last_year_has_nothing_of_others(at, read, asked):
    """Two periods with three requests and four would state what came of the fourth."""
    for day in (0, 0, 0, 1):
        answered(at, asked(day), day + 1)
    others = [MONDAY, MONDAY + timedelta(days=1), READ_ON - timedelta(days=1)]
    with read("dienluc") as ctx:
        assert line_of(ctx, period=LAST_YEAR).now.requests == 4
        tables = [figures_by_owner(ctx, Period(PERIOD.first, last)) for last in others]
        assert {(table.total, *table.lines) for table in tables} == {(None,)}
    with read("viettel") as ctx:
        table = figures_by_owner(ctx, Period(PERIOD.first, MONDAY))
        assert (table.total, [line.now.requests for line in table.lines]) == (None, [3])
    with read("so.khcn") as ctx:
        assert figures_by_owner(ctx, Period(PERIOD.first, MONDAY)).total.now.requests == 3


def test_own_figures_are_of_all_or_of_ones_own(at, read, asked):
    answered(at, asked(), 1)
    with read("so.khcn") as ctx:
        assert own_figures(ctx, PERIOD)[1].median == 1
    with read("viettel") as ctx:
        assert own_figures(ctx, PERIOD)[1].requests == 1
    with read("vnpt") as ctx:
        assert own_figures(ctx, PERIOD)[1].requests == 0
    with read("quansu") as ctx:
        assert own_figures(ctx, PERIOD) is None


def test_a_request_counts_in_the_communes_of_its_structures(at, read, asked):
    answered(at, asked(), 1)
    with read("so.khcn") as ctx:
        (line,) = figures_by_unit(ctx, PERIOD)
        filter_values = REQUESTS.read(ctx, MultiDict({"unit": str(line.id), "outcome": "accepted"}))
        assert line.now.with_accepted == count_cases(ctx, COLOCATION, *request_clauses(ctx, filter_values)) == 1
    with read("viettel") as ctx, pytest.raises(Invalid, match="theo xã"):
        REQUESTS.read(ctx, MultiDict({"unit": str(line.id)}))


def test_own_use_stands_beside_that_of_others(at, read, code):
    with at("viettel") as ctx:
        add_entry(ctx, AddEntry(code, LABEL, 2, holder="Viettel"))
        add_entry(ctx, AddEntry(code, LABEL, 1, holder="VNPT"))
        add_entry(ctx, AddEntry(code, LABEL, 1, holder="Hợp tác xã Hải Tiến"))
    for reader in ("so.khcn", "viettel"):
        with read(reader) as ctx:
            (owner_figures,) = own_use(ctx)
        assert (owner_figures.structures, owner_figures.own, owner_figures.others, owner_figures.structures_others) == (
            1,
            1,
            2,
            1,
        )
        assert owner_figures.others_pct == Decimal("66.67")
    for reader in ("vnpt", "quansu"):
        with read(reader) as ctx:
            assert own_use(ctx) == []


@pytest.mark.parametrize(
    ("arguments", "field", "words"),
    [
        ({"from": "31/02/2026"}, "from", "không có trong lịch"),
        ({"to": "mai"}, "to", "không phải ngày"),
        ({"to": "01/05/2026"}, "to", "hãy chọn ngày cuối"),
        ({"from": "05/03/2026", "to": "01/03/2026"}, "from", "sau ngày cuối"),
        ({"from": "01/01/2010"}, "from", "quá dài"),
    ],
    ids=str,
)
def test_a_period_that_cannot_be_is_refused_in_words(read, arguments, field, words):
    with read("so.khcn") as ctx, pytest.raises(Invalid) as caught:
        read_period(ctx, MultiDict(arguments))
    assert words in str(caught.value.fields[field])


def test_without_a_period_it_is_the_last_year(read):
    with read("so.khcn") as ctx:
        assert read_period(ctx, MultiDict()) == Period(date(2025, 5, 1), READ_ON)
