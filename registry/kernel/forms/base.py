"""The base of every HTML form: CSRF protection by Flask-WTF, built-in messages in the reader's language, a key."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import uuid4

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FieldList, FileField, FormField, HiddenField, MultipleFileField

from registry.kernel.forms.messages import FORM_TRANSLATIONS, FormTranslations
from registry.kernel.text import TextRefused, check_characters

#: Name of the hidden field by which a form sent twice is known.
KEY_FIELD: Final = "request_key"


def new_key() -> str:
    """A key for one rendering of a form."""
    return uuid4().hex


def _check_texts(fields: Iterable[Any]) -> bool:
    """Whether all that was typed can be kept; the refusal stands at its field, once."""
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


class BaseForm(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """A form whose built-in error texts are Vietnamese, or English for who chose English."""

    request_key = HiddenField(default=new_key)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the form; a text with NUL or the like is refused in the words of its own field."""
        is_valid = bool(super().validate(extra_validators))
        return _check_texts(self) and is_valid

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # flask-wtf ships no types
        """Where the form gets its texts, and what was sent."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What was sent: files at the fields that ask for files, texts at all others, and nothing as JSON."""
            if request and request.is_json:
                return None if formdata is None else MultiDict()
            sent = super().wrap_formdata(form, formdata)
            if not isinstance(sent, CombinedMultiDict):
                return sent
            asked = [name for name, field in form._fields.items() if isinstance(field, (FileField, MultipleFileField))]
            files = MultiDict((name, file) for name in asked for file in request.files.getlist(name))
            return CombinedMultiDict((files, request.form))

        def get_translations(self, form: object) -> FormTranslations:
            """Where WTForms looks up its own texts."""
            del form
            return FORM_TRANSLATIONS
