"""The papers of a list besides its print: list, differences, announcement and draft decision, in Vietnamese.

They show what the reader may see: of one area its streets alone.
"""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from registry.accounts.letterhead import draft_number, head_of, letterhead
from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.documents.official import BLANK, OfficialPaper, PaperTable, bare_name, undated, written_day
from registry.kernel.dated_settings import PartShape, SettingDeclaration, SettingPart, setting_row
from registry.kernel.exports.workbook import HEAD, TEXT, Style, open_book
from registry.kernel.fields import Field
from registry.kernel.i18n import _l, format_date, format_number
from registry.kernel.text import natural_key
from registry.routelists.content import agreed_in
from registry.routelists.models import ListState, RouteEditionItem, RouteItem, RouteList, RouteListEdition
from registry.routelists.papers import ListPaper, served_list
from registry.routelists.queries import editions_of, is_extract, list_differences, previous_list
from registry.territory.models import AdminUnit
from registry.territory.queries import get_province

_METRES_A_KM: Final = 1000
_LIST_WIDTHS: Final = (6, 22, 22, 24, 11, 15)
_DIFFERENCE_WIDTHS: Final = (6, 24, 34, 12, 12, 12)
_LIST_HEADS: Final = ("TT", "Xã, phường", "Tuyến đường", "Từ – đến", "Dài (m)", "Loại công việc")
_COMMUNE_HEADS: Final = ("TT", "Xã, phường", "Số tuyến", "Chiều dài (m)")
_COMMUNE_WIDTHS: Final = (8, 52, 18, 22)
_DIFFERENCE_HEADS: Final = ("TT", "Xã, phường", "Tuyến đường", "Trước (m)", "Nay (m)", "Thay đổi")
#: Setting: the grounds of the decision that issues a list, in its order.
GROUNDS: Final = "routelist.decision_grounds"
SETTING: Final = SettingDeclaration(
    GROUNDS,
    _l("Căn cứ của quyết định ban hành danh mục tuyến đường"),
    _l("Danh mục tuyến"),
    (
        SettingPart(
            Field(
                "rows",
                _l("Các căn cứ"),
                multiline=True,
                max_length=5000,
                required=True,
                hint=_l("Mỗi dòng một văn bản, không ghi chữ “Căn cứ” và không có dấu chấm phẩy."),
            ),
            ("rows",),
            PartShape.ROWS,
            (Field("text", _l("Văn bản"), max_length=500, required=True),),
        ),
    ),
)
_COLUMN_WIDTH: Final = 24
_NUMBER: Final = Style(valign="top", align="right", indent=1, num_format="#,##0")
_EXTRACT: Final = "Trích các tuyến trong địa bàn của người lập bản in"


def list_paper(ctx: Ctx, route_list: RouteList, edition: int | None, *, is_draft_wanted: bool) -> OfficialPaper:
    """The list with its table; NotFound for an edition that was not issued."""
    served = served_list(ctx, route_list, edition, is_draft_wanted=is_draft_wanted)
    return with_extract(
        ctx, replace(served.paper, table=list_table(served), closing=[("Tổng cộng", list_total(served))])
    )


def difference_paper(ctx: Ctx, route_list: RouteList) -> OfficialPaper:
    """What the list changes: against its edition before, else against the list of the year before."""
    editions = [each for each in editions_of(ctx, route_list.id) if each.edition < route_list.edition]
    if editions:
        against = f"bản ban hành lần {editions[0].edition} theo {_decision(editions[0])}"
        rows = _edition_changes(ctx, route_list, editions[0])
    else:
        before = previous_list(ctx, route_list)
        against = f"danh mục năm {before.year}" if before else "danh mục trước: chưa có"
        differences = list_differences(ctx, route_list, before) if before else []
        rows = [(each.commune, each.street, each.before_m, each.now_m) for each in differences]
    table = [
        (str(number), commune, street, _metres(earlier), _metres(now), _change(earlier, now))
        for number, (commune, street, earlier, now) in enumerate(rows, 1)
    ]
    return with_extract(
        ctx,
        replace(
            _frame(ctx, route_list, "BC"),
            title="SO SÁNH DANH MỤC TUYẾN ĐƯỜNG",
            subject=f"Danh mục năm {route_list.year}, phiên bản {route_list.edition}",
            parts=[("So với", f"{against}."), ("Số thay đổi", f"{len(rows)} tuyến.")],
            table=PaperTable(_DIFFERENCE_HEADS, table, _DIFFERENCE_WIDTHS, (3, 4)) if table else None,
        ),
    )


