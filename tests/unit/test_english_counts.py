"""English has a singular: a message with a count before a plural noun has two forms in the catalogue."""

import re

import pytest
from babel.messages.pofile import read_po

from registry.kernel.i18n.check import po_path
from tests.support.offenders import no_offenders

#: Values that are bounds of the program, never 1.
_BOUNDS = {"most", "least", "limit", "length", "longest", "ratio", "above", "below", "window", "s"}
#: Words with the ending of a plural that are none.
# fmt: off
_NO_PLURALS = {
    "allows", "announces", "applies", "as", "asks", "begins", "belongs", "changes", "continues", "differs",
    "does", "ends", "exceeds",
    "exists", "gives", "has", "holds", "is", "its", "less", "lies", "macros", "makes",
    "means", "names", "needs", "opens", "others", "passes", "pixels", "proposes", "reads", "says", "stays",
    "succeeds", "takes", "this", "updates", "uses", "waits", "was",
}
# fmt: on
#: Between a count and its noun stand adjectives; after these words the noun belongs to something else.
_NO_ADJECTIVES = {
    "all",
    "between",
    "by",
    "for",
    "from",
    "in",
    "is",
    "may",
    "not",
    "of",
    "on",
    "or",
    "to",
    "were",
    "with",
}
#: A number after these words is a bound of the program or of a setting; a unit before "/" is that of a rate.
_PLURAL = re.compile(
    r"(?<![Mm]ore than )(?<![Aa]t most )(?<![Aa]t least )"
    r"%\((\w+)\)[ds] ((?:[a-z][a-z-]* ){0,3}?)([a-z]{2,}s|vertices)\b(?!/)",
)


def counted(text):
    """The counts of a message before plural nouns."""
    return {
        name
        for name, between, noun in _PLURAL.findall(text)
        if name not in _BOUNDS and noun not in _NO_PLURALS and not _NO_ADJECTIVES & set(between.split())
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("%(count)d structures left", {"count"}),
        ("and %(more)s other public structures of %(owner)s", {"more"}),
        ("%(code)s is suspended", set()),
        ("at most %(most)d rows", set()),
        ("Rows: %(count)d, files: %(files)d.", set()),
        ("More than %(num)d unread notices", set()),
        ("%(rate)s rows/s", set()),
        ("The role %(owner)s may not create tables", set()),
        ("median %(median)s of like prices", set()),
    ],
)
def test_a_count_before_a_plural_is_recognised(text, names):
    assert counted(text) == names


def test_english_sentences_with_a_count_have_a_singular():
    with po_path("en").open("rb") as file:
        single = [message for message in read_po(file) if message.id and not message.pluralizable]
    one_form = [
        (message.locations[0][0], message.string, sorted(names))
        for message in single
        if (names := counted(message.string))
    ]
    no_offenders(
        "a count before a plural noun has two forms", one_form, "use _n or ngettext, or write 'Rows: %(rows)d'"
    )
