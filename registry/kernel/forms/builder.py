"""WTForms fields made from field declarations, with the parser that imports use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from wtforms import BooleanField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from registry.kernel.days import DayOrder, DaySpan
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.forms.base import BaseForm
from registry.kernel.i18n import DEFAULT_LANGUAGE, _l, current_locale, format_number, typed_date
from registry.kernel.numbers import plain_text

#: Description of every field for a day.
DAY_HINT: Final = _l("Ngày/tháng/năm, ví dụ 05/12/2026.")

#: Key of render_kw with the clause of `Field.needed_when`.
NEEDED_WHEN: Final = "data-needed-when"


class DayField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """A legal day as text; `data` is the day, None for an empty or refused text (the typed text stays).

    The browser's date input is not used: it shows days in the system's order instead of dd/mm/yyyy.
    """

    data: Any

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        description: Any = DAY_HINT,
        span: DaySpan | None = None,
        **options: Any,
    ) -> None:
        super().__init__(label, validators, description=description, **options)
        self.span = span

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Parse the typed text; a refusal becomes the error of the field."""
        if valuelist:
            # Cleared first: a refused text must not keep the previous day.
            self.data = None
            self.data = parse_value(Field(self.name, self.label.text, python_type=date, span=self.span), valuelist[0])

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else typed_date(self.data)


class _Declared:
    """Common part of the declared form fields: the declaration parses the input."""

    declaration: Field
    data: Any
    #: The parsed value after a successful validation.
    value: Any = None

    def pre_validate(self, form: Any) -> None:
        """Parse the input; ValidationError with the sentence of the refusal."""
        del form
        try:
            self.value = parse_value(self.declaration, self.data)
        except ValueRefused as refused:
            raise ValidationError(str(refused)) from refused


class DeclaredText(_Declared, StringField):  # type: ignore[misc]  # WTForms ships no types
    """One line: text, number or date."""


class DeclaredLines(_Declared, TextAreaField):  # type: ignore[misc]
    """Several lines of text."""


class DeclaredChoice(_Declared, SelectField):  # type: ignore[misc]
    """A closed list, or yes and no."""


class DeclaredBox(_Declared, BooleanField):  # type: ignore[misc]
    """A box to tick: True or False."""

    def process_data(self, value: Any) -> None:
        """The stored flag, or its text as `as_typed` gives it."""
        self.data = value in (True, "true")

    def pre_validate(self, form: Any) -> None:
        del form
        self.value = bool(self.data)


def declared_form(
    name: str, fields: Iterable[Field], base: type[BaseForm] = BaseForm, orders: Sequence[DayOrder] = ()
) -> type[BaseForm]:
    """A form class of declared fields; `orders` are those of its days."""
    return type(
        name,
        (base,),
        {field.name: form_field(field) for field in fields} | {"day_orders": (*base.day_orders, *orders)},
    )


def form_field(field: Field) -> Any:
    field_class: type = _class_for(field)
    extra: dict[str, Any] = {"choices": _choices(field)} if field_class is DeclaredChoice else {}
    if field_class is DeclaredChoice:
        extra["validate_choice"] = False
    bound = type(field_class.__name__, (field_class,), {"declaration": field})
    render: dict[str, Any] = {"data_unit": field.unit.symbol} if field.unit else {}
    render |= dict(field.attributes)
    if field.python_type in (int, Decimal):
        render["inputmode"] = "decimal"
    elif field.python_type is date:
        render["placeholder"] = ""
    if field.required and field.python_type is not bool:
        render["aria-required"] = "true"
    elif field.needed_when:
        render[NEEDED_WHEN] = field.needed_when
    description = field.hint or (DAY_HINT if field.python_type is date else "")
    return bound(field.label, description=description, render_kw=render, **extra)


def without_preset(field: Any) -> Any:
    """An unbound field of a required choice with an empty first option, so that nothing is preselected."""
    field.kwargs["choices"] = [SelectChoice("", _l("Hãy chọn")), *field.kwargs["choices"]]
    return field


def _class_for(field: Field) -> type:
    if field.is_box:
        return DeclaredBox
    if field.choices is not None or field.python_type is bool:
        return DeclaredChoice
    return DeclaredLines if field.multiline else DeclaredText


def _choices(field: Field) -> list[SelectChoice]:
    unknown = SelectChoice("", _l("Chưa khai"))
    if field.python_type is bool:
        choices = [SelectChoice("true", _l("Có")), SelectChoice("false", _l("Không"))]
        return choices[::-1] if field.required else [unknown, *choices]
    members = [
        SelectChoice(member.value, member.label)
        for member in field.choices or ()
        if not field.offered or member.value in field.offered
    ]
    return members if field.required else [unknown, *members]


def values_of(form: BaseForm, names: Iterable[str]) -> dict[str, Any]:
    return {name: form[name].value for name in names}


def as_typed(field: Field, value: Any) -> str:
    """A stored value as text for a form field."""
    if value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return typed_date(value)
    if isinstance(value, Decimal):
        # Fields are parsed in Vietnamese notation: thousands marks of other languages would be read as decimals.
        is_vietnamese = current_locale() == DEFAULT_LANGUAGE
        return format_number(Decimal(format(value.normalize(), "f"))) if is_vietnamese else plain_text(value)
    return str(value)


def typed_values(fields: Mapping[str, Field], record: Any) -> dict[str, str]:
    """All declared values of a record as texts for form fields."""
    return {name: as_typed(field, getattr(record, name)) for name, field in fields.items()}
