"""English has a singular: a message with a count before a plural noun has two forms in the catalogue."""

import re
from collections import Counter

import pytest
from babel.messages.pofile import read_po

from registry.kernel.i18n.check import po_path
from tests.support.offenders import no_offenders

#: Values that are bounds of the program, never 1.
_BOUNDS = {"most", "least", "limit", "length", "longest", "ratio", "above", "below", "window", "s"}
#: Words with the ending of a plural that are none.
# fmt: off
_NO_PLURALS = {
    "allows", "as", "asks", "begins", "belongs", "changes", "differs", "does", "ends", "exceeds",
    "exists", "gives", "has", "holds", "is", "its", "less", "lies", "macros", "makes",
    "means", "names", "needs", "opens", "others", "passes", "pixels", "proposes", "reads", "says",
    "succeeds", "takes", "this", "updates", "uses", "waits", "was",
}
# fmt: on
_PLURAL = re.compile(r"%\((\w+)\)[ds] (?:[a-z][a-z-]* ){0,3}?([a-z]{2,}s|vertices)\b")
#: Messages by file that still have one form: their counts are at least 2, beyond a bound, or one of several counts.
_LEFT = {
    "registry/cables/rules.py": 1,
    "registry/campaigns/rules.py": 1,
    "registry/colocation/agreements/rules.py": 1,
    "registry/colocation/basket/service.py": 2,
    "registry/colocation/figures/outcomes.py": 1,
    "registry/colocation/rules.py": 1,
    "registry/colocation/service.py": 2,
    "registry/colocation/workflow/offers.py": 1,
    "registry/exports/service.py": 1,
    "registry/files/image_end.py": 1,
    "registry/imports/checking/capacity.py": 3,
    "registry/imports/checking/shift.py": 3,
    "registry/imports/checking/territory.py": 1,
    "registry/imports/forms.py": 1,
    "registry/imports/reading/archive.py": 2,
    "registry/imports/reading/client.py": 1,
    "registry/imports/reading/heading.py": 1,
    "registry/imports/reading/shapefile.py": 1,
    "registry/imports/reading/workbook.py": 1,
    "registry/imports/uploaded_line.py": 2,
    "registry/imports/uploaded_table.py": 1,
    "registry/incidents/moves.py": 2,
    "registry/incidents/storm_file.py": 1,
    "registry/inspections/service.py": 1,
    "registry/kernel/db/server_rights.py": 1,
    "registry/labels/rules.py": 1,
    "registry/settings/rules.py": 2,
    "registry/structures/positions/input.py": 1,
    "registry/territory/importing/reading.py": 1,
    "registry/violations/photo_pages.py": 1,
    "templates/imports/_status.html": 1,
    "templates/layout/_bell.html": 1,
    "templates/planned_routes/paths.html": 1,
    "templates/search/results.html": 1,
    "templates/tariffs/_parts.html": 1,
    "templates/tariffs/panel.html": 1,
}


def counted(text):
    """The counts of a message before plural nouns."""
    return {name for name, noun in _PLURAL.findall(text) if name not in _BOUNDS and noun not in _NO_PLURALS}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("%(count)d structures left", {"count"}),
        ("and %(more)s other public structures of %(owner)s", {"more"}),
        ("%(code)s is suspended", set()),
        ("at most %(most)d rows", set()),
        ("Rows: %(count)d, files: %(files)d.", set()),
    ],
)
def test_a_count_before_a_plural_is_recognised(text, names):
    assert counted(text) == names


def test_english_sentences_with_a_count_have_a_singular():
    with po_path("en").open("rb") as file:
        single = [message for message in read_po(file) if message.id and not message.pluralizable]
    texts = {}
    for message in single:
        if counted(message.string):
            texts.setdefault(message.locations[0][0], []).append(message.string)
    grown = [
        f"{path}: {len(strings)}, expected {_LEFT.get(path, 0)}: {strings}"
        for path, strings in sorted(texts.items())
        if len(strings) > _LEFT.get(path, 0)
    ]
    no_offenders("a count before a plural noun has two forms", grown, "use _n or ngettext, or write 'Rows: %(rows)d'")
    fewer = Counter(_LEFT) - Counter({path: len(strings) for path, strings in texts.items()})
    assert not fewer, f"these are mended, lower their numbers: {dict(fewer)}"
