"""The base of all HTML forms: CSRF protection, messages in the reader's language, an idempotency key."""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar, Final
from uuid import uuid4

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FieldList, FileField, FormField, HiddenField, MultipleFileField

from registry.kernel.days import DayOrder, order_problems
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.forms.messages import FORM_TRANSLATIONS, FormTranslations
from registry.kernel.i18n import format_date
from registry.kernel.numbers import parse_id
from registry.kernel.text import TextRefused, check_characters

#: Hidden field that identifies a form sent twice.
KEY_FIELD: Final = "request_key"


def new_key() -> str:
    return uuid4().hex


def current_values(form: FlaskForm, row: Any) -> list[tuple[str, str]]:
    """(Label, value in words) of each field that the row of a form has as well, as it is stored."""
    shown = []
    for field in form:
        if isinstance(field, HiddenField) or not hasattr(row, field.name):
            continue
        value = getattr(row, field.name)
        options = {option.value: option.label for option in getattr(field, "choices", None) or ()}
        text = options.get(value, format_date(value) if isinstance(value, date) else value)
        shown.append((str(field.label.text), "" if text is None else str(text)))
    return shown


def hidden_names() -> frozenset[str]:
    """Names of fields that are hidden in some form and visible in none: no person typed their values."""
    hidden: set[str] = set()
    visible: set[str] = set()
    waiting = list(FlaskForm.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        for name, field in vars(form).items():
            kind = getattr(field, "field_class", None)
            if isinstance(kind, type):
                (hidden if issubclass(kind, HiddenField) else visible).add(name)
    return frozenset(hidden - visible)


def _check_texts(fields: Iterable[Any]) -> bool:
    """Whether all texts can be stored; an error is added once per field."""
    sound = True
    for field in fields:
        if isinstance(field, (FieldList, FormField)):
            sound = _check_texts(field) and sound
            continue
        try:
            for text in field.raw_data or ():
                check_characters(text if isinstance(text, str) else "")
        except TextRefused as refused:
            sound = False
            if not field.errors:
                field.errors = [str(refused)]
    return sound


def _day_of(field: Any) -> date | None:
    """The parsed day of a field; None for any other value."""
    value = getattr(field, "value", None) or field.data
    return value if isinstance(value, date) else None


class BaseForm(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """A form with built-in error texts in Vietnamese or English."""

    #: Orders of its day fields.
    day_orders: ClassVar[tuple[DayOrder, ...]] = ()

    #: The conflict that the last submission ran into.
    conflict: Conflict | None = None

    request_key = HiddenField(default=new_key)

    @property
    def refusal_status(self) -> int:
        """HTTP status of the page that shows a refused form again: 422, or 409 after a conflict."""
        return Invalid.status if self.conflict is None else self.conflict.status

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the form; refuse texts with NUL or the like, and days in the wrong order, at their fields."""
        is_valid = bool(super().validate(extra_validators))
        is_ordered = self._check_order()
        return _check_texts(self) and is_valid and is_ordered

    def _check_order(self) -> bool:
        """Whether all days are in order; the later field gets the error."""
        labels = {name: field.label.text for name, field in self._fields.items()}
        problems = order_problems(self.day_orders, labels, {name: _day_of(self._fields[name]) for name in labels})
        for name, sentence in problems.items():
            self[name].errors = [*self[name].errors, sentence]
        return not problems

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # flask-wtf ships no types
        """Translations and form data."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """The submitted data: files for file fields, texts for all others; JSON bodies are ignored."""
            if request and request.is_json:
                return None if formdata is None else MultiDict()
            data = super().wrap_formdata(form, formdata)
            if not isinstance(data, CombinedMultiDict):
                return data
            file_fields = [
                name for name, field in form._fields.items() if isinstance(field, (FileField, MultipleFileField))
            ]
            files = MultiDict((name, file) for name in file_fields for file in request.files.getlist(name))
            return CombinedMultiDict((files, request.form))

        def get_translations(self, form: object) -> FormTranslations:
            del form
            return FORM_TRANSLATIONS


class VersionedForm(BaseForm):
    """A form that changes a record: it carries the version that the page showed."""

    version = HiddenField()

    @property
    def read_version(self) -> int:
        """The version that the page showed; 0, which no record has, for anything that is no version."""
        return parse_id(self.version.data) or 0
