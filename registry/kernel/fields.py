"""Field declarations: a column says once what it is called and what it accepts; forms, lists and imports read that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Enum as SqlEnum
from sqlalchemy import inspect
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

from registry.kernel.db.base import Choice, choice_type
from registry.kernel.units import Unit


class FilterKind(Enum):
    """How a list may be narrowed by a column."""

    CHOICE = "choice"
    RANGE = "range"
    FLAG = "flag"


@dataclass(frozen=True)
class Field:
    """What a person must know of one column. `minimum` and `maximum` are in `unit` and include their ends."""

    name: str
    label: Any
    unit: Unit | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    #: Most digits after the decimal mark; None: as many as are typed.
    decimals: int | None = None
    max_length: int | None = None
    choices: type[Choice] | None = None
    required: bool = False
    hint: Any = ""
    multiline: bool = False
    filter: FilterKind | None = None
    group: str = "general"
    #: Header words that operators' own files use for this column, without diacritics.
    aliases: tuple[str, ...] = ()
    python_type: type = str
    #: The codes of `choices` that a form offers; empty: all of them.
    offered: tuple[str, ...] = ()


#: Fields of `info` that `col` keeps on the column.
_INFO = "field"
_TEXT_LENGTH = 500
_NOTE_LENGTH = 4000


def col(
    label: Any,
    *,
    unit: Unit | None = None,
    min: int | str | None = None,
    max: int | str | None = None,
    decimals: int | None = None,
    max_length: int | None = None,
    choices: type[Choice] | None = None,
    required: bool = False,
    hint: Any = "",
    multiline: bool = False,
    filter: FilterKind | None = None,
    group: str = "general",
    aliases: tuple[str, ...] = (),
    **column: Any,
) -> MappedColumn[Any]:
    """A mapped column with its field declaration; bounds are inclusive and in `unit`."""
    length = max_length or (_NOTE_LENGTH if multiline else _TEXT_LENGTH)
    declaration = {
        "label": label,
        "unit": unit,
        "minimum": None if min is None else Decimal(str(min)),
        "maximum": None if max is None else Decimal(str(max)),
        "decimals": decimals,
        "max_length": length,
        "choices": choices,
        "required": required,
        "hint": hint,
        "multiline": multiline,
        "filter": filter,
        "group": group,
        "aliases": aliases,
    }
    kind = (choice_type(choices),) if choices is not None else ()
    return mapped_column(*kind, nullable=not required, info={_INFO: declaration}, **column)


@cache
def fields_of(model: type[DeclarativeBase], *, own: bool = False) -> Mapping[str, Field]:
    """The declared fields of a model in the order of declaration; `own` leaves out those of its base table."""
    found: dict[str, Field] = {}
    for prop in inspect(model).column_attrs:
        column = prop.columns[0]
        declaration: Mapping[str, Any] | None = column.info.get(_INFO)
        if declaration is None or (own and column.table is not model.__table__):
            continue
        found[prop.key] = Field(name=prop.key, python_type=_python_type(column.type), **declaration)
    return MappingProxyType(found)


def _python_type(column_type: Any) -> type:
    if isinstance(column_type, SqlEnum):
        return str
    kind = column_type.python_type
    return kind if isinstance(kind, type) else str
