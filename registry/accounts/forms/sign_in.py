"""Forms of sign-in and of passwords; pasting and password managers work (autocomplete names, no tricks)."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from registry.accounts.commands import ChangePassword
from registry.accounts.rules import PASSWORD_MAX, PASSWORD_MIN
from registry.kernel.forms.base import BaseForm
from registry.kernel.i18n import _l

_HINT = _l("Ít nhất %(least)d ký tự; một câu dài dễ nhớ là tốt nhất.", least=PASSWORD_MIN)
_NEW = {"autocomplete": "new-password", "maxlength": PASSWORD_MAX}


class ActionForm(BaseForm):
    """A button: nothing but the CSRF token."""


class SignInForm(BaseForm):
    """Name and password."""

    username = StringField(
        _l("Tên đăng nhập"),
        [InputRequired(), Length(max=200)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Mật khẩu"),
        [InputRequired(), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()
    #: A form that was sent when the session was over, as `kept_form` signed it.
    kept = HiddenField()


class SetPasswordForm(BaseForm):
    """A new password, twice."""

    password = PasswordField(_l("Mật khẩu mới"), [InputRequired()], description=_HINT, render_kw=_NEW)
    repeated = PasswordField(_l("Nhập lại mật khẩu mới"), [InputRequired()], render_kw=_NEW)


class ChangePasswordForm(SetPasswordForm):
    """The current password, and a new one twice."""

    current = PasswordField(
        _l("Mật khẩu hiện tại"),
        [InputRequired(), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )

    def to_command(self) -> ChangePassword:
        """The command of this form."""
        return ChangePassword(
            current=self.current.data or "", new=self.password.data or "", repeated=self.repeated.data or ""
        )
