"""Field declarations and the parser of their values: one rule set for forms, lists and imports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Self

from sqlalchemy import Enum as SqlEnum
from sqlalchemy import inspect
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

from registry.kernel.days import ANY_DAY, DaySpan
from registry.kernel.db.base import Choice, choice_type
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, english_month, format_date, format_number
from registry.kernel.numbers import NumberRefused, parse_amount, parse_decimal, plain_text
from registry.kernel.text import TextRefused, fold, normalise, normalise_lines, shown
from registry.kernel.units import VND, Unit, with_symbol


class FilterKind(Enum):
    """How a list is filtered by a column."""

    CHOICE = "choice"
    RANGE = "range"
    FLAG = "flag"


@dataclass(frozen=True)
class Field:
    """Declaration of one column. `minimum` and `maximum` are inclusive and in `unit`."""

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
    #: When a field that is not `required` is needed all the same, as a clause; forms show it in place of "optional".
    needed_when: Any = ""
    hint: Any = ""
    #: Heading of its column in lists and files where it differs from the label of forms and pages.
    heading: Any = ""
    multiline: bool = False
    filter: FilterKind | None = None
    group: str = "general"
    #: Headers of this column in operators' own files, without diacritics.
    aliases: tuple[str, ...] = ()
    python_type: type = str
    #: Sensible days; every day that a form asks for declares them.
    span: DaySpan | None = None
    #: The codes of `choices` that a form offers; empty: all of them.
    offered: tuple[str, ...] = ()
    #: A flag of a form that is a box to tick instead of a list of yes, no and unknown.
    is_box: bool = False
    #: Attributes of its input in HTML, and its width there: "xs", "s", "m", "l" or "full".
    attributes: tuple[tuple[str, str], ...] = ()
    width: str = ""


#: Key of Column.info that holds the declaration.
_INFO = "field"
_TEXT_LENGTH = 500
_NOTE_LENGTH = 4000
#: Bounds of what is a year of the calendar.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


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
    needed_when: Any = "",
    hint: Any = "",
    heading: Any = "",
    multiline: bool = False,
    filter: FilterKind | None = None,
    group: str = "general",
    aliases: tuple[str, ...] = (),
    span: DaySpan | None = None,
    is_box: bool = False,
    attributes: Mapping[str, str] = _NO_ATTRIBUTES,
    width: str = "",
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
        "needed_when": needed_when,
        "hint": hint,
        "heading": heading,
        "multiline": multiline,
        "filter": filter,
        "group": group,
        "aliases": aliases,
        "span": span,
        "is_box": is_box,
        "attributes": tuple(attributes.items()),
        "width": width,
    }
    kind = (choice_type(choices),) if choices is not None else ()
    return mapped_column(*kind, nullable=not required, info={_INFO: declaration}, **column)


@cache
def fields_of(model: type[DeclarativeBase], *, own: bool = False) -> Mapping[str, Field]:
    """The declared fields of a model in order of declaration; `own` leaves out those of its base table."""
    declared: dict[str, Field] = {}
    for prop in inspect(model).column_attrs:
        column = prop.columns[0]
        declaration: Mapping[str, Any] | None = column.info.get(_INFO)
        if declaration is None or (own and column.table is not model.__table__):
            continue
        declared[prop.key] = Field(name=prop.key, python_type=_python_type(column.type), **declaration)
    return MappingProxyType(declared)


def fields_named(model: type[DeclarativeBase], *names: str) -> tuple[Field, ...]:
    """Some declared fields of a model, in this order."""
    declared = fields_of(model)
    return tuple(declared[name] for name in names)


def required_fields(model: type[DeclarativeBase], *names: str) -> tuple[Field, ...]:
    """Some declared fields of a model as one of its forms asks for them: a record may lack them, an answer may not."""
    return tuple(replace(field, required=True) for field in fields_named(model, *names))


def labels_of(model: type[DeclarativeBase]) -> dict[str, Any]:
    """The label of each declared field of a model."""
    return {name: field.label for name, field in fields_of(model).items()}


def facts_of(record: DeclarativeBase, *names: str) -> list[tuple[Any, str]]:
    """Labels and values in words of some declared fields of a record, as pages show them; "" for no value."""
    fields = fields_named(type(record), *names)
    return [(field.label, display_value(field, getattr(record, field.name))) for field in fields]


def value_problems(fields: Iterable[Field], values: Mapping[str, Any], today: date) -> dict[str, str]:
    """Sentences by field for values that no form has parsed: a command line, a service of another feature."""
    problems: dict[str, str] = {}
    for field in fields:
        try:
            _check_value(field, values.get(field.name), today)
        except ValueRefused as refused:
            problems[field.name] = str(refused)
    return problems


def _check_value(field: Field, value: Any, today: date) -> None:
    if value is None or value == "":
        if field.required:
            raise ValueRefused(_("Chưa nhập; nội dung này là bắt buộc."))
    elif isinstance(value, date):
        problem = field.span.problem(field.label, value, today) if field.span else None
        if problem:
            raise ValueRefused(problem)
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        if not _accepts(field, Decimal(value)):
            raise ValueRefused(_out_of_bounds(field, format_number(value)))
    elif isinstance(value, str) and field.choices is None:
        _text(field, value)


def _python_type(column_type: Any) -> type:
    if isinstance(column_type, SqlEnum):
        return str
    kind = column_type.python_type
    return kind if isinstance(kind, type) else str


#: The time that spreadsheets and databases write behind a day without one, in Vietnamese (SA) and English too.
_MIDNIGHT = r"(?:[T ](?:0?0:00(?::00(?:\.0+)?)?|12:00(?::00)? (?:SA|AM)))?"
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})" + _MIDNIGHT, re.IGNORECASE)
_NAMED_MONTH = re.compile(r"(\d{1,2}) ([A-Za-z]{3,9}) (\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})" + _MIDNIGHT, re.IGNORECASE)
_YES = frozenset({"co", "x", "yes", "true", "1", "y", "dung"})
_NO = frozenset({"khong", "no", "false", "0", "n", "sai"})
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


class ValueRefused(ValueError):
    """A text that is no value of the field; the message names the value and the expected form."""


class ComposedValue:
    """Base of the values of several parts that are typed, shown and filed as one text, in the reader's language.

    `str` writes what `parse` reads.
    """

    @classmethod
    def parse(cls, text: str, maximum: Decimal | None) -> Self:
        """The value of a text, of which no part is over `maximum`; ValueRefused with one sentence otherwise."""
        raise NotImplementedError


def parse_value(field: Field, text: str | None) -> Any:
    """The value of `text` for a field, None for an empty one; ValueRefused with one sentence otherwise."""
    try:
        stated = normalise_lines(text or "") if field.multiline else normalise(text or "")
    except TextRefused as refused:
        raise ValueRefused(str(refused)) from refused
    if not stated:
        if field.required and field.python_type is not bool:
            raise ValueRefused(_("Chưa nhập; nội dung này là bắt buộc."))
        return False if field.required and field.python_type is bool else None
    return _parser(field)(field, stated)


def _parser(field: Field) -> Callable[[Field, str], Any]:
    if field.choices is not None:
        return _choice
    if issubclass(field.python_type, ComposedValue):
        return _composed
    return {bool: _flag, int: _whole, Decimal: _number, date: _day}.get(field.python_type, _text)


def _choice(field: Field, text: str) -> Any:
    choices = field.choices
    if choices is None:
        raise TypeError(field.name)
    folded = fold(text)
    for member in choices:
        if folded in (fold(member.value), fold(str(member.label))):
            return member
    labels = ", ".join(str(member.label) for member in choices)
    raise ValueRefused(_("“%(value)s” không có trong danh mục; cần một trong: %(labels)s.", value=text, labels=labels))


def _composed(field: Field, text: str) -> ComposedValue:
    kind: type[ComposedValue] = field.python_type
    return kind.parse(_text(field, text), field.maximum)


def _flag(_field: Field, text: str) -> bool:
    folded = fold(text)
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise ValueRefused(_("“%(value)s” không rõ; cần “có” hoặc “không”.", value=text))


def _number(field: Field, text: str) -> Decimal:
    try:
        if field.unit is VND:
            value = parse_amount(text, partial(_accepts, field), _example(field))
        else:
            value = parse_decimal(text, _example(field))
    except NumberRefused as refused:
        raise ValueRefused(str(refused)) from refused
    if not _is_within(field, value):
        raise ValueRefused(_out_of_bounds(field, text))
    _check_decimals(field, value, text)
    return value


def _is_within(field: Field, value: Decimal) -> bool:
    return (field.minimum is None or value >= field.minimum) and (field.maximum is None or value <= field.maximum)


def _accepts(field: Field, value: Decimal) -> bool:
    """Whether a number has the bounds and the decimals of the field."""
    decimals = 0 if field.python_type is int else field.decimals
    return _is_within(field, value) and (decimals is None or value == round(value, decimals))


#: Numbers that a refusal suggests: the first that the field accepts.
_EXAMPLES = (Decimal("1234.5"), Decimal(250_000), Decimal("12.5"), Decimal(12), Decimal(1))


def _example(field: Field) -> str:
    """A number as a person may type it into the field."""
    usual = (Decimal(250_000),) if field.unit is VND else ()
    bounds = tuple(bound for bound in (field.minimum, field.maximum) if bound is not None)
    numbers = (number for number in (*usual, *_EXAMPLES, *bounds) if _accepts(field, number))
    return plain_text(next(numbers, Decimal(1)))


def _check_decimals(field: Field, value: Decimal, text: str) -> None:
    if field.decimals is None or value == round(value, field.decimals):
        return
    if field.decimals:
        raise ValueRefused(
            _("%(value)s có quá nhiều chữ số lẻ; cần tối đa %(most)d chữ số.", value=text, most=field.decimals)
        )
    raise ValueRefused(_("%(value)s có phần lẻ; cần số tròn%(unit)s.", value=text, unit=_unit_of(field)))


def _unit_of(field: Field) -> str:
    return f" {field.unit.label}" if field.unit else ""


def _out_of_bounds(field: Field, text: str) -> str:
    """The sentence for a number outside of the bounds that the field has."""
    unit = with_symbol("", field.unit.symbol) if field.unit else ""
    if field.minimum is None:
        most = format_number(field.maximum or Decimal(0))
        return _("%(value)s quá lớn; cần không quá %(most)s%(unit)s.", value=text, most=most, unit=unit)
    least = format_number(field.minimum)
    if field.maximum is None:
        return _("%(value)s quá nhỏ; cần từ %(least)s%(unit)s trở lên.", value=text, least=least, unit=unit)
    return _(
        "%(value)s nằm ngoài khoảng cho phép; cần từ %(least)s đến %(most)s%(unit)s.",
        value=text,
        least=least,
        most=format_number(field.maximum),
        unit=unit,
    )


def _whole(field: Field, text: str) -> int:
    value = _number(field, text)
    if value != value.to_integral_value():
        raise ValueRefused(_("%(value)s không phải số nguyên; cần một số đếm.", value=text))
    return int(value)


def _day(field: Field, text: str) -> date:
    if field.span is None:
        return parse_day(text)
    day = _read_day(text)
    problem = field.span.problem(field.label, day)
    if problem:
        raise ValueRefused(problem)
    return day


def parse_day(text: str) -> date:
    """A legal day from 05/12/2026, 2026-12-05 or 5 Dec 2026; ValueRefused otherwise."""
    value = _read_day(text)
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueRefused(
            _(
                "Năm %(year)d của “%(value)s” không hợp lý; cần từ %(first)d đến %(last)d.",
                year=value.year,
                value=text,
                first=_FIRST_YEAR,
                last=_LAST_YEAR,
            )
        )
    return value


def address_day(args: Mapping[str, str], *names: str) -> date | None:
    """The day of the first of some arguments of an address that is there, else None; Invalid (named by the first one)
    for a text that is no day."""
    text = next((typed for name in names if (typed := args.get(name, "").strip())), "")
    if not text:
        return None
    try:
        return parse_day(text)
    except ValueRefused as refused:
        raise Invalid({names[0]: str(refused)}) from refused


def day_in(text: str, span: DaySpan = ANY_DAY) -> date | None:
    """The day that an address or a field outside of a form states; None for any other text, and outside of the span."""
    try:
        day: date | None = parse_value(Field("on", "", python_type=date, span=span), text)
    except ValueRefused:
        return None
    return day


def _read_day(text: str) -> date:
    match, order = _DATE.fullmatch(text), (3, 2, 1)
    if match is None:
        match, order = _ISO.fullmatch(text), (1, 2, 3)
    if match is None and (named := _NAMED_MONTH.fullmatch(text)) and (month := english_month(named[2])):
        # As English pages write it.
        return _read_day(f"{named[1]}/{month}/{named[3]}")
    if match is None:
        raise ValueRefused(
            _("“%(value)s” không phải ngày; cần dạng ngày/tháng/năm, ví dụ 05/12/2026.", value=shown(text))
        )
    year, month, day = (int(match.group(part)) for part in order)
    try:
        value = datetime(year, month, day).date()  # noqa: DTZ001 - a legal day has no zone
    except ValueError as error:
        raise ValueRefused(_("Ngày “%(value)s” không có trong lịch.", value=text)) from error
    return value


def _text(field: Field, text: str) -> str:
    if field.max_length is not None and len(text) > field.max_length:
        raise ValueRefused(_("Dài %(length)d ký tự, tối đa %(most)d.", length=len(text), most=field.max_length))
    return text


def _is_year(field: Field) -> bool:
    """Whether the values are years of the calendar, which no separator divides."""
    if field.unit is not None or field.minimum is None or field.maximum is None:
        return False
    return field.minimum >= _FIRST_YEAR and field.maximum <= _LAST_YEAR


def display_value(field: Field | None, value: Any) -> str:
    """A stored value as text, with its unit; "" for no value."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if field is not None and field.choices is not None:
        return str(field.choices(value).label)
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, (int, Decimal)) and not (field is not None and _is_year(field)):
        plain = value if isinstance(value, int) else Decimal(format(value.normalize(), "f"))
        return field.unit.display(plain) if field is not None and field.unit else format_number(plain)
    return str(value)
