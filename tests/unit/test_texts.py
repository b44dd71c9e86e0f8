"""Texts of both languages: money, names of buttons, and numbers before names of units."""

import re

import pytest
from babel.messages.pofile import read_po

from registry.kernel.i18n.check import po_path
from tests.support.offenders import no_offenders


@pytest.fixture(scope="module")
def texts():
    """Vietnamese text -> its English forms."""
    with po_path("en").open("rb") as file:
        return {
            message.id if isinstance(message.id, str) else message.id[0]: (
                (message.string,) if isinstance(message.string, str) else tuple(message.string)
            )
            for message in read_po(file)
            if message.id
        }


def test_money_is_named_one_way_in_each_language(texts):
    offenders = [
        (vietnamese, english[-1])
        for vietnamese, english in texts.items()
        if re.search(r"₫|\bVND\b", vietnamese) or any(re.search(r"₫|\bđồng\b|\bVNĐ\b", form) for form in english)
    ]
    no_offenders("money is “đồng” in Vietnamese and “VND” in English", offenders, "write the word (docs/glossary.md)")


#: Words that are no names of the page in these texts: what somebody writes into a paper, short for a longer label.
_NO_NAMES = {"Căn cứ", "Không", "Hạn chế"}
#: A name in a text with a capital, without values.
_NAMED = re.compile(r"“([^“”%{]+)”")


def test_a_button_that_a_text_names_is_named_as_it_stands(texts):
    offenders = [
        (vietnamese, f"“{texts[name][0]}”")
        for vietnamese, english in texts.items()
        for name in _NAMED.findall(vietnamese)
        if name in texts.keys() - _NO_NAMES
        and name[:1].isupper()
        and not all(any(f"“{label}”" in form for label in texts[name]) for form in english)
    ]
    no_offenders(
        "an English text names a button or page by its English label", offenders, "quote the label as it is translated"
    )


#: A number with the name of a unit or kind, which has one form only.
_UNIT_AFTER_NUMBER = re.compile(r"%\((\w+)\)[ds] (?:× )?%\((unit|units|kind)\)s")


def test_no_english_text_puts_the_name_of_a_unit_after_a_number(texts):
    offenders = [
        (vietnamese, form)
        for vietnamese, english in texts.items()
        for form in english
        if _UNIT_AFTER_NUMBER.search(form) and "%(given)s" not in form
    ]
    no_offenders(
        "“2 cable” and “1 days” are no English", offenders, "write 'Free: 2 (cable)' or 'Term in days: 1', or use _n"
    )
