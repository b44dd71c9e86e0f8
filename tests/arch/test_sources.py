"""What no source of ours may hold: a second commit, a second clock, a second reader of positions, a long file."""

import ast
import re

from tests.arch.sources import files, lines_with, nodes, short, text_of
from tests.support.offenders import no_offenders

PYTHON = files(".py", under="registry/") + files(".py", under="config/")
#: Kept as their makers wrote them.
VENDORED = ("registry/static/vendor/", "migrations/sql/baseline/procrastinate.sql")
LONGEST = 500
#: Columns that reveal an exact position: positions/selectable.py reads them; nearest.py and along_line.py take its
#: clause of who may see them; positions/along_route.py, areas.py, in_streets.py, line_ends.py, duplicates.py,
#: mast_spacing.py and shown_nodes.py compare them.
PROTECTED = {"geom", "geom_m", "given_position"}
READERS = {
    "registry/structures/positions/selectable.py",
    "registry/structures/positions/duplicates.py",
    "registry/structures/positions/along_route.py",
    "registry/structures/positions/areas.py",
    "registry/structures/positions/in_streets.py",
    "registry/structures/positions/line_ends.py",
    "registry/structures/positions/mast_spacing.py",
    "registry/structures/positions/shown_nodes.py",
    "registry/structures/nearby/nearest.py",
    "registry/structures/nearby/along_line.py",
}
DECLARATION = {"registry/structures/models.py"}


def test_only_the_session_module_commits():
    lines = lines_with(re.compile(r"\.commit\("), PYTHON)
    # The queue's own connections commit the choice of their role, before any work.
    allowed = ("registry/kernel/db/session.py:", "registry/kernel/db/cluster/", "registry/kernel/jobs.py:")
    no_offenders(
        "only registry/kernel/db/session.py commits",
        [line for line in lines if not line.startswith(allowed)],
        "leave the commit to the transaction that the caller opened",
    )


def test_only_the_clock_module_reads_the_clock():
    clock = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(|server_default=func\.now")
    no_offenders(
        "only registry/kernel/clock.py reads the clock",
        [line for line in lines_with(clock, PYTHON) if not line.startswith("registry/kernel/clock.py:")],
        "take the time of the context (ctx.now, ctx.today)",
    )


def test_the_sentences_of_a_refusal_are_listed_once():
    """A loop over `fields` finds lists where sentences were meant."""
    lines = lines_with(re.compile(r"\b(refused|refusal|error)\.fields\.values\("), PYTHON)
    no_offenders(
        "only registry/kernel/errors.py loops over the fields of a refusal",
        lines,
        "take `refused.sentences`, or wrap the call in `errors_at(field)`",
    )


def test_no_other_module_reads_an_exact_position():
    """`Structure.geom`, `row.geom`, `c.given_position`: attribute access is reading; a keyword or a dict key writes."""
    paths = [path for path in PYTHON if short(path) not in READERS | DECLARATION and _is_about_structures(path)]
    reads = [
        f"{short(path)}:{node.lineno}: {ast.unparse(node)}"
        for path, node in nodes(ast.Attribute, paths)
        if node.attr in PROTECTED and isinstance(node.ctx, ast.Load)
    ]
    no_offenders(
        "only registry/structures/positions and its few neighbours read an exact position",
        [read for read in reads if not _of_positions(read)],
        "ask registry.structures.positions for the place as far as the reader may see it",
    )


def _is_about_structures(path):
    return "registry/structures" in short(path) or "registry.structures.models" in text_of(path)


def _of_positions(text):
    """Columns of the selectable that positions.py hands out, and the row it answers, are graded already."""
    return re.search(r": (readable_rows|inside|stated)\b", text) is not None


def test_no_query_in_words_names_an_exact_position():
    """SQL in strings outside the position module and the migrations may not select the protected columns."""
    paths = [path for path in PYTHON if short(path) not in READERS | DECLARATION]
    no_offenders(
        "no SQL in a string reads an exact position",
        [
            f"{short(path)}:{node.lineno}"
            for path, node in nodes(ast.Constant, paths)
            if isinstance(node.value, str)
            and re.search(r"\bFROM structure\b", node.value)
            and set(re.findall(r"\w+", node.value)) & PROTECTED
        ],
        "ask registry.structures.positions for the place as far as the reader may see it",
    )


def test_no_file_of_ours_is_too_long():
    lengths = {
        path: len(text_of(path).splitlines())
        for path in files(".py", ".html", ".js", ".mjs", ".css", ".sh", ".sql")
        if not short(path).startswith(VENDORED)
    }
    no_offenders(
        f"no file is longer than {LONGEST} lines",
        [f"{short(path)}: {length} lines" for path, length in lengths.items() if length > LONGEST],
        "split it where its reasons to change differ",
    )


def test_no_error_is_swallowed():
    no_offenders(
        "no `except` only passes: it hides a defect",
        [
            f"{short(path)}:{node.lineno}"
            for path, node in nodes(ast.ExceptHandler, PYTHON)
            if len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
        ],
        "answer the error, or name it in contextlib.suppress with the reason",
    )


def test_no_text_is_marked_inside_a_formatted_string():
    """Before Python 3.12 the extraction of texts sees a formatted string as one word: what it holds stays as it is."""
    marks = {"_", "_l", "_n", "_n_noop", "gettext", "ngettext", "lazy_gettext"}
    no_offenders(
        "no text is marked for translation inside a formatted string",
        [
            f"{short(path)}:{node.lineno}"
            for path, string in nodes(ast.JoinedStr, PYTHON)
            for node in ast.walk(string)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in marks
        ],
        "mark the text before, and put it into the string by its name",
    )


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    ours = files(".py", ".html", ".js", ".mjs", ".css", ".sh", ".sql", ".md")
    sources = [p for p in ours if not short(p).startswith((*VENDORED, "tests/arch/"))]
    no_offenders("nothing is marked as left for later", lines_with(later, sources), "do it now, or write an issue")


def test_no_module_tests_the_name_of_a_kind():
    kinds = "registry/structures/kinds/"
    common = {"__init__", "kind", "value_checks", "value_rules"}
    codes = {path.stem for path in PYTHON if short(path).startswith(kinds)} - common
    # Types of nodes in OFDS 0.3, tables that refer to a structure, and samples are no tests of a kind.
    allowed = ("registry/exports/ofds_schema.py", "registry/structures/writing/revert.py", "registry/demo/", kinds)
    no_offenders(
        "what a kind can do is a capability of `Kind`, and nothing else knows its name",
        [
            f"{short(path)}:{node.lineno}: {node.value}"
            for path, node in nodes(ast.Constant, PYTHON)
            if node.value in codes and not short(path).startswith(allowed)
        ],
        "give Kind (registry/structures/kinds/kind.py) a capability and read it",
    )


def test_workbooks_are_written_by_one_module():
    """It writes no text as a formula, a link or a number."""
    direct = re.compile(
        r"\bxlsxwriter\.Workbook\b|\.write_(string|row|column|rich_string)\(|\.add_format\(|\.add_worksheet\("
    )
    no_offenders(
        "only registry/kernel/exports/workbook.py writes the texts of a workbook",
        [line for line in lines_with(direct, PYTHON) if not line.startswith("registry/kernel/exports/workbook.py:")],
        "open it with open_book and write texts by book.text",
    )
