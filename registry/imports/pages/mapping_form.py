"""Form of the mapping: columns, units, constants, coordinate system."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from registry.imports.commands import SetMapping
from registry.imports.mapping.aliases import member_of
from registry.imports.mapping.coordinate_systems import AnySystem, System, swap_coordinates, system_of
from registry.imports.mapping.fields import POSITION_FIELDS, import_fields
from registry.imports.mapping.plan import constant_fields
from registry.imports.mapping.two_positions import ANGLE, PLANE, question_on
from registry.imports.mapping.units import offered_units, unit_choices
from registry.imports.models import ImportBatch, RememberedLayout
from registry.imports.queries import declared_in
from registry.imports.reading.protocol import Declared
from registry.kernel.clock import local_date
from registry.kernel.forms.base import VersionedForm
from registry.kernel.geo.proj import UnknownSystem
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.units import UNITS

_COLUMN: Final = "column_"
_UNIT: Final = "unit_"
_CONSTANT: Final = "constant_"
#: Choice of competing columns until the user has decided.
_UNDECIDED: Final = "?"


class MappingFormBase(VersionedForm):
    """Base of the mapping form; columns, units and constants add fields."""

    system = SelectField(
        _l("Hệ tọa độ"),
        description=_l("Hệ thống chỉ gợi ý theo chữ trong tệp; hãy kiểm tra rồi chọn."),
    )
    outside_area = BooleanField(
        _l("Cho phép vị trí ngoài địa bàn tỉnh"),
        description=_l("Chỉ quản trị hệ thống được chọn; việc này được ghi vào nhật ký."),
    )
    system_confirmed = BooleanField(
        _l("Đã xác nhận hệ tọa độ với đơn vị lập tệp"),
        description=_l("Chỉ đánh dấu khi chắc chắn: các dòng không khớp vẫn được kiểm tra từng dòng."),
    )
    full_delivery = BooleanField(
        _l("Đây là danh sách đầy đủ"),
        description=_l("Công trình đã đăng ký mà tệp không có sẽ được liệt kê để quyết định; hệ thống không tự xóa."),
    )
    epsg = StringField(
        _l("Hệ khác, theo mã EPSG"),
        validators=[Optional(), Length(max=20)],
        description=_l("Ví dụ 3857; để trống nếu đã chọn hệ ở trên."),
    )
    position_source = SelectField(_l("Tọa độ dùng để nhập"))
    column_names: tuple[str, ...] = ()
    #: Columns of two positions that disagree.
    apart: Mapping[str, Any] = MappingProxyType({})
    constant_names: tuple[str, ...] = ()
    #: System of the typed code; set by `validate`.
    other: AnySystem | None = None
    declared: Declared | None = None

    def constants(self) -> list[Any]:
        return [self[name] for name in self.constant_names]

    def columns(self) -> list[Any]:
        return [self[name] for name in self.column_names]

    def unit_of(self, column: Any) -> Any:
        return self._fields.get(column.name.replace(_COLUMN, _UNIT))

    def to_command(self, batch: ImportBatch, *, swap: bool = False) -> SetMapping:
        header = batch.found["header"]
        columns = [(self[name], word) for name, word in zip(self.column_names, header, strict=True)]
        mapping = {column.data: word for column, word in columns if column.data not in ("", _UNDECIDED)}
        units = {
            column.data: unit.data
            for column, _word in columns
            if column.data and (unit := self.unit_of(column)) is not None and unit.data
        }
        system = self.other or (system_of(self.system.data, self.declared) if self.system.data else None)
        if self.position_source and self.position_source.data == ANGLE:
            mapping = {name: word for name, word in mapping.items() if name not in POSITION_FIELDS}
            mapping |= self.apart["angles"]
            system = system if system is not None and system.is_geographic else System.WGS84
        return SetMapping(
            batch.id,
            self.read_version,
            swap_coordinates(mapping) if swap else mapping,
            system,
            outside_area=bool(self.outside_area and self.outside_area.data),
            full_delivery=bool(self.full_delivery.data),
            system_confirmed=bool(self.system_confirmed and self.system_confirmed.data),
            units=units,
            constants={
                field.name.removeprefix(_CONSTANT): field.data.strip()
                for field in self.constants()
                if (field.data or "").strip()
            },
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field is mapped once, and no column is left undecided."""
        sound = bool(super().validate(extra_validators))
        sound = self._code_is_known() and self._position_is_decided() and sound
        first: dict[str, str] = {}
        for column in self.columns():
            if column.data == _UNDECIDED:
                sentence = _("Nhiều cột cùng khớp một trường; hãy chọn trường cho cột này, hoặc bỏ qua.")
                column.errors = [*column.errors, sentence]
                sound = False
            elif column.data and column.data in first:
                column.errors = [*column.errors, _("Trường này đã chọn cho cột “%(word)s”.", word=first[column.data])]
                sound = False
            elif column.data:
                first[column.data] = column.label.text
        return sound

    def _position_is_decided(self) -> bool:
        if not self.position_source or self.position_source.data:
            return True
        chosen_fields = {column.data for column in self.columns()}
        if not chosen_fields >= {"x", "y"}:
            return True
        self.position_source.errors = [*self.position_source.errors, _("Chưa chọn; hãy chọn một trong hai tọa độ.")]
        return False

    def _code_is_known(self) -> bool:
        typed = (self.epsg.data or "").strip()
        if not typed:
            return True
        try:
            self.other = system_of(typed)
        except UnknownSystem:
            sentence = _(
                "“%(code)s” không phải hệ tọa độ chuyển được sang WGS 84; cần mã EPSG, ví dụ 3857.", code=typed
            )
            self.epsg.errors = [*self.epsg.errors, sentence]
            return False
        return True


