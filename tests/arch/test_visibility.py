"""Who may know what of a structure is declared in registry/structures/visibility.py and compared nowhere else."""

import ast
import re
import shutil

import pytest

from registry.kernel.feature import mount
from registry.kernel.sql_copies import SQL_COPIES, WATCHED_COLUMNS, differences
from registry.wiring.features import FEATURES
from tests.arch.sources import CHECKOUT, files, lines_with, nodes, short
from tests.support.offenders import no_offenders

DECLARATION = "registry/structures/visibility.py"
PYTHON = [path for path in files(".py", under="registry/") if short(path) != DECLARATION]
#: Sets of codes that make a rule.
SETS = {"PUBLISHED", "UNRESTRICTED", "SHOWN_AS_CELLS", "PLANS"}


@pytest.fixture
def root(tmp_path):
    mount(FEATURES)
    shutil.copytree(CHECKOUT / "migrations", tmp_path / "migrations")
    return tmp_path


def change(root, name, before, after):
    path = root / "migrations" / "sql" / name
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_no_other_module_writes_a_rule_of_visibility_as_sql():
    compared = [
        f"{short(path)}:{node.lineno}: {ast.unparse(node)[:90]}"
        for path, node in nodes(ast.Compare, PYTHON)
        if any(ast.unparse(each).endswith("SharingStatus.RESTRICTED") for each in (node.left, *node.comparators))
        and isinstance(node.ops[0], ast.Eq | ast.NotEq)
    ]
    selected = [
        f"{short(path)}:{node.lineno}: {ast.unparse(node)[:90]}"
        for path, node in nodes(ast.Call, PYTHON)
        if isinstance(node.func, ast.Attribute)
        and node.func.attr in ("in_", "not_in", "is_distinct_from")
        and ast.unparse(node.func.value).endswith(("sharing_status", ".status"))
        and any(SETS & set(re.findall(r"\w+", ast.unparse(each))) for each in node.args)
    ]
    no_offenders(
        "rules of visibility are clauses of their declaration",
        [*compared, *selected],
        f"take the ColumnRule of {DECLARATION} and its `clause(rows)`",
    )


def test_no_text_of_sql_in_a_module_compares_the_sharing_status():
    literal = re.compile(r"sharing_status\s*(=|<>|!=|(NOT )?IN)\s*\(?'(?!not_shareable)")
    no_offenders(
        "SQL in strings takes its rules from the declaration",
        lines_with(literal, PYTHON),
        f"put `RULE.sql(prefix)` of {DECLARATION} into the text",
    )


def test_the_sql_of_the_migrations_agrees_with_the_declaration(root):
    assert differences(root, SQL_COPIES, WATCHED_COLUMNS) == []


STRUCTURES, GROUPS = "baseline/structures.sql", "r0016/groups.sql"


@pytest.mark.parametrize(
    ("name", "before", "after", "line"),
    [
        (STRUCTURES, "'shared_available', 'upgradable')\n        AND", "'upgradable')\n        AND", ":151:"),
        (STRUCTURES, "AND status = 'active') STORED", "AND status <> 'removed') STORED", ":151:"),
        (STRUCTURES, "NEW.sharing_status = 'restricted'", "NEW.sharing_status = 'available'", ":35:"),
        (GROUPS, "status IN ('active', 'suspended') AS", "status IN ('active', 'suspended', 'removed') AS", ":78:"),
    ],
)
def test_sql_that_differs_is_named_with_file_and_line(root, name, before, after, line):
    change(root, name, before, after)
    problems = differences(root, SQL_COPIES, WATCHED_COLUMNS)
    assert len([each for each in problems if f"{name}{line} not as visibility." in each]) == 1, problems


def test_a_new_function_that_compares_a_status_must_declare_it(root):
    path = root / "migrations" / "sql" / "r9999"
    path.mkdir()
    (path / "new.sql").write_text(
        "CREATE FUNCTION is_hidden(s structure) RETURNS boolean LANGUAGE sql AS $$\n"
        "    SELECT s.sharing_status = 'restricted'\n$$;\n"
    )
    (problem,) = differences(root, SQL_COPIES, WATCHED_COLUMNS)
    assert problem.startswith("migrations/sql/r9999/new.sql:2:")
    assert DECLARATION in problem
