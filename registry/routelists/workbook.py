"""The workbook of a list: the same columns out, as a template, and in; rows of offices by sections of communes, too."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO, Final

from registry.audit.chain import attempt
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, require
from registry.kernel.db.base import Choice
from registry.kernel.errors import DomainError, Invalid
from registry.kernel.exports.workbook import HEAD, open_book
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.i18n import _, _l
from registry.kernel.text import TextRefused, fold, shown
from registry.kernel.uploaded_tables import UploadedTable, read_sheet
from registry.routelists.commands import ImportStreets, ProposeItem
from registry.routelists.common import require_open, share_list_lock
from registry.routelists.costs import Funding
from registry.routelists.forms import ITEM_FIELDS
from registry.routelists.models import Priority, RouteList, WorkKind
from registry.routelists.rules import title_of, value_problems
from registry.routelists.service import allowed_units, propose_item
from registry.streets.stretches import NamedLine, find_stretch, lines_of_commune
from registry.structures.commands import GivenPosition
from registry.structures.kinds import HOSTS
from registry.territory.models import WGS84, UnitKind, UnitLevel
from registry.territory.queries import find_units, get_unit
from registry.territory.rules import split_short_name

#: Rows of one file.
MOST_ROWS: Final = 2000
_SHOWN: Final = 60
#: Characters of a column of the template.
_WIDTH: Final = 22
#: Other headings of the columns, without marks; the first heading of each is its label.
_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "street_name": (
        *("ten duong", "ten tuyen", "ten pho", "ten tuyen duong", "ten tuyen pho", "ten duong pho"),
        *("ten cac tuyen duong", "tuyen duong", "tuyen pho", "duong pho", "tuyen"),
    ),
    "from_place": ("diem dau", "tu", "diem dau tuyen", "tu vi tri", "dau tuyen"),
    "to_place": ("diem cuoi", "den", "diem cuoi tuyen", "den vi tri", "cuoi tuyen"),
    "work_kind": ("loai cong viec", "noi dung", "hang muc", "noi dung thuc hien", "giai phap", "hinh thuc"),
    "reason": ("ly do", "su can thiet", "hien trang", "ghi chu"),
    "is_urban": ("do thi", "trong do thi", "thuoc do thi"),
    "side": ("phia", "ben duong", "phia duong"),
    "priority": ("uu tien", "muc uu tien", "thu tu uu tien"),
    "road_manager": ("quan ly duong", "don vi quan ly", "cap quan ly"),
    "duct_m": ("cong be", "cong be xay dung", "chieu dai cong be", "khoi luong cong be"),
    "bores": ("so ong", "so luong ong"),
    "removed_cable_m": ("cap thao do", "cap can thao", "cap treo thao do"),
    "cost_vnd": ("kinh phi", "du kien kinh phi", "tong muc dau tu", "kinh phi du kien"),
    "funding": ("nguon von", "von"),
    "investor": ("chu dau tu", "don vi thuc hien"),
    "wanted_from_year": ("tu nam", "nam bat dau", "nam thuc hien", "nam"),
    "wanted_to_year": ("den nam", "nam ket thuc", "nam hoan thanh"),
    "linked_project": ("du an lien quan", "du an"),
    "cost_plan": ("phan ky von", "kinh phi cac nam", "phan ky kinh phi"),
    "project_kind": ("loai du an",),
    "project_number": ("ma du an", "so quyet dinh du an"),
}
COMMUNE: Final = "commune"
#: What a text means that stands for no value.
NO_VALUE: Final = "-"
NUMBER: Final = "number"
_EXTRA: Final = {
    NUMBER: (_l("TT"), ("stt", "tt", "so tt", "so thu tu")),
    COMMUNE: (_l("Xã, phường"), ("xa phuong", "phuong xa", "phuong", "xa", "dia ban", "don vi hanh chinh")),
}
COLUMNS: Final[Mapping[str, tuple[Any, tuple[str, ...]]]] = {
    **_EXTRA,
    **{
        name: (declared.heading or declared.label, (str(declared.label), *_HEADINGS.get(name, ())))
        for name, declared in ITEM_FIELDS.items()
    },
}
#: Words in a cell -> the value that they mean, the first that occurs.
_WORDS: Final[Mapping[str, Sequence[tuple[str, Choice]]]] = {
    "work_kind": (
        ("ngam", WorkKind.UNDERGROUND),
        ("chinh trang", WorkKind.TIDY),
        ("bo gon", WorkKind.TIDY),
        ("sap xep", WorkKind.TIDY),
        ("sua chua", WorkKind.REPAIR),
        ("nang cap", WorkKind.UPGRADE),
        ("cai tao", WorkKind.UPGRADE),
        ("xay", WorkKind.NEW_BUILD),
        ("lam moi", WorkKind.NEW_BUILD),
    ),
    "funding": (
        ("hon hop", Funding.MIXED),
        ("ket hop", Funding.MIXED),
        ("ngan sach va", Funding.MIXED),
        ("ngan sach", Funding.STATE),
        ("nha nuoc", Funding.STATE),
        ("dau tu cong", Funding.STATE),
        ("doanh nghiep", Funding.OPERATORS),
        ("xa hoi hoa", Funding.OPERATORS),
        ("nha mang", Funding.OPERATORS),
    ),
    "priority": (
        ("cao", Priority.HIGH),
        ("trung binh", Priority.MEDIUM),
        ("thap", Priority.LOW),
        ("1", Priority.HIGH),
        ("2", Priority.MEDIUM),
        ("3", Priority.LOW),
    ),
}
#: Words in a heading of money -> đồng.
_MONEY: Final = (("ty", 10**9), ("trieu", 10**6), ("nghin", 10**3), ("ngan dong", 10**3))
_TOTAL: Final = re.compile(r"(tong|cong|total)\b")
#: The kinds that stand before the name of a commune, now or formerly.
_COMMUNE_KINDS: Final = (UnitKind.XA, UnitKind.PHUONG, UnitKind.THI_TRAN)
_ORDINAL: Final = re.compile(r"^\s*(?:[IVXLC]{1,6}|[A-Za-z]|\d{1,3})\s*[.):/-]+\s*")


@dataclass
class ImportedRows:
    """What a file gave: drafts with a line, drafts to be placed by hand, and what was refused, by row."""

    placed: int = 0
    unplaced: list[tuple[int, str]] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    #: Of a preview: row, commune, street with its ends, kind of work, metres of its line or None.
    preview: list[tuple[int, str, str, str, float | None]] = field(default_factory=list)
    #: (field, text in the file) that means no value -> number of rows.
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)


def read_workbook(stream: BinaryIO) -> UploadedTable:
    """The table of a file; Invalid (field `file`) where there is none."""
    sheet = read_sheet(stream, COLUMNS, MOST_ROWS)
    if not any(text.strip() for _number, cells in sheet.rows for text in cells):
        raise Invalid({"file": _("Tệp không có dòng nào; hãy điền vào tệp mẫu.")})
    return sheet


def columns_of(sheet: UploadedTable, headings: Mapping[str, str]) -> dict[str, str]:
    """Field -> heading: those of `headings`, which name no column by "", and of the other fields what the file says."""
    stated = {name: heading for name, heading in headings.items() if heading in sheet.header}
    taken = set(stated.values())
    read = {name: text for name, text in sheet.columns.items() if name not in headings and text not in taken}
    return read | stated


def preview_rows(ctx: Ctx, command: ImportStreets, sheet: UploadedTable) -> ImportedRows:
    """How the rows of a table are read and placed; nothing is stored, and doubles show when they are."""
    require(ctx, P.ROUTELIST_PROPOSE)
    require_open(get_visible(ctx, RouteList, P.ROUTELIST_READ, RouteList.id == command.list_id))
    return _each_row(ctx, command, sheet, is_preview=True)


def import_rows(ctx: Ctx, command: ImportStreets, sheet: UploadedTable) -> ImportedRows:
    """Propose each row of a table as a draft for a list; Invalid (field `file`) where it has no streets.

    A row of only a commune's name heads the rows below it; totals are left out. A street is placed by its name and
    ends; where they are not known, the draft waits for its line.
    """
    require(ctx, P.ROUTELIST_PROPOSE)
    get_visible(ctx, RouteList, P.ROUTELIST_READ, RouteList.id == command.list_id)
    require_open(share_list_lock(ctx, command.list_id))
    outcome = _each_row(ctx, command, sheet, is_preview=False)
    if not (outcome.placed or outcome.unplaced or outcome.refused):
        raise Invalid({"file": _("Tệp không có tuyến đường nào.")})
    return outcome


def _each_row(ctx: Ctx, command: ImportStreets, sheet: UploadedTable, *, is_preview: bool) -> ImportedRows:
    columns = columns_of(sheet, command.headings)
    if "street_name" not in columns:
        label = COLUMNS["street_name"][0]
        raise Invalid({"street_name": _("Tệp không có cột “%(column)s”; hãy chọn cột của tệp.", column=label)})
    outcome = ImportedRows()
    reader = _StreetReader(ctx, command, _money_scale(columns.get("cost_vnd", "")), outcome.unknown)
    for number, cells in sheet.cells_by_field(columns):
        if _is_total(cells):
            continue
        try:
            if reader.takes_as_section(cells):
                continue
            proposal, metres = reader.read(cells)
            if is_preview:
                outcome.preview.append(reader.preview(number, proposal, metres))
                continue
            with attempt(ctx):
                item = propose_item(ctx, proposal)
        except DomainError as refused:
            outcome.refused.append((number, shown(cells.get("street_name", ""))[:_SHOWN], refused.message))
            continue
        if item.length_m is None:
            outcome.unplaced.append((item.id, item.title))
        else:
            outcome.placed += 1
    return outcome


def _is_total(cells: Mapping[str, str]) -> bool:
    """Whether a row is a total: its first text says so, and it has no ends of a street."""
    if cells.get("from_place", "").strip() or cells.get("to_place", "").strip():
        return False
    first = next((text for text in cells.values() if text.strip()), "")
    try:
        return _TOTAL.match(fold(first)) is not None
    except TextRefused:
        return False


def _money_scale(heading: str) -> int:
    """Đồng in one unit of a column by its heading, such as "Kinh phí (triệu đồng)"."""
    try:
        words = fold(heading)
    except TextRefused:
        return 1
    return next((factor for word, factor in _MONEY if re.search(rf"\b{word}\b", words)), 1)


class _StreetReader:
    """Reads rows one after the other: what a section says holds for the rows below it."""

    def __init__(self, ctx: Ctx, command: ImportStreets, money: int, unknown: Counter[tuple[str, str]]) -> None:
        self.ctx = ctx
        self.command = command
        self.money = money
        self.unknown = unknown
        self.section: int | None = None
        self.units = allowed_units(ctx)
        self.communes: dict[str, int | None] = {}
        self.lines: dict[int, list[NamedLine]] = {}

    def takes_as_section(self, cells: Mapping[str, str]) -> bool:
        """Whether a row has no more than the name of a commune; the rows below it lie there.

        Invalid for a commune that there is not: the rows below it do not lie in the commune before.
        """
        filled = {name: text for name, text in cells.items() if text.strip()}
        if not filled or not filled.keys() <= {NUMBER, COMMUNE, "street_name"}:
            return False
        text = filled.get(COMMUNE) or filled.get("street_name") or filled[NUMBER]
        name = _ORDINAL.sub("", text).strip()
        unit = self.commune(name)
        if unit is None and split_short_name(name)[0] not in _COMMUNE_KINDS:
            return False
        self.section = unit
        if unit is None:
            self.unknown[COMMUNE, name] += 1
            raise _no_commune(name)
        return True

    def commune(self, name: str) -> int | None:
        """The commune in force of a name, where exactly one has it."""
        key = name.strip()
        meant = self.command.meanings.get(COMMUNE, {}).get(key, "")
        if key and meant.isdigit():
            return int(meant)
        if key and key not in self.communes:
            units = find_units(self.ctx.session, key, UnitLevel.COMMUNE, self.ctx.today)
            self.communes[key] = units[0].id if len(units) == 1 else None
        return self.communes.get(key)

    def preview(
        self, number: int, proposal: ProposeItem, metres: float | None
    ) -> tuple[int, str, str, str, float | None]:
        """A row as the preview shows it."""
        commune = get_unit(self.ctx.session, proposal.commune_id or 0)
        kind = proposal.values["work_kind"]
        return number, commune.name if commune else "", title_of(proposal.values), str(kind.label), metres

    def read(self, cells: Mapping[str, str]) -> tuple[ProposeItem, float | None]:
        """The proposal of a row, and the metres of its line if it is placed; Invalid for what cannot be read."""
        named = cells.get(COMMUNE, "").strip()
        unit = self.commune(named) if named else self.section
        if unit is None:
            if named:
                self.unknown[COMMUNE, named] += 1
                raise _no_commune(named)
            raise Invalid({COMMUNE: _("Chưa biết xã, phường; cần cột xã, phường hoặc dòng tên xã.")})
        if unit not in self.units:
            raise Invalid({COMMUNE: _("Xã, phường này không thuộc địa bàn được giao.")})
        values = self.values(cells)
        if unit not in self.lines:
            self.lines[unit] = lines_of_commune(self.ctx.session, unit)
        stretch = find_stretch(
            self.ctx.session, self.lines[unit], values["street_name"], values["from_place"], values["to_place"]
        )
        line = None
        if stretch is not None:
            points = json.loads(stretch.geojson)["coordinates"]
            line = GivenPosition(stretch.geojson, "\n".join(f"{lat}, {lon}" for lon, lat in points), WGS84, "")
        problems = value_problems(values, (), HOSTS)
        if problems:
            raise Invalid(problems)
        return ProposeItem(self.command.list_id, values, (), line, unit), stretch.length_m if stretch else None

    def values(self, cells: Mapping[str, str]) -> dict[str, Any]:
        """The declared fields of a row; Invalid names each value that cannot be read."""
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for name, declared in ITEM_FIELDS.items():
            text = cells.get(name, "").strip() or self.command.defaults.get(name, "")
            try:
                values[name] = self.value(declared, text)
            except ValueRefused as refused:
                problems[name] = f"{declared.label}: {refused}"
                if text and is_meant(declared):
                    self.unknown[name, text] += 1
        if problems:
            raise Invalid(problems)
        return values

    def value(self, declared: Field, text: str) -> Any:
        if declared.name == "cost_vnd" and text and self.money != 1:
            amount = parse_value(Field("cost_vnd", declared.label, python_type=Decimal), text)
            return parse_value(declared, str(round(amount * self.money)))
        stated = self.command.meanings.get(declared.name, {}).get(text)
        if stated is not None:
            return parse_value(declared, "" if stated == NO_VALUE else stated)
        if declared.choices is not None and text:
            member = _meant(declared.name, text)
            if member is not None:
                return member
        return parse_value(declared, text)


def _no_commune(name: str) -> Invalid:
    sentence = _("Không có xã, phường “%(name)s”; cần tên một xã, phường hiện nay.", name=shown(name)[:_SHOWN])
    return Invalid({COMMUNE: sentence})


def is_meant(declared: Field) -> bool:
    """Whether a person may say which value a text in a column of the field means."""
    return declared.choices is not None or declared.python_type is bool


def _meant(name: str, text: str) -> Choice | None:
    try:
        words = fold(text)
    except TextRefused:
        return None
    return next((member for word, member in _WORDS.get(name, ()) if re.search(rf"\b{word}\b", words)), None)


def template(ctx: Ctx) -> bytes:
    """A workbook to fill in: the columns that files of the list have as well."""
    require(ctx, P.ROUTELIST_PROPOSE)
    target = io.BytesIO()
    with open_book(target) as book:
        sheet = book.sheet(_("Tuyến đường"), head=0, columns=len(COLUMNS))
        for at, (label, _more) in enumerate(COLUMNS.values()):
            book.text(sheet, 0, at, str(label), HEAD)
            sheet.set_column(at, at, _WIDTH)
        sheet.freeze_panes(1, 0)
    return target.getvalue()
