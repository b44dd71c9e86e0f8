"""What no source of ours may hold: a second commit, a second clock, a second reader of positions, a long file."""

import ast
import re

import pytest

from tests.arch.sources import files, lines_with, short, text_of

PYTHON = files(".py", under="registry/") + files(".py", under="config/")
#: Kept as their makers wrote them.
VENDORED = ("registry/static/vendor/", "migrations/sql/0007_")
LONGEST = 300
#: Columns that tell an exact position; structures/positions.py reads them, with nearest.py and beside.py that ask it
#: whom they may be told to; structures/matching.py and twins.py compare them.
PROTECTED = {"geom", "geom_m", "given_position"}
READERS = {
    "registry/structures/positions.py",
    "registry/structures/nearest.py",
    "registry/structures/beside.py",
    "registry/structures/matching.py",
    "registry/structures/twins.py",
    # The same selectable over the history, for questions about the past.
    "registry/structures/past/positions.py",
}
DECLARATION = {"registry/structures/models.py"}


def test_only_the_session_module_commits():
    found = lines_with(re.compile(r"\.commit\("), PYTHON)
    # The queue's own connections commit the choice of their role, before any work.
    allowed = ("registry/kernel/db/session.py:", "registry/kernel/db/cluster/", "registry/kernel/jobs.py:")
    assert [line for line in found if not line.startswith(allowed)] == []


def test_only_the_clock_module_reads_the_clock():
    clock = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(|server_default=func\.now")
    assert [line for line in lines_with(clock, PYTHON) if not line.startswith("registry/kernel/clock.py:")] == []


@pytest.mark.parametrize("path", [p for p in PYTHON if short(p) not in READERS | DECLARATION], ids=short)
def test_no_other_module_reads_an_exact_position(path):
    """`Structure.geom`, `row.geom`, `c.given_position`: attribute access is reading; a keyword or a dict key writes."""
    tree = ast.parse(text_of(path))
    structures = "registry/structures" in short(path) or "registry.structures.models" in text_of(path)
    read = [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if structures and isinstance(node, ast.Attribute) and node.attr in PROTECTED and isinstance(node.ctx, ast.Load)
    ]
    assert [text for text in read if not _of_positions(text)] == []


def _of_positions(text):
    """Columns of the selectable that positions.py hands out, and the row it answers, are graded already."""
    return re.search(r": (seen|inside|given)\b", text) is not None


def test_no_query_in_words_names_an_exact_position():
    """SQL in strings outside the position module and the migrations may not select the protected columns."""
    found = []
    for path in PYTHON:
        if short(path) in READERS | DECLARATION:
            continue
        for node in ast.walk(ast.parse(text_of(path))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = set(re.findall(r"\w+", node.value))
                if words & PROTECTED and re.search(r"\bFROM structure\b", node.value):
                    found.append(f"{short(path)}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize("path", files(".py", ".html", ".js", ".mjs", ".css", ".sh", ".sql"), ids=short)
def test_no_file_of_ours_is_too_long(path):
    if short(path).startswith(VENDORED):
        pytest.skip("kept as its maker wrote it")
    assert len(text_of(path).splitlines()) <= LONGEST


def test_nobody_swallows_an_error():
    """An `except` that only passes hides a defect."""
    found = [
        f"{short(path)}:{node.lineno}"
        for path in PYTHON
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.ExceptHandler) and len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
    ]
    assert found == []


def test_no_text_is_marked_inside_a_formatted_string():
    """Before Python 3.12 a formatted string is one word to who gathers the texts: what it holds stays untranslated."""
    marks = {"_", "_l", "gettext", "ngettext", "lazy_gettext"}
    found = [
        f"{short(path)}:{node.lineno}"
        for path in PYTHON
        for string in ast.walk(ast.parse(text_of(path)))
        if isinstance(string, ast.JoinedStr)
        for node in ast.walk(string)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in marks
    ]
    assert found == []


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    ours = files(".py", ".html", ".js", ".mjs", ".css", ".sh", ".sql", ".md")
    sources = [p for p in ours if not short(p).startswith((*VENDORED, "tests/arch/"))]
    assert lines_with(later, sources) == []
