"""docs/screening.md as tests read it: shipped limits, worked examples; facts written as words with values."""

import ast
import operator
import re
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path

from registry.colocation.screening import duct, pole, tower, tray
from registry.colocation.screening.models import SpanOver
from registry.colocation.screening.pole import Span
from registry.colocation.screening.result import InstalledLoad, Inventory, PlaceRoom, ScreeningLimits

DOCUMENT = Path(__file__).parents[2] / "docs" / "screening.md"
SCREEN = {module.CODE: module.screen for module in (duct, pole, tower, tray)}
FACTS = {"duct": duct.DuctFacts, "pole": pole.PoleFacts, "tower": tower.TowerFacts, "tray": tray.TrayFacts}
_ROW = re.compile(r"^\| `([a-z_.]+)` \| (`([a-z0-9_]+)`|up to (\d+) kV) \| ([0-9.]+) \|", re.MULTILINE)
_BLOCK = re.compile(r"^```screening\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_SIGNS = {"×": "*", "−": "-", "²": "**2", "π": "3.14159265358979"}
_SPAN = {field.name for field in fields(Span)}
_YES = {"yes": True, "no": False}


@dataclass(frozen=True)
class Example:
    """One worked example: its steps are name, arithmetic and the figure as the document states it."""

    title: str
    calculator: str
    given: dict
    there: tuple
    steps: tuple
    verdict: str


def shipped():
    """The limits of the document's table, as the calculators read them."""
    values = {}
    for key, _cell, name, up_to, figure in _ROW.findall(DOCUMENT.read_text(encoding="utf-8")):
        if up_to:
            values.setdefault(key, {"steps": []})["steps"].append({"up_to_kv": up_to, "m": figure})
        else:
            values.setdefault(key, {})[name] = figure
    return ScreeningLimits(values)


def examples():
    """The worked examples of the document."""
    return [_example(block) for block in _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))]


def _example(block):
    title, *lines = block.strip().split("\n")
    values, there, steps, verdict = {}, (), [], ""
    for line in lines:
        word, _space, rest = line.partition(" ")
        if word == "given":
            values = dict(pair.split("=") for pair in rest.split())
        elif word == "there":
            there = tuple(rest.split())
        elif word == "verdict":
            verdict = rest
        else:
            name, *middle, stated = line.split(" = ")
            steps.append((name, middle[0], stated))
    return Example(title, title.partition(":")[0], values, there, tuple(steps), verdict)


def room(free=1, quantity=1, total=10):
    """A chosen place with so much free."""
    return PlaceRoom("Vị trí 1", "vị trí", None if free is None else total, free, quantity)


def facts(calculator, values=(), there=(), *, complete=True, **more):
    """Facts of a calculator: `given` words with values, `there` one text for each occupant, `more` as it is."""
    read = {name: _value(value) for name, value in dict(values).items()}
    if calculator == "pole":
        read["span"] = Span(**{name: read.pop(name) for name in _SPAN & read.keys()})
    loads = tuple(
        InstalledLoad(**{name: _value(value) for name, value in _pairs(text)}) for text in there if text != "?"
    )
    present = Inventory(loads, complete=complete and "?" not in there)
    return FACTS[calculator](**({"room": room(), "present": (present,)} | read | more))


def _pairs(text):
    return (pair.split("=") for pair in text.split(","))


def _value(value):
    if not isinstance(value, str):
        return value
    if value in _YES:
        return _YES[value]
    if value in {member.value for member in SpanOver}:
        return SpanOver(value)
    return Decimal(value)


def reckoned(text):
    """What an arithmetic expression of the document is worth."""
    for sign, meaning in _SIGNS.items():
        text = text.replace(sign, meaning)
    return _worth(ast.parse(text, mode="eval").body)


def _worth(node):
    if isinstance(node, ast.Constant):
        return Decimal(str(node.value))
    left, right = _worth(node.left), _worth(node.right)
    return left ** int(right) if isinstance(node.op, ast.Pow) else _OPERATORS[type(node.op)](left, right)
