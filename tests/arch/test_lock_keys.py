"""Advisory locks of different things have different keys, so that no work waits for another without a reason."""

import ast
from collections import defaultdict

from config.settings import CHECKOUT
from tests.support.offenders import no_offenders

#: Keys of the program: single ones, and first halves.
RANGES = (range(7_204_000, 7_205_000), range(0x7E61_0000, 0x7E62_0000))


def test_each_key_of_an_advisory_lock_stands_once():
    places = defaultdict(list)
    for path in sorted((CHECKOUT / "registry").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and type(node.value) is int
                and any(node.value in each for each in RANGES)
            ):
                places[node.value].append(f"{path.relative_to(CHECKOUT)}:{node.lineno}")
    assert len(places) > 10
    shared = [
        (where, f"key {key:_}") for key, several in sorted(places.items()) if len(several) > 1 for where in several
    ]
    no_offenders("each key of an advisory lock stands once", shared, "take the next free key, or import the constant")
