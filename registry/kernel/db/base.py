"""Declarative base and the reusable column types of every table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Enum,
    Identity,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column

from registry.kernel.days import DayOrder

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BigId = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
#: Lengths, heights, distances in metres to the millimetre.
Metres = Annotated[Decimal, Numeric(12, 3)]
Millimetres = Annotated[Decimal, Numeric(10, 1)]
SquareMetres = Annotated[Decimal, Numeric(12, 3)]
Kilograms = Annotated[Decimal, Numeric(12, 2)]
KilogramsPerMetre = Annotated[Decimal, Numeric(12, 3)]
Newtons = Annotated[Decimal, Numeric(12, 1)]
Percent = Annotated[Decimal, Numeric(6, 2)]
KilovoltAmperes = Annotated[Decimal, Numeric(12, 3)]
Kilowatts = Annotated[Decimal, Numeric(12, 3)]
#: Vietnamese đồng, no decimals.
Dong = Annotated[Decimal, Numeric(15, 0)]
Small = Annotated[int, mapped_column(SmallInteger)]
#: The collation of names with numbers: Vietnamese order of letters, and "Đường 2" before "Đường 10".
NATURAL: Final = "vi_natural"
NaturalText = Annotated[str, mapped_column(Text(collation=NATURAL))]
#: Key in `Column.info` of a moment that ends a term: exclusive, so that people read its last day (`clock.term_end`).
TERM_END: Final = "term_end"
ExclusiveEnd = Annotated[datetime, mapped_column(DateTime(timezone=True), info={TERM_END: True})]


class Choice(StrEnum):
    """A closed list: each member is `CODE = "code", label`, the label in Vietnamese and translatable."""

    label: Any

    def __new__(cls, code: str, label: Any = "") -> Choice:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member


def choice_type(choices: type[Choice], *, name: str | None = None) -> Enum:
    """Column type for the codes of `choices`, closed by a CHECK with the given name or that of the choices."""
    name = name or "".join(f"_{c.lower()}" if c.isupper() else c for c in choices.__name__).strip("_")
    return Enum(
        choices,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        name=name,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Base of all models; constraint names are predictable, so that violations can be mapped to fields."""

    #: The orders of its days that no CHECK states: every write is held to them (`db/day_orders.py`).
    DAY_ORDERS: ClassVar[tuple[DayOrder, ...]] = ()
    #: The labels of those of them that are not declared fields.
    DAY_LABELS: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        str: Text(),
        int: BigInteger(),
        bool: Boolean(),
        date: Date(),
        datetime: DateTime(timezone=True),
        Metres: Numeric(12, 3),
        Millimetres: Numeric(10, 1),
        SquareMetres: Numeric(12, 3),
        Kilograms: Numeric(12, 2),
        KilogramsPerMetre: Numeric(12, 3),
        Newtons: Numeric(12, 1),
        Percent: Numeric(6, 2),
        KilovoltAmperes: Numeric(12, 3),
        Kilowatts: Numeric(12, 3),
        Dong: Numeric(15, 0),
    }


def table_of(model: type[Base]) -> Table:
    """The table of a model's own columns; that of a kind has none of the columns of all structures."""
    return cast("Table", model.__table__)
