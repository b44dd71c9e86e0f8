"""What a kind of structure must provide; nothing shared switches on a kind's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from registry.kernel.units import Unit
from registry.structures.models import Structure


class Shape(Enum):
    """Geometry of a kind."""

    POINT = "POINT"
    LINE = "LINESTRING"


@dataclass(frozen=True)
class Problem:
    """What a rule finds: at which field, in one sentence, and whether it stops the record."""

    field: str
    sentence: str
    blocks: bool = True


@dataclass(frozen=True)
class RuleContext:
    """What rules may know beside the values: the day, and dated limits by setting key."""

    today: date
    limits: Mapping[str, Any]


Values = Mapping[str, Any]
Rule = Callable[[Values, RuleContext], Sequence[Problem]]


@dataclass(frozen=True)
class PlaceTemplate:
    """The usual capacity of a kind: how its places are called and counted."""

    label: Any
    unit: Unit


@dataclass(frozen=True)
class Kind:
    """One kind of structure: its table, rules, usual places and an example that a template shows."""

    code: str
    label: Any
    #: Three letters in the province's code: THA-CAT-000123.
    prefix: str
    shape: Shape
    model: type[Structure]
    rules: Sequence[Rule]
    place: PlaceTemplate
    example: Values
    #: Icon of the map and the lists.
    icon: str
    #: Settings whose values of the day the rules need.
    limit_keys: tuple[str, ...] = ()
