"""The base of every HTML form: CSRF protection by Flask-WTF, built-in messages in the reader's language, a key."""

from typing import Final
from uuid import uuid4

from flask_wtf import FlaskForm
from wtforms import HiddenField

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
        """Where the form gets its texts."""

        def get_translations(self, form: object) -> FormTranslations:
            """Where WTForms looks up its own texts."""
            del form
            return FORM_TRANSLATIONS
