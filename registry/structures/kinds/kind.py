"""What a kind of structure declares; nothing shared tests a kind's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement

from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _, format_date, format_number
from registry.kernel.units import Unit
from registry.structures.codes import ASSESSED, SharingStatus
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
class Limit:
    """A dated setting as a rule reads it: its value, the paper it comes from, and whether that is still unconfirmed."""

    value: Any
    source: str
    needs_verification: bool = False

    def cited(self, sentence: str) -> str:
        """The sentence of a warning, with the paper that it rests on and the mark of what nobody has confirmed."""
        if self.needs_verification:
            return _("%(sentence)s Căn cứ: %(source)s (chưa kiểm chứng).", sentence=sentence, source=self.source)
        return _("%(sentence)s Căn cứ: %(source)s.", sentence=sentence, source=self.source)


@dataclass(frozen=True)
class RuleContext:
    """What rules may know beside the values: the day, and dated limits by setting key."""

    today: date
    limits: Mapping[str, Limit]

    def warning(self, field: str, sentence: str, key: str) -> Problem:
        """A problem that does not stop the record, citing the setting that it rests on."""
        return Problem(field, self.limits[key].cited(sentence), blocks=False)


Values = Mapping[str, Any]
Rule = Callable[[Values, RuleContext], Sequence[Problem]]


@dataclass(frozen=True)
class PlaceTemplate:
    """The usual capacity of a kind: how its places are called and counted."""

    label: Any
    unit: Unit


class Hosting(Enum):
    """What others install on a structure, which decides what a request to share must say."""

    ANTENNAS = "antennas"
    HUNG_CABLES = "hung_cables"
    PULLED_CABLES = "pulled_cables"
    LAID_CABLES = "laid_cables"
    ROOM = "room"


@dataclass(frozen=True)
class Relation:
    """A list of other structures that one cell of a file states, by codes between semicolons or bars.

    What the list means is the business of the feature that keeps it; imports know it by its name.
    """

    name: str
    label: Any
    #: Header words, without diacritics.
    aliases: tuple[str, ...] = ()


Columns = Mapping[str, ColumnElement[Any]]


def _nothing_follows(_columns: Columns) -> dict[str, ColumnElement[Any]]:
    return {}


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
    #: None where nothing is installed on it and nobody can ask to use it.
    hosting: Hosting | None
    example: Values
    #: Icon of the map and the lists.
    icon: str
    #: Settings whose values of the day the rules need.
    limit_keys: tuple[str, ...] = ()
    #: Fields of every structure that say nothing of this kind; its forms, files and pages leave them out.
    leaves_out: frozenset[str] = frozenset()
    #: What may be said about sharing it, the usual first.
    sharing: tuple[SharingStatus, ...] = ASSESSED
    #: The values with what follows from them, before rules look at them: a cable that was taken down is removed.
    settled: Callable[[Values], dict[str, Any]] = dict
    #: The same over the columns of many rows: only the fields that follow, each with its expression.
    settled_columns: Callable[[Columns], dict[str, ColumnElement[Any]]] = _nothing_follows
    #: What it is as supporting infrastructure in the Open Fibre Data Standard 0.4; empty for what is itself a cable.
    ofds_type: str = ""
    #: Fields that hold the code of another structure, shown as structures/references.py says.
    references: frozenset[str] = frozenset()
    #: Lists of other structures that a file may state beside the fields.
    relations: tuple[Relation, ...] = ()

    def fields(self) -> Mapping[str, Field]:
        """The declared fields of the kind, with those of every structure that it has a use for."""
        return self._fields

    @cached_property
    def _fields(self) -> Mapping[str, Field]:
        found = {name: field for name, field in fields_of(self.model).items() if name not in self.leaves_out}
        offered = tuple(status.value for status in self.sharing)
        return MappingProxyType(found | {"sharing_status": replace(found["sharing_status"], offered=offered)})


#: A year alone, in Python and in the database: 2010, "năm 2010".
YEAR_ONLY: Final = re.compile(r"\s*(?:[Nn]ăm\s*)?((?:19|20)[0-9]{2})(?:[.,]0)?\s*")


def year_flag_of(field: Field, fields: Container[str]) -> str | None:
    """The field that says that only the year of a date is known; None where the kind has none for it."""
    name = f"{field.name.removesuffix('_on')}_year_only"
    return name if field.python_type is date and name in fields else None


def display_value(field: Field | None, value: Any) -> str:
    """A stored value in words, with its unit."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if field is not None and field.choices is not None:
        return str(field.choices(value).label)
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, (int, Decimal)):
        plain = value if isinstance(value, int) else Decimal(format(value.normalize(), "f"))
        return field.unit.display(plain) if field is not None and field.unit else format_number(plain)
    return str(value)
