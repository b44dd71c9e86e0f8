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

from registry.kernel.dated_rows import cite
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _
from registry.kernel.units import Unit
from registry.streets.rule_models import StreetAct
from registry.structures.codes import ASSESSED, PUBLISHED, SharingStatus
from registry.structures.models import Structure


class Shape(Enum):
    """Geometry of a kind."""

    POINT = "POINT"
    LINE = "LINESTRING"


@dataclass(frozen=True)
class ValueProblem:
    """A finding of a rule: its field, one sentence, and whether it blocks the record."""

    field: str
    sentence: str
    blocks: bool = True


@dataclass(frozen=True)
class Limit:
    """The value of a dated setting, its legal source, and whether that source is still to be verified."""

    value: Any
    source: str
    needs_verification: bool = False

    def cited(self, sentence: str) -> str:
        """The sentence of a warning followed by its source."""
        source = cite(self.source, needs_verification=self.needs_verification)
        return _("%(sentence)s Căn cứ: %(source)s.", sentence=sentence, source=source)


@dataclass(frozen=True)
class RuleContext:
    """What rules read apart from the values: the day, and dated limits by setting key."""

    today: date
    limits: Mapping[str, Limit]

    def warning(self, field: str, sentence: str, key: str) -> ValueProblem:
        """A problem that does not block the record, with the source of the setting."""
        return ValueProblem(field, self.limits[key].cited(sentence), blocks=False)


Values = Mapping[str, Any]
Rule = Callable[[Values, RuleContext], Sequence[ValueProblem]]


@dataclass(frozen=True)
class PlaceTemplate:
    """The usual capacity place of a kind: its label, its unit, and the code of the capacity unit that counts it."""

    label: Any
    unit: Unit
    #: A code of capacity's PlaceUnit.
    counted_in: str


class Hosting(Enum):
    """What others install on a structure; it decides what a sharing request must state."""

    ANTENNAS = "antennas"
    HUNG_CABLES = "hung_cables"
    PULLED_CABLES = "pulled_cables"
    LAID_CABLES = "laid_cables"
    ROOM = "room"


class Picture(Enum):
    """How a structure is drawn; registry/drawings/ has one function for each."""

    MAST = "mast"
    POLE = "pole"
    BORES = "bores"
    TRAYS = "trays"
    ROUTE = "route"


@dataclass(frozen=True)
class DrawingSpec:
    """The picture of a kind, and the fields with the measures that it reads: measure -> field."""

    picture: Picture
    measures: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class RelationEnd:
    """A column that states a relation or one end of it: its name among the fields of files, label and headings."""

    name: str
    label: Any
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """A list of other structures that one cell of a file states, as codes separated by semicolons or bars.

    The feature that stores the list defines its meaning; imports know it by name.
    """

    name: str
    label: Any
    #: Column headings in files, without diacritics.
    aliases: tuple[str, ...] = ()
    #: Columns that name the first and the last structure alone, where a file has no list.
    ends: tuple[RelationEnd, ...] = ()

    @property
    def columns(self) -> tuple[RelationEnd, ...]:
        """The columns of a file that may state it: the list, and its ends."""
        return (RelationEnd(self.name, self.label, self.aliases), *self.ends)


Columns = Mapping[str, ColumnElement[Any]]


def _no_derived_columns(_columns: Columns) -> dict[str, ColumnElement[Any]]:
    return {}


