"""Forms of imports: upload, choice of tables, reading options, corrections, duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO, Final, cast

from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from registry.imports.commands import SetReading, UploadFile
from registry.imports.mapping.fields import import_fields, suggest_mapping
from registry.imports.models import FileFormat, ImportBatch, RowChoice
from registry.imports.outcome.corrections import CELL, CorrectRow
from registry.imports.outcome.duplicates import Decide
from registry.imports.queries import ResultRow, problem_columns
from registry.imports.reading.encodings import NAMES
from registry.imports.reading.limits import MAX_BYTES, MAX_ROWS
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.i18n import LazyText, _, _l, format_number
from registry.kernel.i18n.sentences import stored_sentence
from registry.structures.kinds import KINDS

_TABLE: Final = "table_"
_ACCEPTED: Final = ".csv,.tsv,.txt,.xlsx,.xls,.ods,.geojson,.json,.kml,.kmz,.zip,.gpkg"
#: Formats with reading options.
_TEXTS: Final = (FileFormat.CSV, FileFormat.TSV)
_SHEETS: Final = (FileFormat.XLSX, FileFormat.XLS, FileFormat.ODS)
_SEPARATORS: Final = {";": _l("chấm phẩy (;)"), ",": _l("phẩy (,)"), "\t": _l("tab"), "|": _l("gạch đứng (|)")}


class UploadForm(BaseForm):
    """Upload of a file."""

    owner = SelectField(_l("Chủ sở hữu"), coerce=int, validators=[InputRequired()])
    kind = SelectField(
        _l("Loại công trình"),
        validators=[InputRequired()],
        description=_l("Tệp có nhiều bảng: bước sau chọn lại loại cho từng bảng."),
    )
    file = FileField(
        _l("Tệp"),
        [FileRequired()],
        description=_l(
            "CSV, TSV, XLSX, XLS, ODS, GeoJSON, KML, KMZ, Shapefile (ZIP) hoặc GeoPackage, tối đa %(most)d MB và"
            " %(rows)s dòng; dòng tiêu đề cột có thể nằm dưới tên bảng.",
            most=MAX_BYTES // (1024 * 1024),
            rows=LazyText(format_number, MAX_ROWS),
        ),
        render_kw={"accept": _ACCEPTED},
    )
    full_delivery = BooleanField(
        _l("Đây là danh sách đầy đủ"),
        description=_l(
            "Tệp liệt kê toàn bộ công trình loại này của chủ sở hữu: công trình đã có mà tệp không có sẽ được "
            "liệt kê để quyết định giữ hay ngừng khai thác; hệ thống không tự xóa."
        ),
    )

    def offer(self, owners: Sequence[tuple[int, str]]) -> UploadForm:
        """Set the choices: owners that the user may import for, and kinds."""
        self.owner.choices = [SelectChoice(*owner) for owner in owners]
        self.kind.choices = [SelectChoice(code, kind.label) for code, kind in KINDS.items()]
        return self

    def to_command(self) -> UploadFile:
        sent: FileStorage = self.file.data
        stream = cast("BinaryIO", sent.stream)
        return UploadFile(self.owner.data, self.kind.data, sent.filename or "", stream, bool(self.full_delivery.data))


class TablesFormBase(VersionedForm):
    """Base of the form for files with several tables; each table adds a select field."""

    table_names: tuple[str, ...] = ()

    def rows(self) -> list[Any]:
        return [self[name] for name in self.table_names]

    def choices(self, batch: ImportBatch) -> list[tuple[str, str]]:
        """Name and kind of each table that is imported."""
        tables = batch.found.get("tables", [])
        table_kinds = ((tables[int(name.removeprefix(_TABLE))]["name"], self[name].data) for name in self.table_names)
        return [(table, kind) for table, kind in table_kinds if kind]


#: Headings of a table that fields of a kind are suggested for, so that it probably is one of the kind.
_FEWEST_FIELDS: Final = 3


def _fits(kind: str, table: Mapping[str, Any]) -> bool:
    return len(suggest_mapping(kind, tuple(table["header"]))) >= _FEWEST_FIELDS


def tables_form(batch: ImportBatch) -> TablesFormBase:
    """Form for a file with several tables; the kind of the upload is preselected where one table alone fits it."""
    tables = batch.found.get("tables", [])
    fitting = [table["name"] for table in tables if _fits(batch.kind, table)]
    options = [SelectChoice("", _("— bỏ qua —")), *(SelectChoice(code, kind.label) for code, kind in KINDS.items())]
    fields: dict[str, Any] = {
        f"{_TABLE}{index}": SelectField(
            table["name"], choices=options, default=batch.kind if fitting == [table["name"]] else ""
        )
        for index, table in enumerate(tables)
    }
    form_class: type[TablesFormBase] = type("TablesForm", (TablesFormBase,), fields | {"table_names": tuple(fields)})
    return form_class(data={"version": str(batch.version)})


class ReadingForm(VersionedForm):
    """Reading options of a file."""

    encoding = SelectField(_l("Bảng mã"))
    separator = SelectField(_l("Dấu phân cách"))
    header_row = IntegerField(
        _l("Dòng tiêu đề cột"),
        validators=[Optional(), NumberRange(0, MAX_ROWS)],
        description=_l("Số thứ tự dòng trong tệp; để trống thì hệ thống tự tìm, ghi 0 nếu tệp không có dòng tiêu đề."),
    )

    def to_command(self, batch: ImportBatch) -> SetReading:
        return SetReading(
            batch.id,
            self.read_version,
            encoding=(self.encoding and self.encoding.data) or None,
            separator=(self.separator and self.separator.data) or None,
            header_row=self.header_row.data if self.header_row else None,
        )


def reading_form(batch: ImportBatch) -> ReadingForm | None:
    """Form for the format of a batch; None where the format has no options."""
    texts, sheets = batch.file_format in _TEXTS, batch.file_format in _SHEETS
    if not (texts or sheets or batch.file_format is FileFormat.SHP):
        return None
    left_out: dict[str, Any] = {} if texts else {"separator": None}
    if batch.file_format is FileFormat.SHP:
        left_out["header_row"] = None
    form_class: type[ReadingForm] = type("ReadingFormOfFormat", (ReadingForm,), left_out)
    options = batch.options
    form = form_class(
        data={
            "version": str(batch.version),
            "encoding": options.get("encoding") or batch.found.get("encoding_offered") or "",
            "separator": options.get("separator") or "",
            "header_row": options.get("header_row"),
        }
    )
    encodings = ((code, name) for code, name in NAMES.items())
    form.encoding.choices = [SelectChoice(*pair) for pair in (("", _("— tự nhận biết —")), *encodings)]
    if form.separator:
        form.separator.choices = [SelectChoice(*pair) for pair in (("", _("— tự nhận biết —")), *_SEPARATORS.items())]
    return form


def encoding_name(code: str | None) -> str:
    return NAMES.get(code or "", code or "")


def separator_name(sign: str | None) -> str:
    return str(_SEPARATORS.get(sign or "", sign or ""))


_CHOICE: Final = "choice_"
_ROW: Final = re.compile(rf"{_CHOICE}([0-9]{{1,9}})")
#: Longer texts get a multi-line field.
_LONG: Final = 120


class CorrectionFormBase(BaseForm):
    """Base of the form of one row; each mapped column adds a text field."""

    seen = HiddenField(validators=[InputRequired()])
    cell_names: tuple[str, ...] = ()

    def cells(self) -> list[Any]:
        return [self[name] for name in self.cell_names]

    def to_command(self, batch: ImportBatch, number: int) -> CorrectRow:
        sent = {name: self[name].data or "" for name in self.cell_names if self[name].raw_data}
        cells = {int(name.removeprefix(CELL)): text.replace("\r\n", "\n") for name, text in sent.items()}
        return CorrectRow(batch.id, number, self.seen.data or "", cells)


def correction_form(batch: ImportBatch, result: ResultRow, seal: str) -> CorrectionFormBase:
    """Form with the mapped cells of a row; the hint of a cell is its field."""
    header: list[str] = batch.found["header"]
    targets = import_fields(batch.kind)
    at = {header.index(word): name for name, word in batch.mapping.items() if word in header}
    fields: dict[str, Any] = {}
    for column_index in sorted(at):
        cell, name = result.row.cells[column_index], at[column_index]
        field_class = TextAreaField if "\n" in cell or len(cell) > _LONG else StringField
        hint = str(targets[name].label) if name in targets else ""
        fields[f"{CELL}{column_index}"] = field_class(
            header[column_index], description="" if hint == header[column_index] else hint
        )
    made_form: type[CorrectionFormBase] = type(
        "MendForm", (CorrectionFormBase,), fields | {"cell_names": tuple(fields)}
    )
    return made_form(
        data={"seen": seal, **{f"{CELL}{column_index}": result.row.cells[column_index] for column_index in at}}
    )


def add_row_problems(form: CorrectionFormBase, batch: ImportBatch, result: ResultRow) -> list[str]:
    """Add blocking problems to the cells; returns the sentences that belong to no cell."""
    left = []
    for problem in result.problems:
        names = [f"{CELL}{index}" for index in problem_columns(batch, problem)]
        fields = [form[name] for name in names if name in form.cell_names]
        for field in fields[:1] if problem["blocks"] else ():
            field.errors = [*field.errors, stored_sentence(problem["reason"])]
        if not fields or not problem["blocks"]:
            left.append(stored_sentence(problem["reason"]))
    return left


class DecideFormBase(VersionedForm):
    """Base of the form for duplicates; each row adds a select field."""

    for_all = SelectField(_l("Với mọi dòng trùng của tệp"), default="")
    row_names: tuple[str, ...] = ()

    def to_command(self, batch: ImportBatch, scope: str) -> Decide:
        version = self.read_version
        if scope == "all":
            return Decide(batch.id, version, {}, RowChoice(self.for_all.data) if self.for_all.data else None)
        choices = {int(name.removeprefix(_CHOICE)): self[name].data for name in self.row_names if self[name].data}
        return Decide(batch.id, version, {number: RowChoice(code) for number, code in choices.items()})


def decide_form(batch: ImportBatch, decisions: Mapping[int, RowChoice | None]) -> DecideFormBase:
    """Form for the duplicates of one page."""
    options = [
        SelectChoice("", _("— chưa chọn —")),
        *(SelectChoice(choice.value, choice.label) for choice in RowChoice),
    ]
    fields: dict[str, Any] = {
        f"{_CHOICE}{number}": SelectField(
            _("Cách xử lý dòng %(number)d", number=number), choices=options, default=choice.value if choice else ""
        )
        for number, choice in decisions.items()
    }
    form_class: type[DecideFormBase] = type("DecideForm", (DecideFormBase,), fields | {"row_names": tuple(fields)})
    form = form_class(data={"version": str(batch.version)})
    form.for_all.choices = options
    return form


def sent_rows(names: Iterable[str]) -> dict[int, RowChoice | None]:
    """Numbers of the rows in a submitted form."""
    return {int(match[1]): None for name in names if (match := _ROW.fullmatch(name))}
