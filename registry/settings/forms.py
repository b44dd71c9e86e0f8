"""Forms of the settings, made from their declarations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from wtforms import SelectChoice, SelectField

from registry.dated_rows.tables import MARK, REASON, SOURCE, VALID_FROM
from registry.kernel.dated_settings import SettingDeclaration
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form
from registry.kernel.i18n import _l
from registry.settings.commands import AddSetting
from registry.settings.rules import stored_value

#: The mark of a setting, with what it is for.
SETTING_MARK: Final = replace(
    MARK, hint=_l("Chọn “Có” khi chưa đối chiếu với văn bản; giấy tờ của Sở chỉ dẫn căn cứ đã đối chiếu.")
)


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
    form_class = declared_form("SettingForm", [*parts, VALID_FROM, SOURCE, SETTING_MARK, REASON], AddSettingForm)
    if declaration.per_owner:
        choices = [SelectChoice("", _l("Mọi chủ sở hữu")), *(SelectChoice(code, name) for code, name in owners)]
        form_class.owner = SelectField(_l("Áp dụng cho"), choices=choices)
    return form_class(**options)
