"""A structure's history as entries of a timeline: what was done, by whom, each field before and after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from registry.authz.actors import Ctx
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date, format_number
from registry.structures.codes import Provenance
from registry.structures.forms import fields_for
from registry.structures.models import Structure
from registry.structures.queries import list_versions

ACTIONS = {
    "structure.create": _l("Đăng ký công trình"),
    "structure.edit": _l("Sửa thông tin"),
    "structure.confirm": _l("Xác nhận còn đúng"),
    "structure.suspend": _l("Tạm ngừng"),
    "structure.resume": _l("Khai thác trở lại"),
    "structure.decommission": _l("Ngừng khai thác"),
    "structure.bulk_edit": _l("Sửa hàng loạt"),
    "structure.bulk_undo": _l("Hoàn tác lô sửa hàng loạt"),
    "upkeep.confirm": _l("Xác nhận còn đúng"),
    "cable.members": _l("Đổi danh sách công trình mà cáp đi qua"),
    "import.apply": _l("Nhập từ tệp"),
    "demo.create": _l("Tạo dữ liệu mẫu"),
}
#: Columns without a declaration whose change is told all the same.
_EXTRA: dict[str, Any] = {
    "commune_id": _l("Địa bàn (mã nội bộ)"),
    "confirmed_on": _l("Ngày xác nhận"),
    "valid_to": _l("Hết hiệu lực"),
    "given_srid": _l("Hệ tọa độ gốc (EPSG)"),
}


def entries(ctx: Ctx, structure: Structure) -> list[dict[str, Any]]:
    """The timeline of a structure, newest first."""
    versions = list_versions(ctx, structure)
    fields = fields_for(structure.kind)
    older: Iterable[dict[str, Any]] = [*(values for values, _event in versions[1:]), {}]
    found = []
    for (values, event), before in zip(versions, older, strict=True):
        found.append(
            {
                "at": event.occurred_at if event else values["recorded_from"],
                "action": str(ACTIONS.get(event.action, event.action)) if event else _("Ghi nhận"),
                "actor": event.actor_label if event else None,
                "changes": _changes(fields, before, values) if before else [],
                "note": _first_note(values) if not before else None,
            }
        )
    return found


def _first_note(values: dict[str, Any]) -> str:
    source = values.get("provenance")
    return _("Nguồn: %(source)s", source=Provenance(source).label) if source else ""


def _changes(fields: dict[str, Field], before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, str]]:
    labels = {name: field.label for name, field in fields.items()} | _EXTRA
    return [
        {
            "label": str(label),
            "before": shown(fields.get(name), before.get(name)),
            "after": shown(fields.get(name), after[name]),
        }
        for name, label in labels.items()
        if name in after and name in before and after[name] != before[name]
    ]


def shown(field: Field | None, value: Any) -> str:
    """A stored value in words, with its unit."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if field is not None and field.choices is not None:
        return str(field.choices(value).label)
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, (int, Decimal)):
        plain = value if isinstance(value, int) else Decimal(format(value.normalize(), "f"))
        return field.unit.display(plain) if field is not None and field.unit else format_number(plain)
    return str(value)
