"""The program is written in plain words: none of the counted ones, and none of the names that were replaced."""

import re

from tests.arch.sources import CHECKOUT, files, text_of
from tests.support.offenders import no_offenders

WORDS = re.compile(r"\b(whoever|whom|told|tells|nobody|beside|reckoned|hurried|anew)\b", re.IGNORECASE)
#: The name of a user of the system, a class of the style sheet, a placeholder that translations name.
ALLOWED = {
    ("registry/kernel/sandbox.py", "nobody"),
    ("docs/imports.md", "nobody"),
    ("templates/imports/_duplicates.html", "beside"),
    ("templates/planned_routes/paths.html", "beside"),
}
#: Names of an earlier edition, each with the one that stands for it now.
FORMER = {
    "ask_together": "execute_pipeline",
    "KeptAnswers": "VersionedCache",
    "register_panel": "PANELS.of",
    "register_reader": "NOTICE_TEXTS.named",
    "further_turns": "other_assignees",
    "raise_finding": "create_referral",
    "install_workflow": "workflow_contributions",
}
FOLDERS = ("registry/", "templates/", "docs/")
GENERATED = ("registry/static/", "registry/translations/")


def places(pattern):
    """(place, word) of each match in what people read."""
    for folder in FOLDERS:
        for path in files(".py", ".html", ".md", under=folder):
            name = path.relative_to(CHECKOUT).as_posix()
            if name.startswith(GENERATED):
                continue
            for number, line in enumerate(text_of(path).splitlines(), start=1):
                for found in pattern.finditer(line):
                    yield name, number, found[0]


def test_none_of_the_counted_words_is_used():
    found = [(f"{name}:{number}", word) for name, number, word in places(WORDS) if (name, word.lower()) not in ALLOWED]
    no_offenders("code, templates and documents use plain words", found, "use the word of the field (docs/glossary.md)")


def test_no_former_name_comes_back():
    pattern = re.compile(rf"\b({'|'.join(FORMER)})\b")
    found = [(f"{name}:{number}", f"{word}, now {FORMER[word]}") for name, number, word in places(pattern)]
    no_offenders("names are those of docs/glossary.md", found, "use the present name")
