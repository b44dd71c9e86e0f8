"""The rows to paste where a reviewed list misses something, with what the matrix says, to be reviewed."""

import csv
import inspect
import tomllib
from pathlib import Path

from registry.authz.actors import Role
from registry.authz.blueprint import ROUTES
from registry.authz.matrix import GRANTS
from registry.authz.permissions import P
from tests.arch.sources import CHECKOUT

TABLE = CHECKOUT / "tests" / "permissions" / "expected.csv"
_KEYS = ("endpoint", "method", "object")
#: Columns that are no accounts of their own: they are refused as visitors are, or by the session.
_SIGNED_OUT = {"GET": "login", "POST": "401"}
_TAKEN = {"GET": "200", "POST": "303"}


def reviewed_rows():
    """The rows of expected.csv by (endpoint, method, object)."""
    with TABLE.open(encoding="utf-8", newline="") as source:
        return {tuple(row[key] for key in _KEYS): row for row in csv.DictReader(source)}


def row_to_paste(endpoint, method, thing="", *, also=()):
    """The line of expected.csv for a route, as the matrix grants it; `also`: further permissions that it asks for."""
    permissions = (ROUTES[endpoint][method], *also)
    cells = [_cell(column, method, permissions) for column in _columns()]
    return ",".join((endpoint, method, thing, *cells))


def _cell(column, method, permissions):
    role = _roles().get(column)
    if role is None:
        return _TAKEN[method] if set(permissions) == {P.PUBLIC} else _SIGNED_OUT[method]
    granted = all(each is P.PUBLIC or role in GRANTS.get(each, {}) for each in permissions)
    return _TAKEN[method] if granted else "403"


def _columns():
    with TABLE.open(encoding="utf-8", newline="") as source:
        return [name for name in next(csv.reader(source)) if name not in _KEYS]


def _roles():
    cast = tomllib.loads((CHECKOUT / "registry" / "accounts" / "demo.toml").read_text(encoding="utf-8"))
    return {user["username"]: Role(user["role"]) for user in cast["users"]}


def declared_at(thing):
    """`path:line` of a class or a function."""
    thing = inspect.unwrap(thing)
    return f"{Path(inspect.getsourcefile(thing)).relative_to(CHECKOUT)}:{inspect.getsourcelines(thing)[1]}"


def line_of(module, text):
    """`path:line` of the first line of a module that holds a text."""
    path = Path(inspect.getsourcefile(module))
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next((number for number, line in enumerate(lines, 1) if text in line), 1)
    return f"{path.relative_to(CHECKOUT)}:{number}"
