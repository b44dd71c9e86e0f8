"""Sentences that are stored in Vietnamese are read in English, with the values that they were made with."""

import pytest

from registry.kernel.i18n import catalogue, force_locale
from registry.kernel.i18n.former import FORMER, in_present_words
from registry.kernel.i18n.sentences import _PLACEHOLDER, _forms, stored_sentence
from registry.kernel.i18n.stored import stored_text
from tests.support.offenders import no_offenders


@pytest.fixture
def english(loaded_app):
    with loaded_app.test_request_context(), force_locale("en"):
        yield


def filled(message):
    """A message with a value for each name."""
    names = sorted({placeholder[1] for placeholder in _PLACEHOLDER.finditer(message) if placeholder[1]})
    values = {name: f"v{number}" for number, name in enumerate(names)}
    return _PLACEHOLDER.sub(lambda placeholder: "%" if placeholder[0] == "%%" else values[placeholder[1]], message)


def test_every_message_with_values_is_found_again(english):
    offenders = []
    for form in _forms("en"):
        texts = catalogue("en")
        translation = texts.ngettext(form.message, form.message, 2) if form.has_count else texts.gettext(form.message)
        wanted, sentence = filled(translation), stored_sentence(filled(form.message))
        if sentence != wanted:
            offenders.append((form.message, "", sentence, wanted))
    no_offenders("a stored sentence is read as its message is translated", offenders, "make the message tell itself")


def test_a_label_in_a_sentence_is_translated_and_a_typed_value_is_not(english):
    sentence = "Mã “Không” đã có; hãy thêm dòng ở trang của hành vi đó."
    assert stored_sentence(sentence) == catalogue("en").gettext(
        "Mã “%(code)s” đã có; hãy thêm dòng ở trang của hành vi đó."
    ) % {"code": "Không"}
    assert stored_sentence("Không") == catalogue("en").gettext("Không") != "Không"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Tuyến có 1 điểm; cần từ 2 đến 9 điểm.", "The line has 1 point; it needs 2 to 9."),
        ("Tuyến có 11 điểm; cần từ 2 đến 9 điểm.", "The line has 11 points; it needs 2 to 9."),
    ],
)
def test_a_stored_count_is_read_in_its_form(english, stored, shown):
    assert stored_sentence(stored) == shown


@pytest.mark.parametrize("text", ["", None, "Cột ở ngõ 5, gần chợ", "x" * 100_000, "%(code)s “”"])
def test_what_no_message_made_stays(english, text):
    assert stored_sentence(text) == (text or "")


def test_a_reader_in_vietnamese_reads_what_was_stored(loaded_app):
    with loaded_app.test_request_context():
        assert stored_sentence("Dài 12 ký tự, tối đa 5.") == "Dài 12 ký tự, tối đa 5."


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (
            "“On air” không có trong danh mục; cần một trong: Đang dùng chung, còn chỗ, Dùng riêng, hết khả năng.",
            "“On air” is not in the list; expected one of: Shared, spaces left, Own use, full.",
        ),
        (
            "Ngày “31/02/2019” không có trong lịch. Nếu chỉ biết năm thì ghi năm, ví dụ 2010.",
            "The date “31/02/2019” is not in the calendar."
            " If only the year is known, write the year, for example 2010.",
        ),
        (
            "Tệp không có cột “Trạng thái”: mọi dòng được ghi là “Đang khai thác”.",
            "The file has no column “Status”: every row is recorded as “In operation”.",
        ),
    ],
)
def test_labels_in_lists_and_quotes_and_two_sentences_are_translated(english, stored, shown):
    assert stored_sentence(stored) == shown


@pytest.mark.parametrize("shown", ["en", "vi"])
def test_a_sentence_stored_with_guillemets_is_read_with_quotation_marks(loaded_app, shown):
    stored = "Không có loại công trình \u00abcot\u00bb"
    with loaded_app.test_request_context(), force_locale(shown):
        assert "\u00ab" not in stored_sentence(stored)
        assert "“cot”" in stored_sentence(stored)


@pytest.mark.parametrize("message", FORMER)
def test_a_row_in_former_words_is_read_in_the_present_ones_and_in_english(loaded_app, message):
    stored, present = filled(message), filled(FORMER[message])
    with loaded_app.test_request_context():
        assert stored_sentence(stored) == stored_text(stored) == present
    with loaded_app.test_request_context(), force_locale("en"):
        assert stored_sentence(stored) == stored_sentence(present) != present


def test_former_words_in_what_people_typed_stay(loaded_app):
    with loaded_app.test_request_context():
        assert in_present_words("Ghi chú: Còn trống; mục này bắt buộc.") == "Ghi chú: Còn trống; mục này bắt buộc."