def mapping_form(batch: ImportBatch, *, may_outside: bool, layout: RememberedLayout | None = None) -> MappingFormBase:
    """Form of a batch, filled with the present or suggested mapping; earlier choices are shown as hints."""
    targets = import_fields(batch.kind)
    field_options = ((name, target.label) for name, target in targets.items())
    options = [SelectChoice(*pair) for pair in (("", _("— bỏ qua —")), *field_options)]
    header = batch.found["header"]
    fields_by_word = {word: name for name, word in batch.mapping.items()}
    names = tuple(f"{_COLUMN}{index}" for index in range(len(header)))
    asked = {} if batch.checked_at else _asked(batch)
    fields: dict[str, Any] = {
        name: SelectField(
            word,
            choices=[SelectChoice(_UNDECIDED, _("— hãy chọn —")), *options] if word in asked else options,
            default=_UNDECIDED if word in asked else fields_by_word.get(word, ""),
            description=asked.get(word) or _before(targets, layout, index),
        )
        for index, (name, word) in enumerate(zip(names, header, strict=True))
    }
    fields |= _units(batch, names)
    constants = _constants(batch)
    fields |= constants
    if not may_outside:
        fields["outside_area"] = None
    if not batch.options.get("system_doubted"):
        fields["system_confirmed"] = None
    apart = None if batch.checked_at else batch.found.get("positions_apart")
    if apart is None:
        fields["position_source"] = None
    listed = {"apart": apart, "column_names": names, "constant_names": tuple(constants), "declared": declared_in(batch)}
    form_class: type[MappingFormBase] = type("MappingForm", (MappingFormBase,), fields | listed)
    form = form_class(
        data={
            "version": str(batch.version),
            "system": batch.options.get("system") or "",
            "outside_area": batch.options.get("outside_area", False),
            "full_delivery": batch.options.get("full_delivery", False),
            "system_confirmed": batch.options.get("system_confirmed", False),
        }
    )
    if apart is not None:
        form.position_source.description = question_on(apart)
        form.position_source.choices = [
            SelectChoice("", _("— hãy chọn —")),
            SelectChoice(PLANE, ", ".join(apart["plane"].values())),
            SelectChoice(ANGLE, _("%(columns)s (WGS 84)", columns=", ".join(apart["angles"].values()))),
        ]
    systems = [("", _("— chọn hệ tọa độ —")), *((system.value, str(system.label)) for system in System)]
    value = batch.options.get("system")
    if value and value not in dict(systems):
        systems.insert(1, (value, str(system_of(value, declared_in(batch)).label)))
    form.system.choices = [SelectChoice(*pair) for pair in systems]
    return form


