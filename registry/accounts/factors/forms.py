"""Forms of the second factor. The code may be pasted and filled in by the browser (WCAG 3.3.8)."""

from __future__ import annotations

from typing import Final

from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from registry.accounts.factors.models import LABEL_MAX, REASON_MAX
from registry.accounts.factors.service import FactorAnswer
from registry.kernel.forms.base import BaseForm
from registry.kernel.i18n import _l

_CODE: Final = {
    "autocomplete": "one-time-code",
    "autocapitalize": "characters",
    "spellcheck": "false",
}
_PASSKEY_MAX: Final = 20_000


class SecondFactorForm(BaseForm):
    """A code or a passkey, and where to go on."""

    code = StringField(
        _l("Mã xác thực"),
        [Length(max=100)],
        description=_l("Mã 6 chữ số trong ứng dụng xác thực, một mã khôi phục, hoặc mã trong ngày của đơn vị."),
        render_kw=_CODE | {"aria-required": "true", "autofocus": True},
    )
    remember = BooleanField(_l("Ghi nhớ thiết bị này"))
    next = HiddenField()
    #: A form that was sent before, as `Submission.signed`.
    kept = HiddenField()
    #: The answer of a passkey, and its challenge.
    passkey = HiddenField(validators=[Length(max=_PASSKEY_MAX)])
    challenge = HiddenField(validators=[Length(max=1000)])

    def answer(self) -> FactorAnswer:
        return FactorAnswer(self.code.data or "", self.passkey.data or "", self.challenge.data or "")


class AddAppForm(BaseForm):
    """The first code of an app that has just read the secret."""

    code = StringField(
        _l("Mã 6 chữ số đang hiển thị trong ứng dụng"),
        [InputRequired(), Length(max=40)],
        render_kw=_CODE | {"inputmode": "numeric"},
    )
    app_name = StringField(_l("Tên gợi nhớ"), [Length(max=LABEL_MAX)], description=_l("Ví dụ: điện thoại cơ quan."))
    #: The secret as the page showed it, signed for this account.
    secret = HiddenField(validators=[Length(max=1000)])
    next = HiddenField()
    kept = HiddenField()


class AddPasskeyForm(BaseForm):
    """A passkey that the browser has just made."""

    passkey_name = StringField(_l("Tên gợi nhớ"), [Length(max=LABEL_MAX)], description=_l("Ví dụ: máy tính phòng họp."))
    passkey = HiddenField(validators=[Length(max=_PASSKEY_MAX)])
    challenge = HiddenField(validators=[Length(max=1000)])


class ResetForm(BaseForm):
    """Why the factors of an account are to be removed."""

    reason = TextAreaField(
        _l("Lý do đặt lại xác thực hai lớp"),
        [InputRequired(), Length(max=REASON_MAX)],
        description=_l("Ví dụ: mất điện thoại, đã gặp trực tiếp và xác nhận đúng người."),
    )
