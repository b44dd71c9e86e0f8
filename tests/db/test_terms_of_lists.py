"""Terms in lists and files of cases: an exclusive end is read as its last day, and the worst cases come first."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import DateTime, select
from werkzeug.datastructures import MultiDict

from registry.audit.subjects import TRACKED
from registry.kernel.clock import end_of_day, last_day, term_end
from registry.kernel.db.base import TERM_END, Base
from registry.kernel.i18n import force_locale, format_term_end
from registry.kernel.lists.columns import On, TermEnd, offered
from registry.kernel.lists.page import read_page
from registry.kernel.lists.view import LISTS
from registry.kernel.paging import Cursor
from registry.workflow.calendar import TermUnit
from registry.workflow.definition import WORKFLOWS
from registry.workflow.jobs import run_clocks
from registry.workflow.lists import case_list
from registry.workflow.time_left import (
    clocks_missed_by_holder,
    describe_time_left,
    term_end_of,
    times_left,
    urgent_end_of,
)
from tests.support.cases import ANSWER, TriedCase, add_law, ask, at

FILED = at("2027-02-01")
LATER = at("2027-02-15")
#: Columns of pages that are other columns of the files of their list.
IN_OTHER_COLUMNS = {
    "route-lists.decision": ("decision_number", "decided_on"),
    "tariffs.days": ("valid_from", "valid_to"),
    "tariffs.offer": ("unit", "period", "price", "tax_included", "tax_rate"),
}
#: Moments that end a session, a link, a file, a proof: to the minute.
MOMENTS = {
    "account_mail.expires_at",
    "day_pass.expires_at",
    "remembered_browser.expires_at",
    "one_time_link.expires_at",
    "spent_proof.expires_at",
    "user_session.expires_at",
    "export_job.expires_at",
}


def test_each_column_that_ends_a_term_is_declared_as_an_exclusive_end():
    """A new one: `Mapped[ExclusiveEnd]`, or a line of MOMENTS where people read the minute."""
    wrong = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, DateTime) and column.name in {"due_at", "expires_at"}
        if not column.info.get(TERM_END) and not table.name.endswith("_history")
    ]
    assert sorted(wrong) == sorted(MOMENTS)


def test_each_list_of_cases_gives_its_terms_as_days():
    terms = {view.code: column.kind for view in LISTS.values() for column in view.columns if column.name == "due_at"}
    assert set(terms.values()) == {TermEnd}
    assert {workflow.index for workflow in WORKFLOWS.values()} <= {
        view.endpoint for view in LISTS.values() if view.code in terms
    }


def test_each_list_of_cases_has_the_overdue_first_and_shows_their_term_on_its_page(app, ctx_of):
    """A new list of cases: `case_list(...)`, or its order and `term_columns` as there."""
    lists = {view.code: view for view in LISTS.values() for column in view.columns if column.name == "due_at"}
    with app.test_request_context(), ctx_of("so.khcn", read_only=True) as ctx:
        wrong = [
            code
            for code, view in lists.items()
            if view.order[:1] != ("is_overdue",)
            or not view.descending
            or view.prepare is None
            or "due_at" not in {column.name for column in offered(view.columns, ctx, On.PAGE)}
        ]
    assert wrong == []


def test_a_file_says_all_that_the_page_of_its_list_says():
    """A new column of a page alone: `On.BOTH`, or a line of IN_OTHER_COLUMNS with the columns that say the same."""
    lacking = {}
    for view in LISTS.values():
        in_files = {column.name for column in view.columns if column.on is not On.PAGE}
        alone = {column.name for column in view.columns if column.on is On.PAGE} if view.stem else set()
        for name in alone - {"updated_at"} if "due_at" in in_files else alone:
            key = f"{view.code}.{name}"
            if not in_files.issuperset(IN_OTHER_COLUMNS.get(key, (key,))):
                lacking[key] = sorted(in_files)
    assert lacking == {}


def test_each_list_of_cases_has_states_and_terms_in_words_in_its_files():
    wrong = []
    for view in LISTS.values():
        columns = {column.name: column for column in view.columns if column.on is not On.PAGE}
        if "due_at" in columns and ("time_left" not in columns or isinstance(columns["state"].value, str)):
            wrong.append(view.code)
    assert wrong == []


@pytest.mark.parametrize("day", [date(1995, 1, 1), date(2026, 12, 2), date(2027, 2, 28), date(2190, 12, 31)])
def test_the_end_of_a_day_is_that_day_and_a_moment_stays_a_moment(day):
    end = end_of_day(day)
    assert (last_day(end), term_end(end), format_term_end(end)) == (day, day, day.strftime("%d/%m/%Y"))
    noon = end - timedelta(hours=12)
    assert term_end(noon) == noon
    assert format_term_end(noon) == f"{day:%d/%m/%Y} 12:00"


@pytest.fixture
def listed(app, ctx_of, flow):
    """A function: the list of the cases at a moment, in pages of two, and the rows of its file by column."""
    view = case_list(flow, code="tried", columns=(), size=2)

    def read(now=LATER, **args):
        with app.test_request_context(), ctx_of("so.khcn", now=now, read_only=True) as ctx, force_locale("vi"):
            pages, cursor = [], None
            for _page in range(4):
                page = read_page(ctx, view, view.read(ctx, MultiDict(args)), cursor)
                view.prepare(ctx, page.rows)
                columns = {column.name: column for column in offered(view.columns, ctx, On.PAGE)}
                pages += [(row.TriedCase.title, columns["due_at"].on_page(ctx, row)) for row in page.rows]
                cursor = page.next and Cursor(page.next.value, page.next.id, page.next.backwards)
                if cursor is None:
                    break
            source = view.open(ctx, MultiDict(args))
            names = [column.name for column in source.columns]
            return pages, [dict(zip(names, record.values, strict=True)) for record in source.records()]

    return read


def test_a_file_and_a_page_give_the_same_last_day(ctx_of, listed):
    with ctx_of("so.khcn", now=FILED) as ctx:
        due = ask(ctx).due_at
    pages, file = listed(now=FILED)
    assert [row["due_at"] for row in file] == [date(2027, 2, 17)] == [last_day(due)]
    assert "(hạn 17/02)" in str(pages[0][1])


def test_a_term_in_hours_stays_a_moment_in_a_file(ctx_of, listed):
    with ctx_of("so.khcn", now=FILED) as ctx:
        add_law(ctx, ANSWER, 30, TermUnit.HOUR, valid_from="2027-01-01")
        due = ask(ctx).due_at
    assert [row["due_at"] for row in listed(now=FILED)[1]] == [due]


def test_overdue_cases_come_first_on_every_page_and_show_their_term(database, ctx_of, listed):
    for day, title in (
        ("2027-01-04", "trễ 1"),
        ("2027-01-05", "trễ 2"),
        ("2027-02-01", "mới 1"),
        ("2027-02-02", "mới 2"),
    ):
        with ctx_of("so.khcn", now=at(day)) as ctx:
            ask(ctx, title)
    run_clocks(database, LATER - timedelta(days=25))
    pages, file = listed()
    assert [title for title, _term in pages] == ["trễ 2", "trễ 1", "mới 2", "mới 1"]
    assert all(isinstance(row["due_at"], date) and not isinstance(row["due_at"], datetime) for row in file)
    assert all(term for _title, term in pages)


def test_a_case_whose_holder_missed_one_term_and_has_a_further_one_says_both(database, ctx_of, flow, listed):
    with ctx_of("so.khcn", now=FILED) as ctx:
        number = ask(ctx).id
    run_clocks(database, end_of_day(date(2027, 2, 17)))
    with ctx_of("so.khcn", now=at("2027-02-19"), read_only=True) as ctx, force_locale("vi"):
        left = times_left(ctx, flow, [ctx.session.get_one(TriedCase, number)])[number]
    assert left.text == "quá hạn 2 ngày làm việc (hạn 17/02); thời hạn tiếp theo: còn 2 ngày làm việc (hạn 23/02)"
    pages, file = listed(now=at("2027-02-19"))
    assert [left.text in str(term) for _title, term in pages] == [True]
    assert [row["time_left"] for row in file] == [left.text]
    assert left.tone == "bad"


def test_who_missed_a_term_and_has_to_act_still_finds_the_case_among_the_overdue(database, ctx_of, flow):
    with ctx_of("so.khcn", now=FILED) as ctx:
        ask(ctx)
    run_clocks(database, end_of_day(date(2027, 2, 17)))
    with ctx_of("so.khcn", now=at("2027-02-19"), read_only=True) as ctx:
        ends = ctx.session.execute(select(term_end_of(flow), urgent_end_of(flow))).one()
    assert [last_day(end) for end in ends] == [date(2027, 2, 23), date(2027, 2, 17)]


def test_the_states_that_wait_for_who_missed_a_term_are_known():
    """Elsewhere the next term is that of another party, whose work is not late yet."""
    clocks = {
        (code, str(state)): names
        for code, flow in WORKFLOWS.items()
        for state, names in clocks_missed_by_holder(flow).items()
    }
    assert clocks == {("violation", "minutes_overdue"): {"minutes"}, ("occupation", "overdue"): {"claim"}}


@pytest.mark.parametrize(
    ("hours", "length"), [(0.5, "30 phút"), (5, "5 giờ"), (47, "47 giờ"), (48, "2 ngày"), (126, "5 ngày")]
)
def test_long_terms_in_hours_are_described_in_days(ctx_of, hours, length):
    with ctx_of("so.khcn", now=FILED, read_only=True) as ctx, force_locale("vi"):
        assert describe_time_left(ctx, FILED - timedelta(hours=hours, minutes=0))[1].startswith(f"quá hạn {length} ")
        assert describe_time_left(ctx, FILED + timedelta(hours=hours))[1].startswith(f"còn {length} ")


def test_the_audit_log_reads_exclusive_ends_as_days(ctx_of):
    """Tracked columns are shown by their type: none of them bears a label of its own for its end."""
    ends = [
        (table, name)
        for table, tracked in TRACKED.items()
        for name in tracked.fields()
        if name in tracked.model.__table__.c and name.endswith(("due_at", "expires_at"))
        if not tracked.model.__table__.c[name].info.get(TERM_END)
    ]
    assert ends == []