def _asked(batch: ImportBatch) -> dict[str, str]:
    """Column -> question, for competing columns."""
    rivals: Mapping[str, list[str]] = batch.found.get("rivals") or {}
    targets = import_fields(batch.kind)
    return {
        word: _(
            "Cùng khớp trường “%(label)s” với: %(others)s.",
            label=targets[name].label,
            others=", ".join(f"“{other}”" for other in words if other != word),
        )
        for name, words in rivals.items()
        for word in words
    }


def _constants(batch: ImportBatch) -> dict[str, Any]:
    constants = batch.options.get("constants") or {}
    fields: dict[str, Any] = {}
    for name, target in constant_fields(batch.kind).items():
        choices = target.declared.choices if target.declared is not None else None
        default = constants.get(name, "")
        if choices is not None:
            member = member_of(name, choices, default) if default else None
            fields[f"{_CONSTANT}{name}"] = SelectField(
                target.label,
                choices=[
                    SelectChoice("", _("— theo cột —")),
                    *(SelectChoice(each.value, str(each.label)) for each in choices),
                ],
                default=member.value if member is not None else "",
            )
        else:
            fields[f"{_CONSTANT}{name}"] = StringField(target.label, validators=[Optional()], default=default)
    return fields


def _before(targets: Mapping[str, Any], layout: RememberedLayout | None, index: int) -> str:
    """Hint on the choice in an earlier file of the same layout."""
    if layout is None or index >= len(layout.header) or layout.header[index] not in layout.fields:
        return ""
    name = layout.fields[layout.header[index]]
    label = targets[name].label if name is not None and name in targets else _("bỏ qua")
    return _("Như ngày %(day)s cho tệp “%(file)s”: %(field)s", **_used(layout), field=label)


def _used(layout: RememberedLayout) -> dict[str, str]:
    return {"day": format_date(local_date(layout.used_at)), "file": layout.file_name}


def _units(batch: ImportBatch, names: tuple[str, ...]) -> dict[str, Any]:
    """Select fields of units for measured columns; a differing unit of the file is preselected."""
    header, accepted = batch.found["header"], batch.options.get("units") or {}
    offered = offered_units(batch.kind, batch.mapping, header, batch.found.get("samples") or [])
    targets = import_fields(batch.kind)
    by_word = {word: targets[field] for field, word in batch.mapping.items() if field in targets}
    fields = {}
    for name, word in zip(names, header, strict=True):
        target = by_word.get(word)
        choices = unit_choices(target.declared) if target and target.declared else []
        if target is None or len(choices) <= 1:
            continue
        proposed = UNITS.get(offered.get(target.name, ""))
        options = [("", _("theo trường: %(unit)s", unit=choices[0].symbol))]
        options += [(unit.code, f"{unit.label} ({unit.symbol})") for unit in choices]
        fields[name.replace(_COLUMN, _UNIT)] = SelectField(
            _("Đơn vị của cột “%(word)s”", word=word),
            choices=[SelectChoice(*pair) for pair in options],
            default=accepted.get(target.name, "") if batch.checked_at else proposed.code if proposed else "",
            description=_("Tệp ghi: %(unit)s", unit=proposed.label) if proposed else "",
        )
    return fields


def field_errors(form: MappingFormBase, errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """Move errors from field names to the form fields of their columns."""
    at = {field.name.removeprefix(_CONSTANT): field.name for field in form.constants()}
    at |= {column.data: column.name for column in form.columns() if column.data}
    return {at.get(name, name): sentences for name, sentences in errors.items()}
