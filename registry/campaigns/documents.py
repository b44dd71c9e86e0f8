"""The consolidated report as papers: one content for the page, the PDF, the DOCX and the workbook.

In the form of Decree 30/2020 on records, addressed as R30 says. In Vietnamese, whatever the reader's language.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final

from registry.accounts.letterhead import draft_number, head_of, letterhead
from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.campaigns.codes import CAMPAIGN, RemarkKind, ReportState
from registry.campaigns.models import Consolidation, ReportCampaign
from registry.campaigns.rules import shown_number
from registry.capacity.models import Technology
from registry.documents.issued import freeze_paper, issued_paper, official_paper
from registry.documents.official import OfficialPaper, bare_name, fill_docx, undated
from registry.indicators.models import IndicatorUnit, TaskState
from registry.kernel.exports.workbook import HEAD, TEXT, Style, open_book
from registry.kernel.i18n import format_date, format_datetime
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Hosting
from registry.territory.queries import get_province

_TEMPLATE: Final = Path(__file__).with_name("consolidated.docx")
#: The columns of the table of units by what is installed on a kind: each the sum of some kinds.
_COLUMNS: Final[Mapping[Hosting | None, str]] = {
    Hosting.ANTENNAS: "Cột ăng ten",
    Hosting.HUNG_CABLES: "Cột treo cáp",
    Hosting.PULLED_CABLES: "Cống, bể cáp",
    Hosting.LAID_CABLES: "Hào, tuy nen",
    Hosting.ROOM: "Nhà trạm",
    None: "Tuyến cáp",
}
UNIT_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    label: tuple(code for code, kind in KINDS.items() if kind.hosting is hosting) for hosting, label in _COLUMNS.items()
}
#: Of the width of the text: a letter of a table, and the margins of a cell. More letters than `_LONG` widen no column.
_LETTER_PCT: Final = 1.3
_MARGIN_PCT: Final = 2
_LONG: Final = 40
#: Numbers of the workbook, with the separators of the program that opens it.
_WHOLE: Final = Style(valign="top", align="right", indent=1, num_format="#,##0")
_BROKEN: Final = Style(valign="top", align="right", indent=1, num_format="#,##0.00")
#: Letters across a sheet of A4 and of its narrowest column.
_SHEET_LETTERS, _LEAST_LETTERS = 150, 9
#: R30: the plan's "Nơi nhận".
RECIPIENTS: Final = (
    "UBND tỉnh (để báo cáo)",
    "Bộ Khoa học và Công nghệ (Cục Viễn thông) (để báo cáo)",
    "Thường trực Tỉnh ủy, Thường trực HĐND tỉnh (để báo cáo)",
    "Các doanh nghiệp viễn thông",
    "Lưu: VT",
)


@dataclass(frozen=True)
class ReportCell:
    """One value of a table; `query` are the arguments of the list that shows exactly what was counted."""

    text: str
    number: Decimal | None = None
    query: Mapping[str, Any] | None = None


def _letters(word: str) -> float:
    """The room of a word in letters: a sign of a bar is as wide as two."""
    bar = sum(word.count(sign) for sign in (_FULL, _EMPTY))
    return len(word) + 1.1 * bar


@dataclass(frozen=True)
class ReportTable:
    """One table: a title, what it says about itself, headings, rows; the first column names the row."""

    code: str
    title: str
    note: str
    heads: list[str]
    rows: list[list[ReportCell]]

    @property
    def widths(self) -> list[int]:
        """Widths of the columns in percent: room for the longest word of each, the rest by the length of its texts."""
        columns = [[head, *(row[index].text for row in self.rows)] for index, head in enumerate(self.heads)]
        words = [max(_letters(word) for text in column for word in text.split() or [""]) for column in columns]
        texts = [max(map(_letters, column)) for column in columns]
        least = [_MARGIN_PCT + word * _LETTER_PCT for word in words]
        wanted = [min(text, _LONG) - min(word, _LONG) + 1 for text, word in zip(texts, words, strict=True)]
        spare = max(0.0, 100 - sum(least))
        widths = [each + spare * want / sum(wanted) for each, want in zip(least, wanted, strict=True)]
        edges = [round(100 * edge / sum(widths)) for edge in accumulate(widths, initial=0)]
        return [end - start for start, end in pairwise(edges)]


@dataclass(frozen=True)
class Paper(OfficialPaper):
    """The consolidated report: an official paper with several tables, and a line with its digest at the end."""

    tables: Sequence[ReportTable] = ()
    footer: str = ""


#: Code of the heading and foot of a version among the issued papers.
_HEADING: Final = "consolidation_{place}"


def freeze_heading(ctx: Ctx, campaign: ReportCampaign, consolidation: Consolidation) -> None:
    """Store the letterhead, titles and signature of a version; its figures are frozen with it."""
    paper = _HEADING.format(place=consolidation.place)
    freeze_paper(ctx, CAMPAIGN, campaign.id, paper, replace(_whole_paper(ctx, campaign, consolidation), tables=()))


def make_paper(ctx: Ctx, campaign: ReportCampaign, consolidation: Consolidation) -> Paper:
    """The papers of a frozen version: every figure is of its content, nothing is counted again."""
    paper = _whole_paper(ctx, campaign, consolidation)
    issued = issued_paper(ctx, CAMPAIGN, campaign.id, _HEADING.format(place=consolidation.place))
    if issued is None:
        return paper
    heading = official_paper(issued.content)
    stored = {field.name: getattr(heading, field.name) for field in fields(OfficialPaper)}
    return replace(paper, **stored, footer=issued.content["footer"])


def _whole_paper(ctx: Ctx, campaign: ReportCampaign, report: Consolidation) -> Paper:
    content = report.content
    agency = ctx.session.get_one(Organisation, campaign.organisation_id)
    parent, lines = letterhead(ctx, agency)
    province = get_province(ctx.session)
    return Paper(
        parent=parent,
        agency=lines,
        number=draft_number("BC", agency),
        place_and_day=undated(bare_name(province.name) if province else ""),
        title="BÁO CÁO TỔNG HỢP",
        subject=f"{campaign.title} (kỳ từ {format_date(campaign.period_from)} đến {format_date(campaign.period_to)})",
        parts=[("", text) for text in _paragraphs(content, report)],
        recipients=RECIPIENTS,
        right=(head_of(agency), ""),
        tables=[
            _indicator_table(content["indicators"]),
            _progress_table(content["indicators"]),
            _task_table(content.get("tasks", ())),
            _report_table(content["reports"]),
            _item_table(content["items"]),
            _figure_table(content["reports"]),
            _difference_table(content["reports"]),
            _technology_table(content["register"]["technologies"]),
            _unit_table(content["register"], report, by_district=False),
            _unit_table(content["register"], report, by_district=True),
            *(_remark_table(content["remarks"], kind) for kind in RemarkKind),
        ],
        footer=(
            f"Đợt báo cáo {campaign.number}, bản tổng hợp {report.place}; số liệu trong cơ sở dữ liệu có hiệu lực"
            f" đến hết ngày {format_date(report.valid_on)}, theo dữ liệu đã ghi nhận"
            f" đến {format_datetime(report.known_at)}. Mã kiểm SHA-256: {report.digest}."
        ),
    )


def write_docx(paper: Paper) -> bytes:
    """The paper as a DOCX file to be edited."""
    return fill_docx(_TEMPLATE, paper, [table.widths for table in paper.tables if table.rows])


def write_xlsx(paper: Paper, made_at: datetime) -> bytes:
    """The tables as a workbook, a sheet each; no text is read as a formula or a link. `made_at`: of the version."""
    target = io.BytesIO()
    with open_book(target, paper.subject, made_at) as book:
        for index, table in enumerate(paper.tables, 1):
            sheet = book.sheet(f"{index}. {table.title}", head=3, columns=len(table.heads))
            book.text(sheet, 0, 0, table.title)
            book.text(sheet, 1, 0, table.note or paper.footer)
            for column, percent in enumerate(table.widths if table.rows else ()):
                sheet.set_column(column, column, max(_LEAST_LETTERS, round(percent * _SHEET_LETTERS / 100)))
            for column, head in enumerate(table.heads):
                book.text(sheet, 3, column, head, HEAD)
            sheet.freeze_panes(4, 1)
            for row, cells in enumerate(table.rows, 4):
                for column, cell in enumerate(cells):
                    if cell.number is not None:
                        is_whole = cell.number == int(cell.number)
                        book.number(sheet, row, column, cell.number, _WHOLE if is_whole else _BROKEN)
                    else:
                        book.text(sheet, row, column, cell.text, TEXT)
    return target.getvalue()


def _paragraphs(content: Mapping[str, Any], report: Consolidation) -> list[str]:
    rates, sharing = content["rates"], content["register"]["sharing"]
    missing = [row for row in content["reports"] if row["state"] == ReportState.MISSING.value]
    late = [row["organisation"] for row in content["reports"] if row["is_late"]]
    paragraphs = [
        f"Số đơn vị phải báo cáo: {rates['expected']}; đã có báo cáo được chấp nhận: {rates['received']}"
        f" ({_percent(rates['reporting_pct'])}); gửi đúng hạn: {rates['on_time']} ({_percent(rates['on_time_pct'])}).",
    ]
    if late:
        paragraphs.append(f"Gửi muộn: {', '.join(late)}.")
    paragraphs += [
        f"Không có báo cáo: {row['organisation']}; lý do: {row['missing_reason'].rstrip('. ')}." for row in missing
    ]
    paragraphs.append(
        f"Tỷ lệ dùng chung vị trí trạm BTS tại ngày {format_date(report.valid_on)}: {_percent(sharing['position_pct'])}"
        f" (cách a: {_count(sharing['shared_positions'])} vị trí dùng chung trên {_count(sharing['positions'])}"
        f" vị trí);"
        f" {_percent(sharing['station_pct'])} (cách b: {_count(sharing['shared_stations'])} trạm đặt chung trên"
        f" {_count(sharing['stations'])} trạm). Chỉ tiêu của kế hoạch được so với cách a."
    )
    return paragraphs


def _count(number: int) -> str:
    return shown_number(Decimal(number))


def _percent(text: str | None) -> str:
    return "chưa tính được" if text is None else f"{shown_number(Decimal(text))}%"


def _text(value: str | None) -> ReportCell:
    return ReportCell(value or "")


def _amount(value: str | int | None, query: Mapping[str, Any] | None = None) -> ReportCell:
    if value is None:
        return ReportCell("–")
    number = round(Decimal(value), 2)
    return ReportCell(shown_number(number), number, query)


def _answer(figure: Mapping[str, Any]) -> ReportCell:
    """What was answered to an item: a figure, or a text."""
    return _text(figure["content"]) if "content" in figure else _amount(figure["value"])


def _indicator_table(rows: Sequence[Mapping[str, Any]]) -> ReportTable:
    units = {unit.value: str(unit.label) for unit in IndicatorUnit}
    return ReportTable(
        "indicators",
        "Chỉ tiêu của các kế hoạch",
        "Giá trị mới nhất tính đến ngày chốt số liệu, và của một năm trước; để trống khi chưa có số liệu hoặc kế hoạch"
        " không nêu mức.",
        ["Chỉ tiêu", "Đơn vị tính", "Kết quả", "Tại ngày", "Năm trước", "Mục tiêu", "Chênh lệch", "Đạt", "Theo"],
        [
            [
                _text(row["name"]),
                _text(units[row["unit"]]),
                _amount(row["value"]),
                _text(format_date(date.fromisoformat(row["on"])) if row["on"] else ""),
                _amount(row.get("former")),
                _amount(row["target"]),
                _amount(_deviation(row)),
                _text(_REACHED[row.get("reached")]),
                _text(f"đến hết năm {row['year']}; {row['plan']}" if row["year"] else ""),
            ]
            for row in rows
        ],
    )


#: What is said of an indicator with value and target; nothing of one without.
_REACHED: Final[Mapping[bool | None, str]] = {True: "Đạt", False: "Chưa đạt", None: ""}
#: Signs of a whole bar, which stands for the target.
_BAR: Final = 12
_FULL, _EMPTY = "█", "░"


def _deviation(row: Mapping[str, Any]) -> str | None:
    """The result less the target."""
    if row["value"] is None or row["target"] is None:
        return None
    return str(round(Decimal(row["value"]) - Decimal(row["target"]), 2))


def _progress_table(rows: Sequence[Mapping[str, Any]]) -> ReportTable:
    """A bar for each indicator that has a result and a target: the same in every format of the paper."""
    lines = []
    for row in rows:
        if row["value"] is None or not row["target"] or not Decimal(row["target"]):
            continue
        share = Decimal(row["value"]) / Decimal(row["target"])
        filled = max(0, min(_BAR, int(share * _BAR)))
        bar = _FULL * filled + _EMPTY * (_BAR - filled)
        lines.append([_text(row["name"]), _text(bar), _text(f"{shown_number(round(share * 100, 1))}%")])
    return ReportTable(
        "progress",
        "Biểu đồ kết quả so với mục tiêu",
        "Cả thanh là mục tiêu; kết quả vượt mục tiêu lấp đầy thanh.",
        ["Chỉ tiêu", "Biểu đồ", "So với mục tiêu"],
        lines,
    )


def _task_table(rows: Sequence[Mapping[str, Any]]) -> ReportTable:
    """The tasks of the plans; reports that were frozen before there were any have none."""
    return ReportTable(
        "tasks",
        "Nhiệm vụ của kế hoạch",
        "Kết quả do cơ quan thực hiện khai, tính đến ngày ghi ở từng dòng.",
        ["Mục", "Cơ quan thực hiện", "Nhiệm vụ", "Phải xong", "Tình trạng", "Kết quả"],
        [
            [
                _text(row["item"]),
                _text(row["responsible"]),
                _text(row["duty"]),
                _text(_day(row["planned_on"])),
                _text(str(TaskState(row["state"]).label) + (" (quá hạn)" if row["is_late"] else "")),
                _text(f"{row['result']} ({_day(row['result_on'])})" if row["result"] else ""),
            ]
            for row in rows
        ],
    )


def _day(text: str | None) -> str:
    return format_date(date.fromisoformat(text)) if text else ""


def _report_table(rows: Sequence[Mapping[str, Any]]) -> ReportTable:
    return ReportTable(
        "reports",
        "Tình hình báo cáo",
        "",
        ["Đơn vị", "Số báo cáo", "Trạng thái", "Gửi lần đầu", "Đúng hạn", "Lần gửi được chấp nhận"],
        [
            [
                _text(row["organisation"]),
                _text(row["number"]),
                _text(str(ReportState(row["state"]).label)),
                _text(format_date(date.fromisoformat(row["sent_on"])) if row["sent_on"] else ""),
                _text(("Muộn" if row["is_late"] else "Đúng hạn") if row["sent_on"] else ""),
                _text(str(row["submission"]) if row["submission"] else ""),
            ]
            for row in rows
        ],
    )


def _item_table(rows: Sequence[Mapping[str, Any]]) -> ReportTable:
    return ReportTable(
        "items",
        "Tổng hợp các mục",
        "Tổng của các báo cáo được chấp nhận.",
        ["Nội dung", "Đơn vị tính", "Tổng", "Số báo cáo"],
        [[_text(row["label"]), _text(row["unit"]), _amount(row["total"]), _amount(row["reports"])] for row in rows],
    )


def _figure_table(reports: Sequence[Mapping[str, Any]]) -> ReportTable:
    return ReportTable(
        "figures",
        "Số liệu theo doanh nghiệp",
        "",
        ["Đơn vị", "Nội dung", "Đơn vị tính", "Báo cáo", "Cơ sở dữ liệu"],
        [
            [
                _text(report["organisation"]),
                _text(figure["label"]),
                _text(figure["unit"]),
                _answer(figure),
                _amount(
                    figure["register"],
                    {"owner": report["organisation_id"], "measure": figure["measure"]} if figure["measure"] else None,
                ),
            ]
            for report in reports
            for figure in report["figures"]
        ],
    )


def _difference_table(reports: Sequence[Mapping[str, Any]]) -> ReportTable:
    return ReportTable(
        "differences",
        "Chênh lệch giữa báo cáo và cơ sở dữ liệu",
        "Mỗi chênh lệch do doanh nghiệp giải thích khi gửi báo cáo.",
        ["Đơn vị", "Nội dung", "Báo cáo", "Cơ sở dữ liệu", "Giải thích"],
        [
            [
                _text(report["organisation"]),
                _text(figure["label"]),
                _amount(figure["value"]),
                _amount(figure["register"]),
                _text(figure["reason"]),
            ]
            for report in reports
            for figure in report["figures"]
            if figure["register"] is not None and figure["value"] != figure["register"]
        ],
    )


def _technology_table(rows: Sequence[Mapping[str, Any]]) -> ReportTable:
    return ReportTable(
        "technologies",
        "Trạm theo công nghệ",
        "Số cột có trạm đang dùng công nghệ đó; ngày dừng là ngày cuối của trạm sau cùng, theo cơ sở dữ liệu.",
        ["Doanh nghiệp", "Công nghệ", "Cột đang dùng", "Đã dừng từ ngày"],
        [
            [
                _text(row["user"]),
                _text(str(Technology(row["technology"]).label)),
                _amount(row["in_use"]),
                _text(format_date(date.fromisoformat(row["stopped_on"])) if row["stopped_on"] else ""),
            ]
            for row in rows
        ],
    )


def _unit_table(register: Mapping[str, Any], consolidation: Consolidation, *, by_district: bool) -> ReportTable:
    groups: dict[str, tuple[dict[str, int], int | None]] = {}
    for unit in register["units"]:
        name = (unit["district"] or "Chưa xác định") if by_district else unit["name"]
        key = name if by_district else f"{unit['name']} {unit['id']}"
        sums, _unit_id = groups.get(key, ({}, None))
        groups[key] = (_added(sums, unit["kinds"]), None if by_district else unit["id"])
    labels = {f"{unit['name']} {unit['id']}": unit["name"] for unit in register["units"]}
    rows = [_unit_row(labels.get(key, key), sums, unit_id) for key, (sums, unit_id) in sorted(groups.items())]
    everything: dict[str, int] = {}
    for sums, _unit_id in groups.values():
        everything = _added(everything, sums)
    if register["unplaced"]:
        rows.append(_unit_row("Chưa xác định địa bàn", register["unplaced"], None))
        everything = _added(everything, register["unplaced"])
    rows.append(_unit_row("Toàn tỉnh", everything, None, whole=True))
    day = format_date(consolidation.valid_on)
    note = (
        f"Công trình đang sử dụng tại ngày {day}, theo huyện cũ (đến 30/06/2025) chứa phần giữa của xã, phường."
        if by_district
        else f"Công trình đang sử dụng tại ngày {day}, theo xã, phường của ngày đó."
    )
    title = "Công trình theo huyện, thị xã, thành phố cũ" if by_district else "Công trình theo xã, phường"
    return ReportTable(
        "districts" if by_district else "units", title, note, ["Địa bàn", *UNIT_COLUMNS, "Tổng số"], rows
    )


def _added(left: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {kind: left.get(kind, 0) + other.get(kind, 0) for kind in KINDS}


def _unit_row(name: str, kinds: Mapping[str, int], unit_id: int | None, *, whole: bool = False) -> list[ReportCell]:
    unit_filter: dict[str, Any] | None = {"unit": unit_id} if unit_id is not None else {} if whole else None

    def counted(codes: tuple[str, ...]) -> ReportCell:
        query = None if unit_filter is None else {**unit_filter, "kind": codes}
        return _amount(sum(kinds.get(code, 0) for code in codes), query)

    total = _amount(sum(kinds.values()), unit_filter)
    return [_text(name), *(counted(codes) for codes in UNIT_COLUMNS.values()), total]


def _remark_table(rows: Sequence[Mapping[str, Any]], kind: RemarkKind) -> ReportTable:
    return ReportTable(
        kind.value,
        str(kind.label),
        "",
        ["Đơn vị", "Nội dung", "Cơ quan giải quyết", "Hạn trả lời", "Kết quả"],
        [
            [
                _text(row["organisation"]),
                _text(row["text"]),
                _text(row["agency"]),
                _text(format_date(date.fromisoformat(row["due_on"])) if row["due_on"] else ""),
                _text(row["outcome"]),
            ]
            for row in rows
            if row["kind"] == kind.value
        ],
    )
