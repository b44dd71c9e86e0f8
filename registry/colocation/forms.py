"""Forms of a request and of its items, built from the column declarations."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from wtforms import BooleanField, SelectChoice, SelectField

from registry.colocation.commands import EditItem, EditRequest
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.rules import REQUIRED_FIELDS, item_fields
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.builder import declared_form, typed_values, values_of, without_preset
from registry.kernel.i18n import _, _l
from registry.workflow.forms import MoveForm

#: Form fields, required as in a request that is sent.
REQUEST_FIELDS: dict[str, Field] = {
    name: replace(field, required=name in REQUIRED_FIELDS) for name, field in fields_of(ColocationRequest).items()
}
RequestForm = declared_form("RequestForm", REQUEST_FIELDS.values(), MoveForm)


class ItemFormBase(MoveForm):
    """Fields shared by the item forms of all kinds."""

    place = SelectField(
        _l("Vị trí lắp đặt"),
        coerce=int,
        description=_l("Số chỗ còn trống là số đang ghi nhận; chủ sở hữu xác nhận khi trả lời."),
    )
    former = SelectField(
        _l("Thiết bị đang lắp cần thay đổi hoặc tháo dỡ"),
        coerce=int,
        validate_choice=False,
        default=0,
    )
    alike = BooleanField(_l("Áp dụng nội dung này cho mọi công trình cùng loại trong đề nghị"))


class RemovalForm(MoveForm):
    """Which of the requester's equipment on a structure is to be removed; the ledger has the rest."""

    former = SelectField(_l("Thiết bị đang lắp cần tháo dỡ"), coerce=int, validate_choice=False, default=0)


@cache
def item_form(kind: str) -> type[ItemFormBase]:
    fields = item_fields(kind)
    form_class = declared_form("ItemForm", fields.values(), ItemFormBase)
    for name, field in fields.items():
        if field.choices is not None and field.required:
            without_preset(getattr(form_class, name))
    return form_class


def offer_choices(field: Any, options: list[tuple[int, str]]) -> None:
    field.choices = [SelectChoice(0, _("Chưa chọn")), *(SelectChoice(*option) for option in options)]


def request_as_typed(request: ColocationRequest) -> dict[str, str]:
    return typed_values(REQUEST_FIELDS, request) | {"version": str(request.version)}


def item_as_typed(request: ColocationRequest, item: ColocationItem, kind: str) -> dict[str, Any]:
    return typed_values(item_fields(kind), item) | {
        "place": item.place_id or 0,
        "former": item.replaces_entry_id or 0,
        "version": str(request.version),
    }


def to_request(form: Any, request_id: int) -> EditRequest:
    return EditRequest(request_id, form.read_version, values_of(form, REQUEST_FIELDS))


def to_removal(form: Any, request_id: int, item_id: int) -> EditItem:
    return EditItem(request_id, item_id, form.read_version, None, {}, form.former.data or None)


def to_item(form: Any, request_id: int, item_id: int, kind: str) -> EditItem:
    values = values_of(form, item_fields(kind))
    former = form.former.data or None
    slot_id = form.place.data or None
    return EditItem(request_id, item_id, form.read_version, slot_id, values, former, bool(form.alike.data))