def announcement_paper(ctx: Ctx, route_list: RouteList) -> OfficialPaper:
    """The announcement of the list to those who build, pay and carry it out."""
    served = served_list(ctx, route_list)
    decided = (
        f"Quyết định số {route_list.decision_number} ngày {format_date(route_list.decided_on)}"
        if route_list.decision_number
        else f"Quyết định số {BLANK} ngày {BLANK}"
    )
    agency = ctx.session.get_one(Organisation, route_list.organisation_id)
    return with_extract(
        ctx,
        replace(
            _frame(ctx, route_list, "TB"),
            title="THÔNG BÁO",
            subject=f"Danh mục tuyến đường cần xây dựng, sửa chữa, nâng cấp công trình hạ tầng viễn thông sử dụng chung"
            f" năm {route_list.year}",
            parts=[
                ("", f"{agency.name} thông báo danh mục tuyến đường năm {route_list.year} ban hành theo {decided}."),
                ("Tổng số", list_total(served)),
                *([("Theo xã, phường", "như bảng dưới đây.")] if served.communes else []),
            ],
            table=_commune_table(served),
            closing=[
                (
                    "Đề nghị",
                    "các doanh nghiệp viễn thông, đơn vị điện lực, chủ đầu tư công trình giao thông và UBND các xã,"
                    " phường có tuyến phối hợp thực hiện theo danh mục; thống nhất phương án đầu tư và sử dụng chung"
                    " trước khi khởi công.",
                ),
            ],
            recipients=(
                "UBND tỉnh",
                "Sở Khoa học và Công nghệ; Sở Tài chính; Sở Công Thương",
                "UBND các xã, phường có tuyến",
                "Các doanh nghiệp viễn thông, đơn vị điện lực",
                "Lưu: VT",
            ),
            remark="" if served.is_issued else "Dự thảo, danh mục chưa ban hành",
        ),
    )


def decision_paper(ctx: Ctx, route_list: RouteList) -> OfficialPaper:
    """The decision by which the department issues the list: its draft, or what was issued with number and day.

    Its grounds are those of the dated setting.
    """
    served = served_list(ctx, route_list, is_draft_wanted=True)
    replaced = next((each for each in editions_of(ctx, route_list.id) if each.edition < route_list.edition), None)
    agency = ctx.session.get_one(Organisation, route_list.organisation_id)
    rule = setting_row(ctx.session, GROUNDS, ctx.today)
    articles = [
        (
            "Điều 1.",
            f"Ban hành kèm theo Quyết định này Danh mục tuyến đường trong đô thị cần xây dựng, sửa chữa, nâng cấp công"
            f" trình hạ tầng viễn thông sử dụng chung năm {route_list.year}, gồm {list_total(served)}",
        ),
        (
            "Điều 2.",
            "Quyết định này có hiệu lực kể từ ngày ký"
            + (f" và thay thế {_decision(replaced)}." if replaced is not None else "."),
        ),
        (
            "Điều 3.",
            "Thủ trưởng các đơn vị thuộc Sở, Chủ tịch UBND các xã, phường có tuyến, các doanh nghiệp viễn thông và tổ"
            " chức, cá nhân có liên quan chịu trách nhiệm thi hành Quyết định này.",
        ),
    ]
    frame = _frame(ctx, route_list, "QĐ")
    remark = "Dự thảo; căn cứ cần kiểm chứng trước khi ký" if rule.needs_verification else "Dự thảo"
    if route_list.state is ListState.ISSUED and route_list.decided_on is not None:
        locality = frame.place_and_day.partition(",")[0]
        day = f"{locality}, {written_day(route_list.decided_on)}"
        frame = replace(frame, number=route_list.decision_number or frame.number, place_and_day=day)
        remark = "Bản trình bày lại; bản có giá trị là quyết định đã ký"
    return replace(
        frame,
        title="QUYẾT ĐỊNH",
        subject=f"Về việc ban hành Danh mục tuyến đường cần xây dựng, sửa chữa, nâng cấp công trình hạ tầng viễn thông"
        f" sử dụng chung năm {route_list.year}",
        issuer=" ".join((head_of(agency), *frame.agency)),
        grounds=(
            *(f"Căn cứ {row['text']};" for row in rule.value["rows"]),
            f"Căn cứ {BLANK};",
            f"Căn cứ đề xuất của các đơn vị và kết quả thẩm tra (hồ sơ {route_list.number}).",
        ),
        order="QUYẾT ĐỊNH:",
        parts=articles,
        recipients=("Như Điều 3", "UBND tỉnh", "Sở Khoa học và Công nghệ; Sở Tài chính", "Lưu: VT"),
        remark=remark,
    )


