"""A structure's history as entries of a timeline: what was done, by whom, each field before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row

from registry.accounts.models import OwnerCategory
from registry.audit.labels import ACTION_LABELS
from registry.authz.actors import Ctx
from registry.kernel.clock import local_date
from registry.kernel.feature import ExtensionPoint
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date, format_number
from registry.structures.codes import Provenance
from registry.structures.forms import fields_for
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.queries import Version, events_of, list_versions, owner_name
from registry.structures.references import visible_values
from registry.territory.queries import get_unit

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
    "capacity.set_place": _l("Khai vị trí lắp đặt"),
    "cable.members": _l("Đổi danh sách công trình mà cáp đi qua"),
    "import.apply": _l("Nhập từ tệp"),
    "demo.create": _l("Tạo dữ liệu mẫu"),
}
#: Objects of events whose reason is that of every structure they changed.
_BATCHES: Final = ("bulk_edit", "import_batch")
#: Closed lists of columns without a declaration.
_CHOICES: Final[dict[str, Any]] = {"owner_category": OwnerCategory, "provenance": Provenance}
#: Columns without a declaration whose change is shown all the same.
_EXTRA: dict[str, Any] = {
    "given_position": _l("Tọa độ gốc"),
    "given_srid": _l("Hệ tọa độ gốc (EPSG)"),
    "position_operation": _l("Phép chuyển tọa độ"),
    "commune_id": _l("Địa bàn"),
    "outside_area": _l("Ngoài địa bàn tỉnh"),
    "owner_organisation_id": _l("Chủ sở hữu"),
    "owner_category": _l("Nhóm chủ sở hữu"),
    "manager_organisation_id": _l("Đơn vị quản lý"),
    "provenance": _l("Nguồn dữ liệu"),
    "is_sample": _l("Dữ liệu mẫu"),
    "confirmed_on": _l("Ngày xác nhận"),
    "valid_from": _l("Có hiệu lực từ"),
    "valid_to": _l("Hết hiệu lực"),
}
#: Columns that name an organisation by its id.
_ORGANISATIONS: Final = ("owner_organisation_id", "manager_organisation_id")


@dataclass(frozen=True)
class Change:
    """One thing that a change made different, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Part:
    """What one change made different in a table of a higher feature."""

    change_id: int
    at: datetime
    changes: tuple[Change, ...]


PartSource = Callable[[Ctx, Structure], Iterable[Part]]
TIMELINE_PARTS = ExtensionPoint[PartSource]("structures.timeline")


def entries(ctx: Ctx, structure: Structure) -> list[dict[str, Any]]:
    """The timeline of a structure, newest first."""
    versions = {version.change_id: version for version in list_versions(ctx, structure)}
    parts: dict[int, list[Part]] = {}
    for part in (part for source in TIMELINE_PARTS for part in source(ctx, structure)):
        parts.setdefault(part.change_id, []).append(part)
    events = {version.change_id: version.event for version in versions.values()}
    events |= events_of(ctx, [change_id for change_id in parts if change_id not in versions])
    names = _Names(ctx, structure, versions.values())
    fields = fields_for(structure.kind)
    return [
        _entry(structure, change_id, versions.get(change_id), parts.get(change_id, []), events.get(change_id))
        | {"changes": _changes(fields, names, versions.get(change_id), parts.get(change_id, []))}
        for change_id in sorted(versions.keys() | parts.keys(), reverse=True)
    ]


def _entry(
    structure: Structure, change_id: int, version: Version | None, parts: list[Part], event: Row[Any] | None
) -> dict[str, Any]:
    at = event.occurred_at if event else version.recorded_at if version else parts[0].at
    first = version is not None and not version.before
    notes = [_first_note(version.after) if version and first else "", _reason(structure, event), _since(version, at)]
    return {
        "at": at,
        "action": str(ACTIONS.get(event.action) or ACTION_LABELS.get(event.action, event.action))
        if event
        else _("Ghi nhận"),
        "actor": event.actor_label if event else None,
        "note": " · ".join(note for note in notes if note) or None,
    }


def _first_note(values: Mapping[str, Any]) -> str:
    source = values.get("provenance")
    return _("Nguồn: %(source)s", source=Provenance(source).label) if source else ""


def _reason(structure: Structure, event: Row[Any] | None) -> str:
    """Why it was done: what the event says of this structure, or of the batch that it is one of."""
    said = (event.payload or {}).get("entries", []) if event else []
    own = [entry for entry in said if entry.get("kind") == "structure" and entry.get("id") == structure.id]
    batch = [entry for entry in said[:1] if entry.get("kind") in _BATCHES]
    reasons = [str(entry["reason"]) for entry in (*own, *batch) if entry.get("reason")]
    return _("Lý do: %(reason)s", reason=reasons[0]) if reasons else ""


def _since(version: Version | None, at: datetime) -> str:
    """The day from which a change holds, where that is not the day on which it was recorded."""
    if version is None or local_date(version.holds_from) == local_date(at):
        return ""
    return _("Có hiệu lực từ %(day)s", day=format_date(local_date(version.holds_from)))


class _Names:
    """Names of the organisations and units that versions name by id."""

    def __init__(self, ctx: Ctx, structure: Structure, versions: Iterable[Version]) -> None:
        self._ctx, self._structure = ctx, structure
        changed: dict[str, set[int]] = {}
        for version in versions:
            for name in (*_ORGANISATIONS, "commune_id"):
                if version.before and version.before.get(name) != version.after.get(name):
                    ids = changed.setdefault("unit" if name == "commune_id" else "organisation", set())
                    ids |= {value for value in (version.before.get(name), version.after.get(name)) if value}
        self._organisations = {
            found: owner_name(ctx.session, found) or "" for found in sorted(changed.get("organisation", ()))
        }
        units = {found: get_unit(ctx.session, found) for found in sorted(changed.get("unit", ()))}
        self._units = {found: unit.name if unit else "" for found, unit in units.items()}

    def shown(self, name: str, field: Field | None, value: Any) -> str:
        """A stored value in words; a code of a structure that the reader does not know exactly is left out."""
        if value and name in KINDS[self._structure.kind].references:
            owner = self._structure.owner_organisation_id
            value = visible_values(self._ctx, self._structure.kind, owner, {name: value})[name]
        if value is not None and name in _ORGANISATIONS:
            return self._organisations.get(value, "")
        if value is not None and name == "commune_id":
            return self._units.get(value, "")
        if value is not None and name in _CHOICES:
            return str(_CHOICES[name](value).label)
        if value is not None and name == "given_srid":
            return str(value)
        return "; ".join(str(value).splitlines()) if name == "given_position" else shown(field, value)


def _changes(fields: dict[str, Field], names: _Names, version: Version | None, parts: list[Part]) -> list[Change]:
    found = []
    if version is not None and version.before:
        before, after = version.before, version.after
        labels = {name: field.label for name, field in fields.items()} | _EXTRA
        found = [
            Change(
                str(label),
                names.shown(name, fields.get(name), before.get(name)),
                names.shown(name, fields.get(name), after[name]),
            )
            for name, label in labels.items()
            if name in after and name in before and after[name] != before[name]
        ]
    return found + [change for part in parts for change in part.changes]


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
