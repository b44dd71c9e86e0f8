"""The base of every HTML form: CSRF protection by Flask-WTF, built-in messages in the reader's language, a key."""

from typing import Any, Final
from uuid import uuid4

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FileField, HiddenField, MultipleFileField

from registry.kernel.forms.messages import FORM_TRANSLATIONS, FormTranslations

#: Name of the hidden field by which a form sent twice is known.
KEY_FIELD: Final = "request_key"


def new_key() -> str:
    """A key for one rendering of a form."""
    return uuid4().hex


class BaseForm(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """A form whose built-in error texts are Vietnamese, or English for who chose English."""

    request_key = HiddenField(default=new_key)

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
