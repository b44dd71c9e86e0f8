"""Forms of imports: the file, and which column holds which field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping import System
from registry.imports.models import ImportBatch
from registry.imports.reading import MAX_BYTES
from registry.imports.targets import targets_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.i18n import _, _l
from registry.structures.kinds import KINDS

_COLUMN: Final = "column_"
_VERSION_DIGITS: Final = 9


class UploadForm(BaseForm):
    """A file of one owner and one kind."""

    owner = SelectField(_l("Chủ sở hữu"), coerce=int, validators=[InputRequired()])
    kind = SelectField(_l("Loại công trình"), validators=[InputRequired()])
    file = FileField(
        _l("Tệp"),
        [FileRequired()],
        description=_l(
            "CSV, XLSX hoặc GeoJSON, tối đa %(most)d MB; dòng tiêu đề cột có thể nằm dưới tên bảng.",
            most=MAX_BYTES // (1024 * 1024),
        ),
        render_kw={"accept": ".csv,.txt,.xlsx,.geojson,.json"},
    )

    def offer(self, owners: Sequence[tuple[int, str]]) -> UploadForm:
        """Fill the lists: the owners that the reader may import for, and the kinds."""
        self.owner.choices = [SelectChoice(*owner) for owner in owners]
        self.kind.choices = [SelectChoice(code, kind.label) for code, kind in KINDS.items()]
        return self

    def to_command(self) -> UploadFile:
        """The command, with at most one byte more than is taken, so that the service can say that it is too much."""
        sent: FileStorage = self.file.data
        return UploadFile(self.owner.data, self.kind.data, sent.filename or "", sent.stream.read(MAX_BYTES + 1))


class MappingFormBase(BaseForm):
    """What every mapping form has besides one list for each column."""

    version = HiddenField(validators=[InputRequired()])
    system = SelectField(
        _l("Hệ tọa độ"),
        description=_l("Hệ thống chỉ gợi ý theo chữ trong tệp; hãy kiểm tra rồi chọn."),
    )
    outside_area = BooleanField(
        _l("Cho phép vị trí ngoài địa bàn tỉnh"),
        description=_l("Chỉ quản trị hệ thống được chọn; việc này được ghi vào nhật ký."),
    )
    column_names: tuple[str, ...] = ()

    def columns(self) -> list[Any]:
        """The list of each column of the file, in the file's order."""
        return [self[name] for name in self.column_names]

    def to_command(self, batch: ImportBatch) -> SetMapping:
        """The command; of two columns for one field the second is an error that `refuse_twice` has found before."""
        mapping = {
            self[name].data: word
            for name, word in zip(self.column_names, batch.options["header"], strict=True)
            if self[name].data
        }
        version = self.version.data or ""
        return SetMapping(
            batch.id,
            int(version) if version.isdecimal() and len(version) <= _VERSION_DIGITS else 0,
            mapping,
            System(self.system.data) if self.system.data else None,
            outside_area=bool(self.outside_area and self.outside_area.data),
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Besides the lists themselves: a field stands in one column only."""
        sound = bool(super().validate(extra_validators))
        first: dict[str, str] = {}
        for column in self.columns():
            if column.data and column.data in first:
                column.errors = [*column.errors, _("Trường này đã chọn cho cột «%(word)s».", word=first[column.data])]
                sound = False
            elif column.data:
                first[column.data] = column.label.text
        return sound


def mapping_form(batch: ImportBatch, *, may_outside: bool) -> MappingFormBase:
    """The form of one batch, filled with what stands or is suggested."""
    known = ((name, target.label) for name, target in targets_of(batch.kind).items())
    targets = [SelectChoice(*pair) for pair in (("", _("— bỏ qua —")), *known)]
    header = batch.options["header"]
    chosen = {word: name for name, word in batch.mapping.items()}
    names = tuple(f"{_COLUMN}{place}" for place in range(len(header)))
    fields: dict[str, Any] = {
        name: SelectField(word, choices=targets, default=chosen.get(word, ""))
        for name, word in zip(names, header, strict=True)
    }
    if not may_outside:
        fields["outside_area"] = None
    made: type[MappingFormBase] = type("MappingForm", (MappingFormBase,), fields | {"column_names": names})
    form = made(
        data={
            "version": str(batch.version),
            "system": batch.options["system"] or "",
            "outside_area": batch.options["outside_area"],
        }
    )
    systems = (("", _("— chọn hệ tọa độ —")), *((system.value, system.label) for system in System))
    form.system.choices = [SelectChoice(*pair) for pair in systems]
    return form


def field_errors(form: MappingFormBase, errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """Errors by field of the register, moved to the columns of the form where the field has one."""
    at = {column.data: column.name for column in form.columns() if column.data}
    return {at.get(name, name): sentences for name, sentences in errors.items()}
