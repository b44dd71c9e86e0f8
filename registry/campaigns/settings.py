"""Dated settings of campaigns: the forms by kind, the usual days of the yearly one, the reminders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from registry.campaigns.codes import CampaignKind
from registry.campaigns.measures import measure_labels
from registry.campaigns.rules import NUMBERS
from registry.kernel.context import Context
from registry.kernel.dated_settings import PartShape, SettingDeclaration, SettingPart, number_field, numbers
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.kernel.units import DAY, PERCENT

#: The usual days of the yearly campaign (R29: before 30/10).
YEARLY_DAYS: Final = "campaign.yearly_days"
REMINDERS: Final = "campaign.reminders"
#: Codes of items become names of form fields.
_CODE: Final = re.compile(r"[a-z][a-z0-9_]*")
_SUBJECT: Final = _l("Báo cáo định kỳ")
_COLUMNS: Final = (
    Field("code", _l("Mã mục"), max_length=40, required=True),
    Field("label", _l("Nội dung"), max_length=200, required=True),
    Field("unit", _l("Đơn vị tính"), max_length=40),
    Field("measure", _l("Số liệu của cơ sở dữ liệu"), max_length=40),
    Field(
        "change_pct",
        _l("Thay đổi phải giải thích"),
        PERCENT,
        minimum=Decimal(1),
        maximum=Decimal(1000),
        python_type=int,
    ),
    Field("indicator", _l("Mã chỉ tiêu"), max_length=60),
    Field("kind", _l("Kiểu số (whole: số nguyên, number: có phần thập phân)"), max_length=10),
    Field("at_most", _l("Mã mục mà mục này là một phần"), max_length=40),
)


def form_key(kind: CampaignKind) -> str:
    """The key of the form of a kind of campaign."""
    return f"campaign.form.{kind.value}"


def _check_form(_ctx: Context[Any], value: Any) -> Mapping[str, str]:
    codes = [row["code"] for row in value["rows"]]
    unfit = [code for code in codes if not _CODE.fullmatch(code)]
    if unfit:
        sentence = _("Mã mục “%(code)s” không dùng được; cần chữ thường không dấu, số và dấu gạch dưới.", code=unfit[0])
        return {"rows": sentence}
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        return {"rows": _("Mã mục “%(code)s” có hai lần; mỗi mục cần một mã riêng.", code=twice[0])}
    unknown = sorted({row["measure"] for row in value["rows"] if row.get("measure")} - measure_labels().keys())
    if unknown:
        return {
            "rows": _(
                "Cơ sở dữ liệu không có số liệu “%(code)s”; cần một trong: %(codes)s, hoặc để trống cho mục tự khai.",
                code=unknown[0],
                codes=", ".join(sorted(measure_labels())),
            )
        }
    kinds = sorted(kind.value for kind in NUMBERS)
    for row in value["rows"]:
        if row.get("kind") and row["kind"] not in kinds:
            sentence = _(
                "Kiểu số “%(kind)s” của mục “%(code)s” không có; cần một trong: %(kinds)s.",
                kind=row["kind"],
                code=row["code"],
                kinds=", ".join(kinds),
            )
            return {"rows": sentence}
        if row.get("at_most") and (row["at_most"] == row["code"] or row["at_most"] not in codes):
            sentence = _(
                "Mục “%(code)s” ghi là một phần của “%(whole)s”; cần mã của một mục khác trong mẫu.",
                code=row["code"],
                whole=row["at_most"],
            )
            return {"rows": sentence}
    return {}


def _form(kind: CampaignKind) -> SettingDeclaration:
    rows = Field(
        "rows",
        _l("Các mục báo cáo"),
        multiline=True,
        max_length=20_000,
        required=True,
        hint=_l(
            "Mỗi dòng một mục: mã; nội dung; đơn vị tính; mã số liệu của cơ sở dữ liệu (để trống nếu tự khai); "
            "tỷ lệ thay đổi phải giải thích (%); mã chỉ tiêu; kiểu số (whole hoặc number); mã mục mà mục này là "
            "một phần, không được lớn hơn (các ô cuối để trống được)."
        ),
    )
    return SettingDeclaration(
        form_key(kind),
        _l("Mẫu báo cáo: %(kind)s", kind=kind.label),
        _SUBJECT,
        (SettingPart(rows, ("rows",), PartShape.ROWS, _COLUMNS),),
        check=_check_form,
    )


DECLARATIONS: Final = (
    SettingDeclaration(
        YEARLY_DAYS,
        _l("Ngày của báo cáo hằng năm"),
        _SUBJECT,
        numbers(
            number_field("due_month", _l("Tháng của hạn nộp"), None, "1", "12"),
            number_field("due_day", _l("Ngày của hạn nộp (ngày cuối còn đúng hạn)"), None, "1", "31"),
            number_field("open_days", _l("Mở nhập trước hạn nộp"), DAY, "1", "300"),
            number_field("late_days", _l("Còn nhập được sau hạn nộp"), DAY, "0", "300"),
        ),
        hint=_l("Kế hoạch ghi “trước 30/10”: ngày cuối còn đúng hạn là 29/10."),
    ),
    SettingDeclaration(
        REMINDERS,
        _l("Nhắc nộp báo cáo"),
        _SUBJECT,
        numbers(
            number_field("first_days", _l("Nhắc lần đầu trước hạn nộp"), DAY, "1", "120"),
            number_field("second_days", _l("Nhắc lần hai trước hạn nộp"), DAY, "1", "60"),
            number_field("last_days", _l("Nhắc lần cuối trước hạn nộp"), DAY, "0", "30"),
            number_field("late_every_days", _l("Khi đã quá hạn, nhắc lại sau mỗi"), DAY, "1", "60"),
        ),
    ),
    *(_form(kind) for kind in CampaignKind),
)
