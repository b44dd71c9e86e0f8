"""Forms of the settings, made from their declarations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from wtforms import SelectChoice, SelectField

from registry.kernel.dated_settings import SettingDeclaration
from registry.kernel.days import DaySpan
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, form_field
from registry.kernel.i18n import _l
from registry.settings.commands import AddSetting
from registry.settings.rules import stored_value

_MOST_SOURCE: Final = 500
SOURCE: Final = Field(
    "source",
    _l("Căn cứ"),
    max_length=_MOST_SOURCE,
    required=True,
    hint=_l("Văn bản, điều, khoản; ví dụ: Quyết định 12/2027/QĐ-UBND ngày 15/3/2027, Đ.4 khoản 2."),
)
REASON: Final = Field("reason", _l("Lý do"), max_length=_MOST_SOURCE, required=True, multiline=True)
VALID_FROM: Final = Field(
    "valid_from",
    _l("Có hiệu lực từ ngày"),
    required=True,
    python_type=date,
    span=DaySpan(since=date(2000, 1, 1), ahead=10),
)
MARK: Final = Field(
    "needs_verification",
    _l("Cần kiểm chứng"),
    required=True,
    python_type=bool,
    hint=_l("Chọn «Có» khi chưa đối chiếu với văn bản; giấy tờ của Sở chỉ dẫn căn cứ đã đối chiếu."),
)


class WithdrawSettingForm(BaseForm):
    """Why a row was a mistake."""

    reason = form_field(REASON)


class ConfirmSettingForm(BaseForm):
    """The source as it was compared."""

    source = form_field(SOURCE)


class AddSettingForm(BaseForm):
    """Common part of the forms of a new row; the parts of the setting come before it."""

    def to_command(self, declaration: SettingDeclaration) -> AddSetting:
        """The command; Invalid names the parts that cannot be read."""
        owner = self.owner.data if "owner" in self else ""
        typed = {part.field.name: self[part.field.name].data for part in declaration.parts}
        return AddSetting(
            declaration.key,
            self["valid_from"].value,
            stored_value(declaration, typed, is_partial=bool(owner)),
            self["source"].value,
            self["needs_verification"].value,
            self["reason"].value,
            owner or "",
        )


def setting_form(declaration: SettingDeclaration, owners: Sequence[tuple[str, str]], **options: Any) -> AddSettingForm:
    """The form of a new row; `owners` are (code, name) where owners may have rows of their own."""
    parts = [part.field for part in declaration.parts]
    if declaration.per_owner:
        # A row of one owner names only what differs; the service asks for the rest.
        parts = [Field(**{**vars(field), "required": False}) for field in parts]
    form_class = declared_form("SettingForm", [*parts, VALID_FROM, SOURCE, MARK, REASON], AddSettingForm)
    if declaration.per_owner:
        choices = [SelectChoice("", _l("Mọi chủ sở hữu")), *(SelectChoice(code, name) for code, name in owners)]
        form_class.owner = SelectField(_l("Áp dụng cho"), choices=choices)
    return form_class(**options)
