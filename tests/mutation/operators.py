"""Every mutant of one Python source: comparisons, conditions, constants, returns and statements; never a text."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}
#: What only makes a text: gettext, messages of errors and of the log.
TEXT_CALLS = frozenset({"_", "_l", "_n", "_n_noop", "gettext", "lazy_gettext", "format_date", "format_number"})
LOGGERS = frozenset({"log", "logger", "logging", "_log", "LOG"})
#: When rows are sent to the database, and how a class stores its fields, decides nothing.
UNDECIDED_CALLS = frozenset({"flush", "dataclass"})


@dataclass(frozen=True)
class Site:
    """One change: where it is written, what it says before and after, and how the tree is changed."""

    scope: str
    operator: str
    before: str
    after: str
    line: int
    lines: range
    owner: ast.AST
    field: str
    index: int | None
    new: ast.AST

    def apply(self) -> None:
        """Change the tree that this site was found in."""
        ast.copy_location(self.new, self._old())
        for node in ast.walk(self.new):
            if not hasattr(node, "lineno") and "lineno" in node._attributes:
                ast.copy_location(node, self._old())
        if self.index is None:
            setattr(self.owner, self.field, self.new)
        else:
            getattr(self.owner, self.field)[self.index] = self.new

    def _old(self) -> ast.AST:
        held = getattr(self.owner, self.field)
        return held if self.index is None else held[self.index]


def name_of(call: ast.AST) -> str:
    """The last name of what is called, and the first of an attribute's chain for loggers."""
    if isinstance(call, ast.Attribute):
        return call.attr
    return call.id if isinstance(call, ast.Name) else ""


def is_text(node: ast.AST) -> bool:
    """Whether an expression is, or only makes, a text."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)):
        return True
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    return isinstance(node, ast.Call) and name_of(node.func) in TEXT_CALLS


def is_undecided(node: ast.AST) -> bool:
    """Whether a node is a call that decides nothing: a line of the log, a flush."""
    if not isinstance(node, ast.Call):
        return False
    logger = node.func.value if isinstance(node.func, ast.Attribute) else None
    return name_of(node.func) in UNDECIDED_CALLS or (isinstance(logger, ast.Name) and logger.id in LOGGERS)


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The operators that fit an expression, with what takes its place."""
    if isinstance(node, ast.Compare):
        for at, held in enumerate(node.ops):
            for other in COMPARISONS[type(held)]:
                changed = copy.deepcopy(node)
                changed.ops[at] = other()
                yield "compare", changed
    elif isinstance(node, ast.BoolOp):
        yield "and-or", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not", node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield "arithmetic", ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
    elif isinstance(node, ast.Constant):
        yield from constant_changes(node)
    elif isinstance(node, ast.Dict):
        yield from entry_changes(node)


def constant_changes(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    """Truth values change to the other one, whole numbers by one in both directions."""
    if isinstance(node.value, bool):
        yield "bool", ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield "number", ast.Constant(node.value + 1)
        yield "number", ast.Constant(node.value - 1)


def entry_changes(node: ast.Dict) -> Iterator[tuple[str, ast.AST]]:
    """A table, such as that of rights, loses one of its rows."""
    for at, held in enumerate(node.keys):
        if isinstance(held, ast.Attribute):
            changed = copy.deepcopy(node)
            del changed.keys[at], changed.values[at]
            yield f"no entry {one_line(held)}", changed


def statement_changes(node: ast.stmt) -> Iterator[tuple[str, str, ast.AST]]:
    """The operators that fit a statement: (operator, field or '' for all of it, what takes its place)."""
    if isinstance(node, ast.Raise):
        yield "no raise", "", ast.Pass()
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and not is_undecided(node.value):
        yield "no call", "", ast.Pass()
    elif isinstance(node, ast.AugAssign) or (
        isinstance(node, ast.Assign) and not any(isinstance(target, ast.Name) for target in node.targets)
    ):
        yield "no assignment", "", ast.Pass()
    elif isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) or is_text(node.value)):
            yield "return None", "value", ast.Constant(None)
    elif isinstance(node, ast.If | ast.While) and isinstance(node.test, ast.Name | ast.Call | ast.Attribute):
        yield "condition", "test", ast.UnaryOp(ast.Not(), node.test)


def header(node: ast.stmt) -> range:
    """The lines of a statement without those of its block."""
    body = getattr(node, "body", None)
    last = node.end_lineno
    if isinstance(body, list) and body:
        last = max(node.lineno, min(getattr(body[0], "lineno", last) - 1, last))
    return range(node.lineno, last + 1)


def is_left_out(node: ast.AST, field: str) -> bool:
    """Parts that decide nothing: annotations, docstrings and other texts, imports, blocks for the type checker."""
    if field in ("annotation", "returns", "type_params"):
        return True
    if isinstance(node, ast.Import | ast.ImportFrom) or is_text(node) or is_undecided(node):
        return True
    if isinstance(node, ast.Raise):
        return False
    if isinstance(node, ast.If) and name_of(node.test) == "TYPE_CHECKING":
        return True
    return isinstance(node, ast.Assign) and any(name_of(target) == "__all__" for target in node.targets)


def sites(tree: ast.Module) -> Iterator[Site]:
    """All sites of a module, in the order of its source."""
    yield from _walk(tree, "<module>", range(0), None)


def _walk(owner: ast.AST, scope: str, lines: range, raised: ast.AST | None) -> Iterator[Site]:
    for field, value in ast.iter_fields(owner):
        held = value if isinstance(value, list) else [value]
        for at, node in enumerate(held):
            if not isinstance(node, ast.AST) or is_left_out(node, field):
                continue
            if raised is not None and owner is raised and field == "exc" and isinstance(node, ast.Call):
                continue  # what an error says
            index = at if isinstance(value, list) else None
            inner, here = scope, lines
            if isinstance(node, ast.stmt):
                here = header(node)
                for operator, part, new in statement_changes(node):
                    site = (owner, field, index) if part == "" else (node, part, None)
                    yield _site(scope, operator, node if part == "" else getattr(node, part), here, site, new)
            for operator, new in changes(node):
                yield _site(scope, operator, node, here, (owner, field, index), new)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = node.name if scope == "<module>" else f"{scope}.{node.name}"
            yield from _walk(node, inner, here, node if isinstance(node, ast.Raise) else None)


def _site(scope, operator, old, lines, site, new):
    return Site(scope, operator, one_line(old), one_line(new), old.lineno, lines, *site, new)


def one_line(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def short(site: Site) -> str:
    """What a site changes, without its line; a table of which one row goes is not repeated."""
    if site.operator.startswith("no entry"):
        return f"{site.scope} | {site.operator}"
    return f"{site.scope} | {site.operator} | {site.before} -> {site.after}"


def keyed(tree: ast.Module) -> list[tuple[str, Site]]:
    """Each site with a key that says what it changes in what function, and not in what line."""
    counts: Counter[str] = Counter()
    sites_by_key = []
    for site in sites(tree):
        key = short(site)
        counts[key] += 1
        sites_by_key.append((key if counts[key] == 1 else f"{key} | {counts[key]}", site))
    return sites_by_key


def mutated(source: str, key: str) -> ast.Module:
    """The tree of a source with one site changed."""
    tree = ast.parse(source)
    site = dict(keyed(tree))[key]
    site.apply()
    return ast.fix_missing_locations(tree)
