"""Days are typed as dd/mm/yyyy in every form; what was typed is never lost."""

import re
from datetime import date

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.validators import InputRequired, Optional

from registry.kernel.forms.builder import DAY_HINT, DayField
from tests.arch.sources import files, lines_with


class Period(Form):
    first = DayField("Từ ngày", [InputRequired()])
    last = DayField("Đến hết ngày", [Optional()])


def posted(**typed):
    form = Period(MultiDict(typed))
    return form, form.validate()


@pytest.mark.parametrize("typed", ["05/12/2026", " 5/12/2026 ", "05-12-2026", "05.12.2026", "2026-12-05"])
def test_a_day_is_read_in_the_usual_spellings(typed):
    form, valid = posted(first=typed)
    assert (valid, form.first.data, form.last.data) == (True, date(2026, 12, 5), None)


@pytest.mark.parametrize("day", ["05/12/2026", "5-12-2026", "2026-12-05"])
@pytest.mark.parametrize("midnight", [" 00:00", " 00:00:00", " 0:00:00", "T00:00:00.000", " 12:00:00 SA", " 12:00 AM"])
def test_midnight_behind_a_day_is_no_time(day, midnight):
    form, valid = posted(first=day + midnight)
    assert (valid, form.first.data) == (True, date(2026, 12, 5))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("05/12/2026 14:25", "“05/12/2026 14:25” không phải ngày"),
        ("05/12/2026 12:00:00", "“05/12/2026 12:00:00” không phải ngày"),
        ("2026-12-04T17:00:00Z", "“2026-12-04T17:00:00Z” không phải ngày"),
        ("12/2026", "“12/2026” không phải ngày; cần dạng ngày/tháng/năm"),
        ("31/02/2026", "Ngày “31/02/2026” không có trong lịch"),
        ("05/12/0026", "không hợp lý"),
        ("x" * 500, "…” không phải ngày"),
        ("05/12\x00/2026", "ký tự điều khiển"),
    ],
)
def test_what_is_no_day_is_refused_in_one_sentence_and_kept(typed, words):
    form, valid = posted(first=typed)
    assert not valid
    assert form.first.data is None
    (sentence,) = form.first.errors
    assert words in sentence
    assert form.first._value() == typed


def test_a_required_day_that_is_missing_is_asked_for():
    form, valid = posted(first="")
    assert not valid
    assert form.first.errors


def test_a_refused_text_does_not_leave_the_day_that_stood_there():
    form = Period(MultiDict({"first": "hôm nay"}), data={"first": date(2026, 1, 1)})
    assert not form.validate()
    assert form.first.data is None


def test_a_stored_day_is_shown_as_people_write_it_with_the_hint():
    form = Period(data={"first": date(2026, 12, 5)})
    assert 'value="05/12/2026"' in form.first()
    assert 'type="text"' in form.first()
    assert form.first.description == DAY_HINT


def test_there_is_no_second_way_to_enter_a_day():
    other = re.compile(r"""\bDateField\b|type=["']date["']""")
    assert lines_with(other, files(".py", ".html", ".mjs", under="registry/")) == []
    assert lines_with(other, files(".html", under="templates/")) == []
