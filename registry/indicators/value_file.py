"""Values of indicators from a file: a row for each indicator and period, all taken or none."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.indicators.commands import EnterValue
from registry.indicators.models import MOST, Indicator, IndicatorValue
from registry.indicators.rules import FIRST_DAY, Typed
from registry.indicators.service import enter_value
from registry.kernel.days import DaySpan
from registry.kernel.errors import DomainError, Invalid
from registry.kernel.exports.workbook import HEAD, TEXT, open_book
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.i18n import _, _l, _n
from registry.kernel.text import fold, shown
from registry.kernel.uploaded_tables import Cells, read_table

#: Rows of one file.
MOST_ROWS: Final = 500
#: Sentences that are shown; all are counted.
_SHOWN: Final = 30
COLUMNS: Final = {
    "code": (_l("Mã chỉ tiêu"), ("ma", "chi tieu ma", "code", "indicator")),
    "name": (_l("Chỉ tiêu"), ("ten chi tieu", "name")),
    "unit": (_l("Đơn vị tính"), ("don vi", "unit")),
    "period_from": (_l("Kỳ từ ngày"), ("tu ngay", "period from", "from")),
    "period_to": (_l("Đến hết ngày"), ("den ngay", "den het ngay", "period to", "to")),
    "numerator": (_l("Tử số"), ("numerator",)),
    "denominator": (_l("Mẫu số"), ("denominator",)),
    "value": (_l("Giá trị"), ("so lieu", "value")),
    "source": (_l("Nguồn số liệu"), ("nguon", "source")),
    "note": (_l("Ghi chú"), ("note", "remark")),
}
#: Widths of columns that are wider than the others.
_WIDTHS: Final = {"code": 28, "name": 44}
_NEEDED: Final = ("code", "period_from", "period_to", "source")


def _amount(name: str) -> Field:
    return Field(name, COLUMNS[name][0], minimum=Decimal(0), maximum=MOST, decimals=2, python_type=Decimal)


_FIELDS: Final = (
    Field(
        "period_from",
        COLUMNS["period_from"][0],
        required=True,
        python_type=date,
        span=DaySpan(since=FIRST_DAY, ahead=1),
    ),
    Field(
        "period_to", COLUMNS["period_to"][0], required=True, python_type=date, span=DaySpan(since=FIRST_DAY, ahead=1)
    ),
    _amount("numerator"),
    _amount("denominator"),
    _amount("value"),
    Field("source", COLUMNS["source"][0], max_length=500, required=True),
    Field("note", COLUMNS["note"][0], max_length=2_000),
)


def enter_file(ctx: Ctx, stream: BinaryIO, *, has_evidence: bool) -> list[IndicatorValue]:
    """Enter all rows of a file; Invalid (field `file`) names row, column, value and reason of each wrong one."""
    require(ctx, P.INDICATOR_ENTER)
    _columns, rows = read_table(stream, COLUMNS, _NEEDED, MOST_ROWS)
    indicators = {indicator.code: indicator for indicator in ctx.session.scalars(select(Indicator))}
    entered: list[IndicatorValue] = []
    wrong: list[str] = []
    for number, cells in rows:
        try:
            entered.append(enter_value(ctx, _command(cells, indicators, has_evidence=has_evidence)))
        except Invalid as refused:
            wrong += [
                _sentence(number, name, cells.get(name, ""), text)
                for name, texts in refused.fields.items()
                for text in texts
            ]
        except DomainError as refused:
            wrong.append(_sentence(number, "code", cells.get("code", ""), refused.message))
    if wrong:
        more = len(wrong) - _SHOWN
        sentences = wrong[:_SHOWN]
        if more > 0:
            sentences.append(_n("Còn %(num)d lỗi khác; hãy sửa các lỗi trên trước.", more))
        raise Invalid({"file": sentences})
    return entered


def _command(cells: Cells, indicators: Mapping[str, Indicator], *, has_evidence: bool) -> EnterValue:
    code = cells.get("code", "").strip()
    indicator = indicators.get(code)
    if indicator is None:
        raise Invalid({"code": _("Không có chỉ tiêu “%(code)s”; cần mã trong danh mục.", code=code[:60])})
    problems: dict[str, str] = {}
    unit = cells.get("unit", "").strip()
    names = {fold(str(indicator.unit.label)), indicator.unit.value}
    if unit and fold(unit) not in names:
        problems["unit"] = _(
            "Đơn vị tính của chỉ tiêu này là “%(unit)s”; không nhận đơn vị khác.", unit=indicator.unit.label
        )
    values: dict[str, Any] = {}
    for field in _FIELDS:
        try:
            values[field.name] = parse_value(field, cells.get(field.name, ""))
        except ValueRefused as refused:
            problems[field.name] = str(refused)
    if problems:
        raise Invalid(problems)
    return EnterValue(
        code,
        values["period_from"],
        values["period_to"],
        Typed(values["value"], values["numerator"], values["denominator"]),
        values["source"],
        values["note"],
        has_evidence=has_evidence,
    )


def _sentence(number: int, name: str, value: str, reason: str) -> str:
    label = COLUMNS[name][0] if name in COLUMNS else _("dòng này")
    return _(
        "Dòng %(row)d, %(column)s “%(value)s”: %(reason)s",
        row=number,
        column=label,
        value=shown(value)[:60],
        reason=reason,
    )


def template(ctx: Ctx) -> bytes:
    """A workbook to fill in, with a row for each indicator that people enter."""
    require(ctx, P.INDICATOR_ENTER)
    entered = select(Indicator).where(Indicator.computation.is_(None)).order_by(Indicator.place)
    target = io.BytesIO()
    with open_book(target) as book:
        sheet = book.sheet(_("Số liệu"), head=0, columns=len(COLUMNS))
        for column_number, (name, (label, _headings)) in enumerate(COLUMNS.items()):
            book.text(sheet, 0, column_number, str(label), HEAD)
            sheet.set_column(column_number, column_number, _WIDTHS.get(name, 18))
        sheet.freeze_panes(1, 2)
        for row, indicator in enumerate(ctx.session.scalars(entered), 1):
            for column_number, text in enumerate((indicator.code, indicator.name, str(indicator.unit.label))):
                book.text(sheet, row, column_number, text, TEXT)
    return target.getvalue()