def write_xlsx(paper: OfficialPaper) -> bytes:
    """Title, table and total of a paper as a workbook; its numbers are numbers."""
    target = io.BytesIO()
    table = paper.table or PaperTable(("",), (), (100,))
    with open_book(target, paper.title) as book:
        sheet = book.sheet(paper.title.capitalize(), head=3, columns=len(table.heads))
        facts = " ".join(f"{head}: {text}" if head else text for head, text in paper.parts)
        for row, text in enumerate((paper.title, paper.subject, " ".join(filter(None, (paper.remark, facts))))):
            book.text(sheet, row, 0, text)
        for column, head in enumerate(table.heads):
            book.text(sheet, 3, column, head, HEAD)
            sheet.set_column(column, column, max(_COLUMN_WIDTH * table.widths[column] // 20, 6))
        for row, cells in enumerate(table.rows, 4):
            for column, text in enumerate(cells):
                number = _number_in(text) if column in table.numeric else None
                if number is None:
                    book.text(sheet, row, column, text, TEXT)
                else:
                    book.number(sheet, row, column, number, _NUMBER)
        for row, (head, text) in enumerate(paper.closing, 4 + len(table.rows)):
            book.text(sheet, row, 0, f"{head}: {text}" if head else text)
    return target.getvalue()


def _number_in(text: str) -> Decimal | None:
    """The number that a cell of a paper shows; None for a dash."""
    digits = text.replace(".", "").replace(",", ".")
    return Decimal(digits) if digits and digits.strip("-0123456789.") == "" and digits != "-" else None


def _frame(ctx: Ctx, route_list: RouteList, kind: str) -> OfficialPaper:
    """Head and foot of a paper of the department without number and day, which are written when it is signed."""
    agency, province = ctx.session.get_one(Organisation, route_list.organisation_id), get_province(ctx.session)
    parent, lines = letterhead(ctx, agency)
    locality = bare_name(province.name) if province else BLANK
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number=draft_number(kind, agency),
        place_and_day=undated(locality),
        title="",
        subject="",
        parts=(),
        recipients=("UBND các xã, phường có tuyến", "Lưu: VT"),
        right=(head_of(agency), ""),
    )


def with_extract(ctx: Ctx, paper: OfficialPaper) -> OfficialPaper:
    """The paper with the remark that a reader of one area gets its streets alone."""
    return replace(paper, remark="; ".join(filter(None, (paper.remark, _EXTRACT)))) if is_extract(ctx) else paper


def list_table(served: ListPaper) -> PaperTable | None:
    """The streets, numbered; None without any."""
    rows = [
        (
            str(number),
            row.commune,
            row.RouteItem.street_name,
            f"{row.RouteItem.from_place} – {row.RouteItem.to_place}",
            _metres(row.RouteItem.length_m),
            str(row.RouteItem.work_kind.label),
        )
        for number, row in enumerate(served.rows, 1)
    ]
    return PaperTable(_LIST_HEADS, rows, _LIST_WIDTHS, (4,)) if rows else None


def _commune_table(served: ListPaper) -> PaperTable | None:
    """Streets and whole metres by commune, which add up to the last row; None without any."""
    lines = served.communes
    rows = [
        (str(number), line["commune"], format_number(line["items"]), _metres(line["length_m"]))
        for number, line in enumerate(lines, 1)
    ]
    whole = ("", "Cộng", format_number(len(served.rows)), _metres(served.total_m))
    return PaperTable(_COMMUNE_HEADS, [*rows, whole], _COMMUNE_WIDTHS, (2, 3)) if rows else None


def list_total(served: ListPaper) -> str:
    """Streets and kilometres as a sentence."""
    return f"{len(served.rows)} tuyến, {format_number(served.total_m / _METRES_A_KM, 2)} km."


def _metres(value: Decimal | None) -> str:
    return "–" if value is None else format_number(value, 0)


def _change(before: Decimal | None, now: Decimal | None) -> str:
    if before is None:
        return "Thêm mới"
    return "Đưa ra" if now is None else "Sửa đổi"


def _decision(edition: RouteListEdition) -> str:
    return f"Quyết định số {edition.decision_number} ngày {format_date(edition.decided_on)}"


_Change = tuple[str, str, Decimal | None, Decimal | None]


def _edition_changes(ctx: Ctx, route_list: RouteList, before: RouteListEdition) -> list[_Change]:
    """Commune, street, metres before and now of each street that an edition adds, removes or changes."""
    compared = ("street_name", "from_place", "to_place", "work_kind", "length_m", "commune_id")

    def rows(model: Any, number: Any, *where: Any) -> dict[int, Any]:
        query = select(number.label("number"), AdminUnit.name, *(getattr(model, name) for name in compared))
        query = query.join(AdminUnit, AdminUnit.id == model.commune_id).where(*where)
        if is_extract(ctx):
            query = query.where(model.commune_id.in_(ctx.actor.unit_ids))
        return {row.number: row for row in ctx.session.execute(query)}

    then = rows(RouteEditionItem, RouteEditionItem.route_item_id, RouteEditionItem.edition_id == before.id)
    now = rows(RouteItem, RouteItem.id, *agreed_in(route_list.id))
    changes: list[_Change] = []
    for number in then | now:
        earlier, later = then.get(number), now.get(number)
        if (
            earlier is not None
            and later is not None
            and all(getattr(earlier, name) == getattr(later, name) for name in compared)
        ):
            continue
        row: Any = later or earlier
        street = f"{row.street_name} ({row.from_place} – {row.to_place})"
        changes.append((row.name, street, earlier and earlier.length_m, later and later.length_m))
    return sorted(changes, key=lambda change: tuple(natural_key(text) for text in change[:2]))
