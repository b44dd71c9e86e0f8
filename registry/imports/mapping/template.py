"""Template workbook of a kind: Vietnamese headers, lists, limits, notes and an example."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from registry.capacity.rules import usual_measures
from registry.imports.mapping.coordinate_systems import System
from registry.imports.mapping.fields import FILE_FIELDS, in_vietnamese
from registry.kernel.exports.workbook import TEXT, Book, Style, open_book
from registry.kernel.fields import Field
from registry.kernel.i18n import LazyText, _, _l, current_locale, force_locale, format_number
from registry.kernel.units import Unit
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Kind, Shape

#: Number of rows with data validation.
FILLED_ROWS: Final = 5_000
#: Header row, below the title and the line on coordinates.
HEADER_ROW: Final = 3
_LISTS: Final = "Danh mục"
_NOT_READ: Final = _l("Hướng dẫn: không nhập trang này")
_WIDTHS: Final = (12, 40)
_MESSAGE_LENGTH: Final = 250
_TITLE_LENGTH: Final = 31
_COMMENT_WIDTH: Final = 2.2
_YES, _NO = _l("Có"), _l("Không")
#: A position in the province, for the example.
_PLACES: Final = {
    "vn2000": (("2191076,73", "581102,24"), ("2191180,20", "581230,55")),
    "wgs84": (("19,807000", "105,776000"), ("19,807930", "105,777230")),
}
_EXAMPLE_COMMUNE: Final = "Phường Hạc Thành"
_EXAMPLE_TOTAL: Final = "3"
_MEASURES: Final = (
    ("height_m", _l("Cao độ của các vị trí đó.")),
    ("diameter_mm", _l("Đường kính trong của ống; để trống thì lấy theo công trình.")),
    ("level", _l("Tính từ dưới lên.")),
)
_BOLD: Final = Style(bold=True)
_CODE: Final = Style(num_format="@")
_DAY: Final = Style(num_format="dd/mm/yyyy")
_EXAMPLE: Final = Style(italic=True, font_color="#5A5A5A", text_wrap=True)
_HEAD: Final = Style(bold=True, text_wrap=True, border=1, bg_color="#D9E7F5", valign="top")
_MUST: Final = Style(bold=True, text_wrap=True, border=1, bg_color="#FFE9B8", valign="top")
_TITLE: Final = Style(bold=True, font_size=14)
_DEFAULTS: Final = {"position_method": "survey", "is_public_asset": "false"}

Positions = Literal["vn2000", "wgs84"]


@dataclass(frozen=True)
class Column:
    """One column of the template."""

    name: str
    label: Any
    declared: Field | None
    note: Any
    example: str
    unit: Unit | None = None

    @property
    def required(self) -> bool:
        return self.declared is not None and self.declared.required

    def heading(self) -> str:
        """Header as the importer recognises it: label, unit, mark of a required field."""
        unit = f" ({self.unit.symbol})" if self.unit and self.unit.dimension != "count" else ""
        return f"{self.label}{unit}{' *' if self.required else ''}"


def columns_of(kind: Kind, positions: Positions = "vn2000") -> list[Column]:
    declared = kind.fields()
    first = [_declared(kind, declared[name]) for name in ("own_code", "name")]
    of_kind = [_declared(kind, field) for field in declared.values() if field.group == "kind"]
    shown = {column.name for column in (*first, *of_kind)}
    rest = [_declared(kind, field) for name, field in declared.items() if name not in shown]
    places = [_virtual("capacity_total", _EXAMPLE_TOTAL, _l("Tổng số vị trí dùng chung được; cần khi còn chỗ."))]
    places.append(_virtual("capacity_used", "1", _l("Số vị trí đang có người dùng.")))
    places += [_virtual(f"capacity_{name}", "", note) for name, note in _MEASURES if name in usual_measures(kind)]
    places.append(_virtual("holder", "", _l("Đơn vị đang dùng các vị trí đó.")))
    commune = _virtual("commune", _EXAMPLE_COMMUNE, _l("Tên xã, phường hiện nay; để đối chiếu với tọa độ."))
    if kind.hosting is None:
        places = []
    return [*first, commune, *_positions(kind, positions), *of_kind, *places, *rest]


def _declared(kind: Kind, field: Field) -> Column:
    example = kind.example.get(field.name, _DEFAULTS.get(field.name, "") if field.required else "")
    return Column(field.name, field.label, field, field.hint, _display_text(field, str(example)), field.unit)


def _display_text(field: Field, example: str) -> str:
    if field.choices is not None and example:
        return str(field.choices(example).label)
    return str(_YES if example == "true" else _NO) if field.python_type is bool and example else example


def _virtual(name: str, example: str, note: LazyText) -> Column:
    label = next(target.label for target in FILE_FIELDS if target.name == name)
    return Column(name, label, None, note, example)


def _positions(kind: Kind, positions: Positions) -> list[Column]:
    if kind.shape is Shape.LINE:
        note = _l("Mỗi điểm một dòng trong ô (Alt+Enter), hai tọa độ cách nhau bằng dấu chấm phẩy.")
        text = "\n".join("; ".join(parts) for parts in _PLACES[positions])
        return [_virtual("position", text, note)]
    first, second = _PLACES[positions][0]
    if positions == "wgs84":
        note = _l("Độ thập phân hoặc độ, phút, giây; vĩ độ khoảng 19–21, kinh độ khoảng 104–106.")
        return [_virtual("latitude", first, note), _virtual("longitude", second, note)]
    north, east = _l("Tọa độ Bắc, 7 chữ số trước dấu phẩy."), _l("Tọa độ Đông, 6 chữ số trước dấu phẩy.")
    return [_virtual("x", first, north), _virtual("y", second, east)]


def workbook(kind_code: str, language: str = "vi", positions: Positions = "vn2000") -> bytes:
    """The template of a kind as XLSX.

    `language` is that of the notes; headers are Vietnamese. The importer ignores the example row and the notes sheet.
    """
    kind = KINDS[kind_code]
    columns = columns_of(kind, positions)
    out = io.BytesIO()
    with open_book(out) as book:
        with in_vietnamese():
            sheet = book.sheet(str(kind.label), head=HEADER_ROW - 1, columns=len(columns) + 1)
        notes = book.sheet("Notes" if language == "en" else "Hướng dẫn", head=1, columns=5)
        lists = book.sheet(_LISTS, head=None, columns=len(columns) + 1)
        with in_vietnamese():
            _fill_sheet(book, sheet, kind, columns, positions)
            _fill_lists(book, lists, columns)
        with _in(language):
            for column_number, column in enumerate(columns, 1):
                sheet.write_comment(HEADER_ROW - 1, column_number, _comment(column), {"x_scale": _COMMENT_WIDTH})
            for column_number, column in enumerate(columns, 1):
                _restrict(sheet, column_number, column)
            _fill_notes(book, notes, columns)
        lists.hide()
        sheet.activate()
    return out.getvalue()


def _in(language: str) -> AbstractContextManager[None]:
    return nullcontext() if current_locale() == language else force_locale(language)


def _fill_sheet(book: Book, sheet: Worksheet, kind: Kind, columns: Sequence[Column], positions: Positions) -> None:
    system = System.VN2000 if positions == "vn2000" else System.WGS84
    book.text(sheet, 0, 0, _("Danh sách công trình: %(kind)s", kind=kind.label), _TITLE)
    book.text(sheet, 1, 0, _("Hệ tọa độ: %(system)s.", system=system.label))
    book.text(sheet, HEADER_ROW - 1, 0, _("STT"), _HEAD)
    book.text(sheet, HEADER_ROW, 0, _("Ví dụ"), _EXAMPLE)
    sheet.set_column(0, 0, 8)
    for column_number, column in enumerate(columns, 1):
        heading = column.heading()
        book.text(sheet, HEADER_ROW - 1, column_number, heading, _MUST if column.required else _HEAD)
        if column.example:
            book.text(sheet, HEADER_ROW, column_number, column.example, _EXAMPLE)
        sheet.set_column(
            column_number, column_number, min(max(len(heading), _WIDTHS[0]), _WIDTHS[1]), _column_format(book, column)
        )
    sheet.freeze_panes(HEADER_ROW, 2)


def _column_format(book: Book, column: Column) -> Format | None:
    """Dates as day/month/year; codes as text, to keep leading zeros."""
    if column.declared is not None and column.declared.python_type is date:
        return book.format(_DAY)
    return book.format(_CODE) if column.name == "own_code" else None


def _members(field: Field) -> list[str]:
    """Values of a drop-down list."""
    if field.choices is not None:
        offered = field.offered or tuple(member.value for member in field.choices)
        return [str(field.choices(code).label) for code in offered]
    return [str(_YES), str(_NO)] if field.python_type is bool else []


def _fill_lists(book: Book, lists: Worksheet, columns: Sequence[Column]) -> None:
    """Write list members below their columns: a list in the cell itself is limited to 255 characters."""
    book.text(lists, 0, 0, str(_NOT_READ))
    for column_number, column in enumerate(columns, 1):
        for row, word in enumerate(_members(column.declared) if column.declared else (), 1):
            book.text(lists, row, column_number, word)


def _restrict(sheet: Worksheet, column_number: int, column: Column) -> None:
    rules = _rules(column_number, column)
    if rules is None:
        return
    message = {"input_title": str(column.label)[:_TITLE_LENGTH], "input_message": _limits(column)[:_MESSAGE_LENGTH]}
    error = {"error_title": _("Giá trị không hợp lệ"), "error_message": _limits(column)[:_MESSAGE_LENGTH]}
    sheet.data_validation(HEADER_ROW, column_number, HEADER_ROW + FILLED_ROWS, column_number, rules | message | error)


def _rules(column_number: int, column: Column) -> dict[str, Any] | None:
    """Data validation of the spreadsheet."""
    field = column.declared
    if field is None:
        return {"validate": "integer", "criteria": ">=", "value": 0} if column.name.startswith("capacity") else None
    count = len(_members(field))
    if count:
        letters = xl_col_to_name(column_number)
        return {"validate": "list", "source": f"='{_LISTS}'!${letters}$2:${letters}${count + 1}"}
    if field.python_type in (int, Decimal) and field.minimum is not None and field.maximum is not None:
        number = "integer" if field.python_type is int else "decimal"
        least, most = float(field.minimum), float(field.maximum)
        return {"validate": number, "criteria": "between", "minimum": least, "maximum": most}
    if field.python_type is date:
        return {"validate": "date", "criteria": "between", "minimum": date(1900, 1, 1), "maximum": date(2200, 12, 31)}
    if field.python_type is str and field.max_length:
        return {"validate": "length", "criteria": "<=", "value": field.max_length}
    return None


def _limits(column: Column) -> str:
    field = column.declared
    if field is None:
        return str(column.note)
    if _members(field):
        return _("Chọn trong danh sách.")
    if field.python_type in (int, Decimal) and field.minimum is not None and field.maximum is not None:
        unit = f" {field.unit.symbol}" if field.unit else ""
        least, most = format_number(field.minimum), format_number(field.maximum)
        return _("Số từ %(least)s đến %(most)s%(unit)s.", least=least, most=most, unit=unit)
    if field.python_type is date:
        return _("Ngày dạng ngày/tháng/năm, ví dụ 05/12/2026.")
    return _("Tối đa %(most)d ký tự.", most=field.max_length or 0)


def _comment(column: Column) -> str:
    return "\n".join(_note_lines(column))


def _note_lines(column: Column) -> Iterator[str]:
    if column.required:
        yield _("Bắt buộc.")
    if column.declared is not None and str(column.note):
        yield str(column.note)
    yield _limits(column)


def _fill_notes(book: Book, sheet: Worksheet, columns: Sequence[Column]) -> None:
    with in_vietnamese():
        headings = [column.heading() for column in columns]
        title = str(_NOT_READ)
    book.text(sheet, 0, 0, title, _BOLD)
    for column_number, head in enumerate((_("Cột"), _("Nghĩa"), _("Ghi chú"), _("Giá trị được chọn"), _("Trường"))):
        book.text(sheet, 1, column_number, head, _BOLD)
    for row, (heading, column) in enumerate(zip(headings, columns, strict=True), 2):
        members = _members(column.declared) if column.declared else []
        words = [heading, str(column.label), " ".join(_note_lines(column)), "\n".join(members), column.name]
        for column_number, word in enumerate(words):
            book.text(sheet, row, column_number, word, TEXT)
    sheet.set_column(0, 1, 32)
    sheet.set_column(2, 3, 60)
    sheet.set_column(4, 4, 24)
    sheet.freeze_panes(2, 1)
