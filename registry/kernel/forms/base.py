"""The base of every HTML form: CSRF protection by Flask-WTF, built-in messages in the reader's language."""

from flask_wtf import FlaskForm

from registry.kernel.forms.messages import FORM_TRANSLATIONS, FormTranslations


class BaseForm(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """A form whose built-in error texts are Vietnamese, or English for who chose English."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # flask-wtf ships no types
        """Where the form gets its texts."""

        def get_translations(self, form: object) -> FormTranslations:
            """Where WTForms looks up its own texts."""
            del form
            return FORM_TRANSLATIONS
