"""What is true of the declaration of every list: labels in both languages, refusals in words, page and file agree."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from werkzeug.datastructures import MultiDict

from registry.authz.actors import PUBLIC_ACTOR
from registry.kernel.db.base import Choice as ClosedList
from registry.kernel.errors import Invalid
from registry.kernel.i18n import in_language
from registry.kernel.lists.columns import Column, On, format_value, offered
from registry.kernel.lists.filters import ChoiceFilter, Day, Entity, Flag, MultiChoice, Search
from registry.kernel.lists.markup import rows
from registry.kernel.lists.view import LISTS, ListView

CTX = SimpleNamespace(today=date(2026, 11, 25), memo={}, actor=PUBLIC_ACTOR)
VIEWS = list(LISTS.values())
named = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.code)


class Colour(ClosedList):
    RED = "red", "Đỏ"
    BLUE = "blue", "Xanh"


FILTERS = (
    Search("q", "Từ khóa"),
    ChoiceFilter("colour", "Màu", options=Colour),
    MultiChoice("colours", "Màu", options=Colour),
    Flag("late", "Quá hạn", text="quá hạn"),
    Entity("owner", "Chủ sở hữu"),
    Day("on", "Tại ngày"),
)
VIEW = ListView(code="toy", label="Thử", endpoint="toy.index", permission=None, columns=(), filters=FILTERS)


def texts_of(view):
    """Every label of a list."""
    for each in view.columns:
        yield each.label
        yield each.heading or each.label
    for each in view.filters:
        yield each.label
        yield each.chip or each.label
    yield from (view.label, view.file_label or view.label)


def read_or_refusal(list_filter, text):
    """What a filter makes of a text, and how it refuses it."""
    try:
        return list_filter.read(CTX, MultiDict({list_filter.name: text})), None
    except Invalid as refused:
        return None, refused


@named
def test_every_text_of_a_list_is_in_both_languages(view):
    for text in texts_of(view):
        vietnamese, english = (in_language(text, language) for language in ("vi", "en"))
        assert vietnamese
        assert english
        assert english != vietnamese or vietnamese.isascii(), vietnamese


@named
def test_names_are_ascii_and_given_once(view):
    for names in ([each.name for each in view.columns], [each.name for each in view.filters]):
        assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)
        assert len(names) == len(set(names))


@named
def test_one_column_names_the_record_and_comes_first(view):
    shown = offered(view.columns, CTX, On.PAGE)
    assert [each.main for each in shown] == [True] + [False] * (len(shown) - 1)


@named
def test_a_list_with_files_is_in_the_order_of_its_page(view):
    assert not view.stem or view.order or not view.before


@given(st.sampled_from(FILTERS), st.text(min_size=1, max_size=80))
def test_a_filter_takes_what_it_can_state_again_and_refuses_the_rest_in_words(list_filter, text):
    value, refused = read_or_refusal(list_filter, text)
    if refused is not None:
        assert list(refused.fields) == [list_filter.name]
        assert len(refused.fields[list_filter.name][0]) > len(list_filter.name)
    if value is not None:
        again = MultiDict([(list_filter.name, written) for written in list_filter.write(value)])
        assert list_filter.read(CTX, again) == value


@pytest.mark.parametrize("list_filter", [each for each in FILTERS if each.name != "q"], ids=lambda each: each.name)
def test_nonsense_is_refused_with_the_value_that_was_given(list_filter):
    with pytest.raises(Invalid, match="“tím”") as refused:
        list_filter.read(CTX, MultiDict({list_filter.name: "tím"}))
    assert list(refused.value.fields) == [list_filter.name]


def test_each_part_of_a_filter_can_be_taken_away():
    both = (Colour.RED, Colour.BLUE)
    (colours,) = (each for each in FILTERS if each.name == "colours")
    assert colours.parts(both) == [((Colour.RED,), (Colour.BLUE,)), ((Colour.BLUE,), (Colour.RED,))]
    assert colours.parts((Colour.RED,)) == [((Colour.RED,), None)]


def test_an_address_states_the_chosen_values_and_no_defaults():
    args = [("q", "cột"), ("colour", "red"), ("colours", "red"), ("colours", "blue"), ("owner", "7"), ("late", "1")]
    filter_values = VIEW.read(CTX, MultiDict(args))
    assert sorted(VIEW.arguments(CTX, filter_values)) == sorted(args)
    assert VIEW.read(CTX, MultiDict(VIEW.arguments(CTX, filter_values))) == filter_values


VALUES = {
    str: st.text(max_size=20),
    int: st.integers(0, 10**9),
    Decimal: st.decimals(0, 10**6, places=2),
    bool: st.booleans(),
    date: st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    datetime: st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    Colour: st.sampled_from(Colour),
}
COLUMNS = tuple(Column(kind.__name__.lower(), kind.__name__, kind=kind) for kind in VALUES)


@given(st.lists(st.tuples(*(st.none() | values for values in VALUES.values())), max_size=4))
def test_page_and_file_agree_on_every_row(rows_of_values):
    records = [
        SimpleNamespace(**{each.name: value for each, value in zip(COLUMNS, row, strict=True)})
        for row in rows_of_values
    ]
    page = rows(CTX, COLUMNS, records)
    cells = re.findall(r"<td [^>]*>(.*?)</td>", page, re.DOTALL)
    filed = [each.in_file(CTX, row) for row in records for each in COLUMNS]
    assert len(cells) == len(filed)
    for cell, value in zip(cells, filed, strict=True):
        shown = format_value(value)
        assert cell == (str(escape(shown)) if shown not in (None, "") else '<span class="quiet">–</span>')


def test_what_a_row_holds_is_escaped():
    row = SimpleNamespace(name="<b>", when=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(0))
    markup = rows(CTX, (Column("name", '"Tên"', show=lambda _ctx, record: record.name),), [row], lambda _row: '"1')
    assert "<b>" not in markup
    assert "&lt;b&gt;" in markup
    assert 'data-record="&#34;1"' in markup
    assert 'data-label="&#34;Tên&#34;"' in markup
