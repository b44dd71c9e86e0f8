"""The history of a structure: one record of the past, the versions of a record, and its timeline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, select

from registry.accounts.models import OwnerCategory
from registry.audit.access_log import log_access
from registry.audit.labels import ACTION_LABELS
from registry.audit.models import AuditEvent, AuditPayload
from registry.authz.actors import Ctx
from registry.kernel.clock import local_date
from registry.kernel.db.history import history_of
from registry.kernel.errors import NotFound
from registry.kernel.feature import ExtensionPoint
from registry.kernel.fields import Field, display_value
from registry.kernel.i18n import _, _l, format_date
from registry.structures import positions
from registry.structures.codes import Provenance
from registry.structures.filtering.list_rows import with_commune_name, with_owner_and_commune_id
from registry.structures.forms import fields_for
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions import readable
from registry.structures.positions.moment import When
from registry.structures.positions.references import visible_values
from registry.structures.positions.versions import rows_at
from registry.structures.queries import owner_name
from registry.territory.queries import get_unit

#: Columns of a version that no page shows; the end of a version was not known at its time.
_HIDDEN_COLUMNS = frozenset(
    {"geom", "geom_m", "given_position", "geom_coarse", "search_text", "row_digest", "recorded_to"}
)
_GIVEN: Final = "given_position"
#: A column of positions that only the base table has and that every reader may read.
_GIVEN_SRID: Final = "given_srid"
ACTIONS = {
    "structure.create": _l("Đăng ký công trình"),
    "structure.edit": _l("Sửa thông tin"),
    "structure.confirm": _l("Xác nhận còn đúng"),
    "structure.suspend": _l("Tạm ngừng"),
    "structure.resume": _l("Khai thác trở lại"),
    "structure.decommission": _l("Ngừng khai thác"),
    "structure.bulk_edit": _l("Sửa hàng loạt"),
    "structure.bulk_undo": _l("Hoàn tác lô sửa hàng loạt"),
    "structure.undo": _l("Hoàn tác lần lưu gần nhất"),
    "upkeep.confirm": _l("Xác nhận còn đúng"),
    "capacity.set_place": _l("Khai vị trí lắp đặt"),
    "cable.members": _l("Đổi danh sách công trình mà cáp đi qua"),
    "import.apply": _l("Nhập từ tệp"),
    "demo.create": _l("Tạo dữ liệu mẫu"),
}
#: Kinds of event entries whose reason applies to every structure of the batch.
_BATCHES: Final = ("bulk_edit", "import_batch")
#: Closed lists of columns without a declaration.
_CHOICES: Final[dict[str, Any]] = {"owner_category": OwnerCategory, "provenance": Provenance}
#: Columns without a declaration whose change is shown, too.
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
#: Columns with the id of an organisation.
_ORGANISATIONS: Final = ("owner_organisation_id", "manager_organisation_id")


@dataclass(frozen=True)
class HistoryRecord:
    """One structure as it was: the row of lists, and the values of all its fields if it is seen exactly."""

    row: Row[Any]
    values: Mapping[str, Any]

    @property
    def exact(self) -> bool:
        """Whether the reader sees it exactly."""
        return bool(self.row.exact)


def get_record(ctx: Ctx, code: str, when: When) -> HistoryRecord:
    """One structure at a past time as far as the actor may see it; NotFound if there was none that it may know of."""
    readable_rows = readable(ctx, when)
    matching = select(readable_rows).where(readable_rows.c.code == code).subquery("found")
    row = positions.run(ctx, with_commune_name(ctx, with_owner_and_commune_id(ctx, matching, when), when)).one_or_none()
    if row is None:
        point = when.at(ctx.now)
        sentence = _(
            "Tại ngày %(day)s hệ thống không ghi nhận công trình nào mang mã “%(code)s” mà tài khoản được phép xem.",
            day=format_date(point.day),
            code=code,
        )
        raise NotFound(sentence)
    if not row.exact:
        return HistoryRecord(row, {})
    log_access(ctx, "detail", [row.owner_organisation_id], code=code, **when.address)
    return HistoryRecord(row, _values(ctx, row, when))


def _values(ctx: Ctx, row: Row[Any], when: When) -> dict[str, Any]:
    version = history_of(Structure)
    columns = [column for column in version.columns if column.name not in _HIDDEN_COLUMNS]
    base = ctx.session.execute(select(*columns).where(version.c.history_id == row.history_id)).mappings().one()
    own = rows_at(KINDS[row.kind].model, when.at(ctx.now), "own")
    more = ctx.session.execute(select(own).where(own.c.id == row.id)).mappings().one_or_none()
    return dict(base) | dict(more or {})


@dataclass(frozen=True)
class Version:
    """The values of a structure after one change, and before it.

    `before` is empty for the first version, and for a table whose older rows are not read. `holds_from` is the start of
    validity. `event` is the audit event of the change with its `payload`; None where there is none.
    """

    change_id: int
    recorded_at: datetime
    holds_from: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    event: Row[Any] | None


def list_versions(ctx: Ctx, structure: Structure, *, limit: int = 100) -> list[Version]:
    """The versions of a structure the reader sees exactly, newest first: its own table and that of its kind together.

    A change that wrote one of the two tables keeps the values of the other.
    """
    rows: dict[int, list[dict[str, Any]]] = {}
    for model in (Structure, KINDS[structure.kind].model):
        version_rows = ctx.session.execute(_versions(model, structure.id, limit)).mappings().all()
        for row in version_rows:
            rows.setdefault(row["change_id"], []).append(dict(row))
    positions_of_versions = positions.given_of_versions(ctx, structure.id, limit) if len(rows) > 1 else {}
    events = events_of(ctx, rows)
    versions, values = [], dict[str, Any]()
    for change_id, written in sorted(rows.items()):
        before = dict(values)
        # Rows are newest first: a change may have written several rows of a table, and the last one counts.
        for row in reversed(written):
            values |= row | (
                {_GIVEN: positions_of_versions[row["history_id"]]}
                if _GIVEN_SRID in row and positions_of_versions
                else {}
            )
        begins = min(row["effective_from"] for row in written)
        at = max(row["recorded_from"] for row in written)
        versions.append(Version(change_id, at, begins, before, dict(values), events.get(change_id)))
    return versions[::-1]


def events_of(ctx: Ctx, change_ids: Collection[int]) -> dict[int, Row[Any]]:
    """Change id -> audit event, with its `payload` where that was not erased."""
    query = (
        select(
            AuditEvent.change_id,
            AuditEvent.occurred_at,
            AuditEvent.actor_label,
            AuditEvent.action,
            AuditEvent.number,
            AuditPayload.payload,
        )
        .outerjoin(AuditPayload, AuditPayload.number == AuditEvent.number)
        .where(AuditEvent.change_id.in_(change_ids))
    )
    return {row.change_id: row for row in ctx.session.execute(query)}


def _versions(model: type[Structure], structure_id: int, limit: int) -> Select[Any]:
    from_table = history_of(model)
    columns = [column for column in from_table.columns if column.name not in _HIDDEN_COLUMNS]
    return select(*columns).where(from_table.c.id == structure_id).order_by(from_table.c.history_id.desc()).limit(limit)


@dataclass(frozen=True)
class HistoryChange:
    """One field that a change altered: its values as text."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class HistoryPart:
    """The fields that one change altered in a table of a higher feature."""

    change_id: int
    at: datetime
    changes: tuple[HistoryChange, ...]


