"""Forms of bulk edits: field, value and reason; and the reason of an undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wtforms import HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import form_field
from registry.kernel.i18n import _l
from registry.structures.bulk_edit.commands import UndoBulkEdit
from registry.structures.bulk_edit.queries import COMPANION, MANAGER, bulk_fields
from registry.structures.models import Structure

_REASON_LENGTH = 500


class ChangeForm(BaseForm):
    """The fields of every change; `change_form` adds `value` and its companion."""

    field = HiddenField()
    #: Of the preview; only on the form that applies the change.
    digest = HiddenField()
    reason = StringField(
        _l("Lý do sửa"),
        validators=[
            InputRequired(_l("Chưa nhập lý do; hãy nêu ngắn gọn lý do sửa.")),
            Length(max=_REASON_LENGTH, message=_l("Lý do dài tối đa 500 ký tự.")),
        ],
        description=_l("Được ghi vào nhật ký cùng lô sửa, ví dụ: số biên bản kiểm tra."),
    )


def change_form(name: str, managers: Sequence[tuple[int, str]]) -> ChangeForm:
    """The form of one field; its value is parsed by the declaration of the field."""
    declared = bulk_fields()[name]
    parts: dict[str, Any] = {"value": _value_field(declared, managers)}
    if name in COMPANION:
        parts["companion"] = form_field(fields_of(Structure)[COMPANION[name]])
    form_class: type[ChangeForm] = type("BulkChangeForm", (ChangeForm,), parts)
    return form_class()


def _value_field(declared: Field, managers: Sequence[tuple[int, str]]) -> Any:
    if declared.name != MANAGER:
        return form_field(replace(declared, name="value"))
    choices = [SelectChoice("", _l("Chưa khai")), *(SelectChoice(str(key), name) for key, name in managers)]
    return SelectField(declared.label, choices=choices)


class UndoForm(VersionedForm):
    """Undo a batch."""

    reason = StringField(
        _l("Lý do hoàn tác"),
        validators=[
            InputRequired(_l("Chưa nhập lý do; hãy nêu ngắn gọn lý do hoàn tác.")),
            Length(max=_REASON_LENGTH, message=_l("Lý do dài tối đa 500 ký tự.")),
        ],
    )

    def to_command(self, batch_id: int) -> UndoBulkEdit:
        return UndoBulkEdit(batch_id, self.read_version, self.reason.data or "")
