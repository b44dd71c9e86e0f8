"""The tables of duties and of promises: whole, of pages that there are and of tests that there are."""

import ast
import re
from functools import cache

import pytest

from config.settings import CHECKOUT
from tests.support.offenders import no_offenders

DUTIES, PROMISES = "docs/duties.md", "docs/usability.md"
_PARTS = ("II.1", "III.2", *(f"IV.{number}" for number in range(1, 8)))
_TARGETS = {"3.1", "3.2", "3.3", "3.4", "3.5"}


def rows(table):
    """(first cell, pages, tests, what is missing) of each row of a table."""
    for line in (CHECKOUT / table).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and cells[0] not in ("item", "part", "#", "promise", "---"):
            *_words, pages, tests, missing = cells
            yield cells[0], re.findall(r"`([^`]+)`", pages), re.findall(r"`([^`]+)`", tests), missing


@cache
def names_in(name):
    """The names of the tests of a file; none for a file that there is not."""
    path = CHECKOUT / name
    if not path.is_file():
        return frozenset()
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def test_every_duty_target_and_requirement_has_a_row():
    first = [cell for cell, *_rest in rows(DUTIES)]
    wanted = {*_PARTS, *(f"R{number}" for number in range(1, 31))}
    stated = {*first} | {part.strip() for cell in first for part in cell.split(",")}
    assert sorted((wanted | _TARGETS) - stated) == []


@pytest.mark.parametrize("table", [DUTIES, PROMISES])
def test_every_row_names_a_page_and_a_test_or_says_why_not(table):
    bare = [cell for cell, pages, tests, missing in rows(table) if not (pages and tests) and not missing]
    no_offenders("a row without page or test says what is missing", bare, f"fill the last column of {table}")


@pytest.mark.parametrize("table", [DUTIES, PROMISES])
def test_every_page_of_the_table_is_a_route(loaded_app, table):
    addresses = {rule.rule for rule in loaded_app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    unknown = [f"{cell}: {page}" for cell, pages, *_rest in rows(table) for page in pages if page not in addresses]
    no_offenders(f"{table} names pages that there are", unknown, "name the address of today")


@pytest.mark.parametrize("table", [DUTIES, PROMISES])
def test_every_test_of_the_table_stands_in_the_tree(table):
    absent = []
    for cell, _pages, tests, _missing in rows(table):
        for named in tests:
            path, _colons, name = named.partition("::")
            if name not in names_in(path):
                absent.append(f"{cell}: {named}")
    no_offenders(f"{table} names tests that there are", absent, "name the test of today")