PartSource = Callable[[Ctx, Structure], Iterable[HistoryPart]]
TIMELINE_PARTS = ExtensionPoint[PartSource]("structures.timeline")


def timeline_entries(ctx: Ctx, structure: Structure) -> list[dict[str, Any]]:
    """The timeline of a structure, newest first."""
    versions = {version.change_id: version for version in list_versions(ctx, structure)}
    parts: dict[int, list[HistoryPart]] = {}
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
    structure: Structure, change_id: int, version: Version | None, parts: list[HistoryPart], event: Row[Any] | None
) -> dict[str, Any]:
    at = event.occurred_at if event else version.recorded_at if version else parts[0].at
    first = version is not None and not version.before
    notes = [_first_note(version.after) if version and first else "", _reason(structure, event), _since(version, at)]
    return {
        "kind": "change",
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
    """The reason in the event of this structure, or of the batch that it belongs to."""
    entries = (event.payload or {}).get("entries", []) if event else []
    own = [entry for entry in entries if entry.get("kind") == "structure" and entry.get("id") == structure.id]
    batch = [entry for entry in entries[:1] if entry.get("kind") in _BATCHES]
    reasons = [str(entry["reason"]) for entry in (*own, *batch) if entry.get("reason")]
    return _("Lý do: %(reason)s", reason=reasons[0]) if reasons else ""


def _since(version: Version | None, at: datetime) -> str:
    """The start of validity of a change, where that is not the day on which it was recorded."""
    if version is None or local_date(version.holds_from) == local_date(at):
        return ""
    return _("Có hiệu lực từ %(day)s", day=format_date(local_date(version.holds_from)))


class _Names:
    """Names of the organisations and units that versions refer to by id."""

    def __init__(self, ctx: Ctx, structure: Structure, versions: Iterable[Version]) -> None:
        self._ctx, self._structure = ctx, structure
        changed: dict[str, set[int]] = {}
        for version in versions:
            for name in (*_ORGANISATIONS, "commune_id"):
                if version.before and version.before.get(name) != version.after.get(name):
                    ids = changed.setdefault("unit" if name == "commune_id" else "organisation", set())
                    ids |= {value for value in (version.before.get(name), version.after.get(name)) if value}
        self._organisations = {
            entity_id: owner_name(ctx.session, entity_id) or "" for entity_id in sorted(changed.get("organisation", ()))
        }
        units = {entity_id: get_unit(ctx.session, entity_id) for entity_id in sorted(changed.get("unit", ()))}
        self._units = {entity_id: unit.name if unit else "" for entity_id, unit in units.items()}

    def shown(self, name: str, field: Field | None, value: Any) -> str:
        """A stored value as text; the code of a structure that the reader does not see exactly is left out."""
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
        return "; ".join(str(value).splitlines()) if name == "given_position" else display_value(field, value)


def _changes(
    fields: dict[str, Field], names: _Names, version: Version | None, parts: list[HistoryPart]
) -> list[HistoryChange]:
    changes = []
    if version is not None and version.before:
        before, after = version.before, version.after
        labels = {name: field.label for name, field in fields.items()} | _EXTRA
        changes = [
            HistoryChange(
                str(label),
                names.shown(name, fields.get(name), before.get(name)),
                names.shown(name, fields.get(name), after[name]),
            )
            for name, label in labels.items()
            if name in after and name in before and after[name] != before[name]
        ]
    return changes + [change for part in parts for change in part.changes]
