"""The program is written in plain words: none of the counted ones, and none of the names that were replaced."""

import ast
import re

import pytest

from tests.arch.sources import CHECKOUT, files, nodes, short, text_of
from tests.support.offenders import no_offenders

WORDS = re.compile(r"\b(whoever|whom|told|tells|nobody|beside|reckoned|hurried|anew)\b", re.IGNORECASE)
#: The name of a user of the system, a class of the style sheet, a placeholder that translations name.
ALLOWED = {
    ("registry/kernel/sandbox.py", "nobody"),
    ("docs/imports.md", "nobody"),
    ("templates/imports/_duplicates.html", "beside"),
    ("registry/imports/imports.css", "beside"),
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
#: Words of an earlier edition that are part of no name, also within one (`tile_tint`), each with the one of today.
FORMER_PARTS = {
    "weighed": "decision_digest",
    "falling": "descending",
    "hurried": "interactive",
    "tint": "map colour",
    "tints": "map colours",
    "shelf": "saved filters (a shelf of a tray is one)",
    "twins": "duplicates",
    "tending": "maintenance",
    "mending": "corrections",
    "tally": "counts (`structure_bin`, `structure_cell_count`)",
    "squares": "bins of a tile",
}
#: A shelf that carries cables; squares of geometry.
NOT_FORMER = {
    ("registry/drawings/trays.py", "shelf"),
    ("tests/support/drawings.py", "shelf"),
    ("registry/drawings/layout.py", "squares"),
    ("registry/structures/fastpath/bbox_paging.py", "squares"),
    ("registry/structures/positions/duplicates.py", "squares"),
    ("docs/map.md", "squares"),
    ("docs/adr/0024-rights-before-limits.md", "squares"),
    ("tests/unit/test_geohash.py", "squares"),
    ("tests/unit/test_map_files.py", "squares"),
    ("tests/db/test_territory_import.py", "squares"),
    ("tests/mutation/sql.py", "tally"),
}
#: Names of variables that hold anything: a better one says what it is (`structure`, `row`, `problems`).
VAGUE = {"found", "place", "known", "one", "made", "chosen", "seen", "given", "said"}
#: What follows a name where it is bound: only files that have such a place are parsed.
BOUND = re.compile(rf"\b({'|'.join(sorted(VAGUE))})(\s*[=,):\]+\-*/%&|^@<>]|\s+in\b)")
#: How often each folder still binds one: columns of tables, fields of forms and parameters of addresses, which are
#: known outside Python too. The number goes down only.
STILL_VAGUE = {"registry/": 46, "tests/": 5}
#: Class names that still mean two things: both are of features that have such a figure or board, or of one file format.
SHARED_NAMES = {"Board", "Column", "Figures", "_Layer", "_Sheet"}
FOLDERS = ("registry/", "templates/", "docs/", "migrations/sql/")
#: Where former words are no part of a name: released SQL is not edited.
NAMED_IN = ("registry/", "templates/", "docs/", "tests/", "bench/")
SUFFIXES = (".py", ".html", ".md", ".mjs", ".css", ".sql")
GENERATED = ("registry/static/vendor/", "registry/static/fonts/", "registry/translations/")


def places(pattern, folders=FOLDERS):
    """(place, word) of each match in what people read."""
    for folder in folders:
        for path in files(*SUFFIXES, under=folder):
            name = path.relative_to(CHECKOUT).as_posix()
            if name.startswith(GENERATED):
                continue
            for number, line in enumerate(text_of(path).splitlines(), start=1):
                for match in pattern.finditer(line):
                    yield name, number, match[0]


def test_none_of_the_counted_words_is_used():
    offenders = [
        (f"{name}:{number}", word) for name, number, word in places(WORDS) if (name, word.lower()) not in ALLOWED
    ]
    no_offenders(
        "code, templates and documents use plain words", offenders, "use the word of the field (docs/glossary.md)"
    )


def test_no_former_name_comes_back():
    pattern = re.compile(rf"\b({'|'.join(FORMER)})\b")
    offenders = [(f"{name}:{number}", f"{word}, now {FORMER[word]}") for name, number, word in places(pattern)]
    no_offenders("names are those of docs/glossary.md", offenders, "use the present name")


def test_no_former_word_is_part_of_a_name():
    pattern = re.compile(rf"(?<![a-zA-Z])({'|'.join(FORMER_PARTS)})(?![a-zA-Z])")
    offenders = [
        (f"{name}:{number}", f"{word}, now {FORMER_PARTS[word]}")
        for name, number, word in places(pattern, NAMED_IN)
        if (name, word) not in NOT_FORMER and name != "tests/arch/test_plain_words.py"
    ]
    no_offenders("names are made of the words of docs/glossary.md", offenders, "use the present word")


@pytest.mark.parametrize("folder", STILL_VAGUE)
def test_variables_say_what_they_hold(folder):
    paths = [path for path in files(".py", under=folder) if BOUND.search(text_of(path))]
    bound = [(path, node.lineno, node.id) for path, node in nodes(ast.Name, paths) if isinstance(node.ctx, ast.Store)]
    bound += [(path, node.lineno, node.arg) for path, node in nodes(ast.arg, paths)]
    vague = [(f"{short(path)}:{line}", name) for path, line, name in sorted(bound) if name in VAGUE]
    no_offenders(
        f"{folder} binds vague names at most {STILL_VAGUE[folder]} times, and it is {len(vague)}",
        vague if len(vague) > STILL_VAGUE[folder] else [],
        "name the variable after what it holds (docs/glossary.md)",
    )


def test_a_class_has_a_name_of_its_own():
    places_by_name = {}
    for path, module in nodes(ast.Module, files(".py", under="registry/")):
        for statement in module.body:
            if isinstance(statement, ast.ClassDef):
                places_by_name.setdefault(statement.name, []).append(f"{short(path)}:{statement.lineno}")
    no_offenders(
        "a class has a name of its own in the whole program",
        [f"{name}: {', '.join(at)}" for name, at in places_by_name.items() if len(at) > 1 and name not in SHARED_NAMES],
        "say what it is a row, part or step of: ChartRow, SettingPart, PathStep",
    )
