"""A query of structures that ends (limit, fetch, the nearest) has the rights of its reader within, never behind it.

Else what the reader may not know displaces what it sees, and whoever plants structures measures a distance. The rule
follows names: what a limited query is made from, in its function and in the private functions of its module.
"""

import ast
import re

from tests.arch.sources import files, nodes, short, text_of
from tests.support.offenders import no_offenders

#: What gives the rows, or the clause, of one reader.
RIGHTS = frozenset(
    {
        *("visible", "sees_exactly", "is_counted", "is_shown_as_cells", "readable", "parts", "counted", "index_rows"),
        *("measured", "class_visibility", "in_plan_area", "get_visible"),
    }
)
#: Names of the rows of structures.
ROWS = frozenset({"Structure", "structure_history", "structure_cell", "structure_bin", "structure_bin_change"})
ENDING = frozenset({"limit", "fetch", "slice"})
#: Limited queries of all structures, and why they say nothing of the rows that the reader may not know.
ALLOWED = {
    "registry/demo/cases.py:create_rounds": "the sample data, as the owner of the round",
    "registry/demo/feature.py:module": "whether there is any sample, in every page alike",
    "registry/demo/service.py:_has_sample": "whether there is any sample, for its command",
    "registry/demo/service.py:has_structures": "whether there is any structure, for its command",
    "registry/structures/fastpath/past_counts.py:_count_recorded": "decides on one of two ways to the same figures",
    "registry/structures/positions/line_ends.py:choices_of_ends": "the line owner's own and published ones alone",
    "registry/structures/positions/line_ends.py:facts_of_ends": "the line owner's own and published ones alone",
    "registry/upkeep/queries.py:list_unconfirmed": "the standing structures of the owner whose round it is",
}
#: The same of SQL in text.
ALLOWED_TEXTS = {
    "registry/structures/bulk_edit/queries.py": "the codes that the reader's own change wrote",
    "registry/structures/positions/duplicates.py": "the owner's own and published ones alone, to who sees the owner's",
    "registry/structures/positions/mast_spacing.py": "own and published ones alone, to who sees the owner's",
    "registry/structures/writing/revert.py": "versions of the records that the change itself wrote",
}
_TEXT = re.compile(r"(?:\bLIMIT\b|<->)")
_TABLE = re.compile(r"\b(?:FROM|JOIN) structure(?:_history|_cell|_bin)?\b")


def functions_of(tree):
    """Name -> function, of all functions of a module, and the function that each node is in."""
    named, around = {}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            named.setdefault(node.name, node)
            for inner in ast.walk(node):
                around[inner] = node if inner is not node else around.get(node, node)
    return named, around


def assigned_in(function):
    """Name -> the expressions that the function binds to it."""
    bound = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        bound.setdefault(name.id, []).append((node.lineno, node.value))
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)) and isinstance(node.target, ast.Name) and node.value:
            bound.setdefault(node.target.id, []).append((node.lineno, node.value))
        elif isinstance(node, ast.FunctionDef) and node is not function:
            bound.setdefault(node.name, []).append((0, node))
    return bound


def names_within(expression, bound, functions, line):
    """All names that an expression is made from; of what is bound behind it nothing."""
    names, waiting, visited = set(), [expression], set()
    while waiting:
        part = waiting.pop()
        for node in ast.walk(part):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
            if name is None or name in visited:
                continue
            names.add(name)
            if isinstance(node, ast.Name):
                visited.add(name)
                waiting += [value for at, value in bound.get(name, ()) if at <= line]
                if name not in bound and name in functions:
                    waiting.append(functions[name])
    return names


def unguarded(path, tree):
    """The limited queries of a module that are made from structures without rights."""
    functions, around = functions_of(tree)
    for node in ast.walk(tree):
        is_ending = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ENDING
        if not is_ending:
            continue
        function = around.get(node)
        bound = assigned_in(function) if function is not None else {}
        names = names_within(node.func.value, bound, functions, node.lineno)
        if names & ROWS and not names & RIGHTS:
            yield f"{path}:{function.name if function is not None else 'module'}", node.lineno


def test_rights_stand_within_every_limited_query_of_structures():
    limited = [
        (where, line)
        for path in files(".py", under="registry/")
        if any(f".{ending}(" in text_of(path) for ending in ENDING)
        for where, line in unguarded(short(path), ast.parse(text_of(path)))
    ]
    no_offenders(
        "rights come before the limit",
        [f"{where}: line {line}" for where, line in limited if where not in ALLOWED],
        "put visible() or sees_exactly() inside the limited query, or name it in ALLOWED with the reason",
    )
    assert set(ALLOWED) <= {where for where, _line in limited}


def test_the_same_of_sql_in_text():
    texts = {
        short(path)
        for path, node in nodes(ast.Constant, files(".py", under="registry/"))
        if isinstance(node.value, str) and _TEXT.search(node.value) and _TABLE.search(node.value)
    }
    no_offenders(
        "rights come before the limit", sorted(texts - set(ALLOWED_TEXTS)), "name it in ALLOWED_TEXTS, with the reason"
    )
    assert set(ALLOWED_TEXTS) <= texts


def test_the_rule_finds_a_limit_before_the_rights():
    source = """
def nearest(ctx, point):
    distance = Structure.geom.op("<->")(point)
    near = select(Structure.id).order_by(distance).limit(64).lateral("near")
    return select(near).where(visible(ctx, aliased(Structure, near), P.STRUCTURE_READ))
"""
    mended = source.replace("select(Structure.id)", "select(Structure.id).where(visible(ctx, Structure, P.READ))")
    assert [where for where, _line in unguarded("a.py", ast.parse(source))] == ["a.py:nearest"]
    assert list(unguarded("a.py", ast.parse(mended))) == []
