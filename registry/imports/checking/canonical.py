"""SQL for spellings that leave no question: what it takes, it reads as the parser of fields does; all else is left.

Each expression is compiled from the declaration of a field, so that limits have one source. A test holds the parser
of fields against them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Text,
    and_,
    case,
    cast,
    func,
    null,
    or_,
)
from sqlalchemy.types import TypeEngine

from registry.kernel.fields import Field

#: Letters of Vietnamese and its neighbours in one piece, digits, marks that print: text of these alone with one space
#: between words is in NFC already and has nothing to clean. The soft hyphen is left out.
_LETTERS: Final = "!-~¡-¬®-ɏḀ-ỿ–—‘’“”…"
_UNUSUAL: Final = f"[^ {_LETTERS}]|^ | $|  "
_NUMBER: Final = r"^(0|[1-9][0-9]{0,11})([.,][0-9]{1,6})?$"
#: 1.234 is one thousand and more, by the rules of numbers.
_GROUP: Final = r"^[1-9][0-9]{0,2}\.[0-9]{3}$"
_WHOLE: Final = "^(0|[1-9][0-9]{0,8})$"
#: Days that every month has; the others are looked up by the calendar of Python.
_DAY: Final = "^(0?[1-9]|1[0-9]|2[0-8])/(0?[1-9]|1[0-2])/(19|20)[0-9]{2}$"


def matches(given: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
    """Whether a text has a form; by code points, whatever the language of the database."""
    return given.collate("C").op("~", is_comparison=True)(pattern)


def number_of(given: ColumnElement[str]) -> ColumnElement[Decimal]:
    """The number of a text that has the plain form."""
    return cast(func.replace(given, ",", "."), Numeric())


def type_of(field: Field) -> TypeEngine[Any]:
    """Column type of a value while it is checked: numbers keep all their decimals until they are stored."""
    kinds: dict[type, TypeEngine[Any]] = {
        Decimal: Numeric(),
        int: BigInteger(),
        date: Date(),
        bool: Boolean(),
    }
    return kinds.get(field.python_type, Text()) if field.choices is None else Text()


def is_plain(field: Field, given: ColumnElement[str]) -> ColumnElement[bool] | None:
    """Whether SQL alone reads a text for a field; None where Python reads every word (closed lists, yes and no)."""
    spelt = _spelt(field, given)
    if spelt is None:
        return None
    return spelt if field.required else or_(given == "", spelt)


def plain_value(field: Field, given: ColumnElement[str]) -> ColumnElement[Any]:
    """The value of a text that is plain; to be evaluated for no other."""
    reads = {Decimal: number_of, int: lambda text: cast(text, BigInteger), date: _day_of}
    read = reads.get(field.python_type)
    return case((given == "", null()), else_=given if read is None else read(given))


def _spelt(field: Field, given: ColumnElement[str]) -> ColumnElement[bool] | None:
    if field.choices is not None or field.python_type is bool:
        return None
    if field.python_type is date:
        return matches(given, _DAY)
    if field.python_type is int:
        return case((matches(given, _WHOLE), _within(field, cast(given, BigInteger))), else_=False)
    if field.python_type is Decimal:
        plain = and_(matches(given, _NUMBER), ~matches(given, _GROUP))
        return case((plain, _within(field, number_of(given))), else_=False)
    return and_(given != "", func.length(given) <= field.max_length, ~matches(given, _UNUSUAL))


def _within(field: Field, value: ColumnElement[Any]) -> ColumnElement[bool]:
    limits = [value >= field.minimum] if field.minimum is not None else []
    limits += [value <= field.maximum] if field.maximum is not None else []
    return and_(True, *limits)


def _day_of(given: ColumnElement[str]) -> ColumnElement[date]:
    parts = [cast(func.split_part(given, "/", place), Integer) for place in (3, 2, 1)]
    made: ColumnElement[date] = func.make_date(*parts)
    return made