@dataclass(frozen=True)
class Kind:
    """One kind of structure: its table, its rules and its capabilities. Other modules read these, never `code`."""

    code: str
    label: Any
    #: Three letters in the province's code: THA-CAT-000123.
    prefix: str
    shape: Shape
    model: type[Structure]
    rules: Sequence[Rule]
    place: PlaceTemplate
    #: None where nothing can be installed on it.
    hosting: Hosting | None
    example: Values
    #: Icon of the map and the lists.
    icon: str
    #: Keys of the dated settings that the rules read.
    limit_keys: tuple[str, ...] = ()
    #: Fields of every structure that do not apply to this kind; its forms, files and pages omit them.
    leaves_out: frozenset[str] = frozenset()
    #: The sharing statuses that apply, the default first.
    sharing: tuple[SharingStatus, ...] = ASSESSED
    #: Adds derived values before the rules run: a cable with a day of removal is removed.
    settled: Callable[[Values], dict[str, Any]] = dict
    #: The same for many rows in SQL: only the derived fields, each with its expression.
    settled_columns: Callable[[Columns], dict[str, ColumnElement[Any]]] = _no_derived_columns
    #: Type of supporting infrastructure in the Open Fibre Data Standard 0.4; empty for a cable itself.
    ofds_type: str = ""
    #: Fields that hold the code of another structure (positions/references.py decides who sees it).
    references: frozenset[str] = frozenset()
    #: Lists of other structures that a file may state in addition to the fields.
    relations: tuple[Relation, ...] = ()
    #: A mast for antennas: the spacing rule of new masts applies to it.
    is_mast: bool = False
    #: Code of the kind at which its lines end (fields from_manhole_id, to_manhole_id); empty where there is none.
    junction: str = ""
    #: Fields that rules compare with `drawn_length_m`, the length on the map in metres.
    length_fields: frozenset[str] = frozenset()
    #: The height of its top above the ground is the first of these fields less the others; empty where it has none.
    top_fields: tuple[str, ...] = ()
    #: Its first days: nothing is installed on it, tested or found before the first of them that is recorded.
    start_fields: tuple[str, ...] = ("built_on", "in_service_on")
    #: What building it does to the street that it stands in; with `street_act_when` only where a field has one of these
    #: values.
    street_act: StreetAct | None = None
    street_act_when: tuple[str, frozenset[str]] | None = None
    #: How it is drawn; None where it has no drawing.
    drawing: DrawingSpec | None = None

    @property
    def shows_nodes(self) -> bool:
        """A line that can be published: where it goes, it shows what stands there."""
        return self.shape is Shape.LINE and any(status in PUBLISHED for status in self.sharing)

    @property
    def omitted(self) -> frozenset[str]:
        """The fields of every structure that the kind does not have."""
        return self.leaves_out if self.shows_nodes else self.leaves_out | {"shows_nodes"}

    def top_of(self, structure: Any) -> Decimal | None:
        """The height of the top of a structure of this kind in metres; None if it has none, or it is unknown."""
        heights = [getattr(structure, name) for name in self.top_fields]
        if not heights or heights[0] is None:
            return None
        return Decimal(heights[0]) - sum((Decimal(height or 0) for height in heights[1:]), Decimal(0))

    def act_in_street(self, values: Values) -> StreetAct | None:
        """What building a structure with these values does to its street."""
        if self.street_act_when is not None:
            name, codes = self.street_act_when
            return self.street_act if values.get(name) in codes else None
        return self.street_act

    def fields(self) -> Mapping[str, Field]:
        """The declared fields of the kind, including those of every structure that apply to it."""
        return self._fields

    @cached_property
    def _fields(self) -> Mapping[str, Field]:
        declared = {name: field for name, field in fields_of(self.model).items() if name not in self.omitted}
        offered = tuple(status.value for status in self.sharing)
        return MappingProxyType(declared | {"sharing_status": replace(declared["sharing_status"], offered=offered)})


#: A year without day and month, in Python and in the database: 2010, "năm 2010".
YEAR_ONLY: Final = re.compile(r"\s*(?:[Nn]ăm\s*)?((?:19|20)[0-9]{2})(?:[.,]0)?\s*")


def year_flag_of(field: Field, fields: Container[str]) -> str | None:
    """The field that marks a date of which only the year is known; None where the kind has none."""
    name = f"{field.name.removesuffix('_on')}_year_only"
    return name if field.python_type is date and name in fields else None
