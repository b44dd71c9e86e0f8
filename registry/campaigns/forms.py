"""Forms of campaigns and reports."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from registry.accounts.models import Organisation
from registry.campaigns.codes import CampaignKind, ItemKind, RemarkKind
from registry.campaigns.commands import (
    AddRemark,
    AnswerRemark,
    GrantException,
    HandleRemark,
    SaveEntries,
    WriteCampaign,
)
from registry.campaigns.models import DAYS, ReportCampaign, ReportRemark
from registry.campaigns.rules import Item, ItemFigures
from registry.campaigns.template_codes import MOST_BYTES
from registry.kernel.days import APPOINTED
from registry.kernel.fields import Field, fields_named
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import as_typed, declared_form, form_field, typed_values, values_of
from registry.kernel.i18n import _l, typed_date
from registry.kernel.i18n.stored import stored_text
from registry.workflow.forms import MoveForm

_TEXT: Final = 2_000
_LINE: Final = 500
_CONTENT: Final = 4_000
_REASON: Final = _l("Lý do chênh lệch, giải thích")
REASON_NEEDED: Final = _l("khi khác số liệu của cơ sở dữ liệu hoặc thay đổi nhiều so với kỳ trước")
_MOST: Final = Decimal("99999999999999.99")
_TITLE: Final = Field(
    "title",
    _l("Tên đợt báo cáo"),
    max_length=200,
    required=True,
    width="full",
    hint=_l("Ví dụ: Báo cáo năm 2026 về hạ tầng dùng chung."),
)
_FIELDS: Final = (_TITLE, *fields_named(ReportCampaign, "kind", *DAYS, "instructions"))


class _CampaignChoices(MoveForm):
    audience = SelectMultipleField(
        _l("Đơn vị phải báo cáo"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        render_kw={"aria-required": "true"},
        validate_choice=False,
    )

    def offer(self, organisations: Sequence[Organisation]) -> None:
        """The organisations that can be asked."""
        self.audience.choices = [
            SelectChoice(organisation.id, organisation.short_name) for organisation in organisations
        ]

    def to_command(self, campaign_id: int | None = None) -> WriteCampaign:
        return WriteCampaign(
            title=self["title"].value,
            values=values_of(self, (field.name for field in _FIELDS if field is not _TITLE)),
            audience=tuple(self.audience.data or ()),
            campaign_id=campaign_id,
            version=self.read_version,
        )


CampaignForm = declared_form("CampaignForm", _FIELDS, _CampaignChoices)


class TemplateForm(BaseForm):
    """The department's own template."""

    template = FileField(
        _l("Mẫu DOCX của Sở"),
        [FileRequired(_l("Chưa chọn tệp; hãy chọn mẫu DOCX."))],
        description=_l("Dùng các chỗ điền như trong bản DOCX gốc; mẫu không được lưu lại."),
        render_kw={"accept": ".docx"},
    )

    def content(self) -> bytes:
        """The file that was sent, to one byte beyond the limit."""
        return bytes(self.template.data.stream.read(MOST_BYTES + 1))


def campaign_as_typed(campaign: ReportCampaign) -> dict[str, Any]:
    """What the form of a draft starts with."""
    typed = typed_values({field.name: field for field in _FIELDS}, campaign)
    return {"version": str(campaign.version), "audience": campaign.audience, **typed}


def yearly_preset(today: date, law: Mapping[str, int], title: str) -> dict[str, Any]:
    """The days of the yearly campaign that is due next, of the settings of a day."""
    due = _due_of(today.year, law)
    if due < today:
        due = _due_of(today.year + 1, law)
    opens = due - timedelta(days=law["open_days"])
    cutoff = opens - timedelta(days=1)
    return {
        "kind": CampaignKind.YEARLY.value,
        "title": f"{title} {due.year}",
        "period_from": typed_date(date(due.year, 1, 1)),
        "period_to": typed_date(cutoff),
        "cutoff_on": typed_date(cutoff),
        "opens_on": typed_date(opens),
        "due_on": typed_date(due),
        "closes_on": typed_date(due + timedelta(days=law["late_days"])),
    }


def _due_of(year: int, law: Mapping[str, int]) -> date:
    last = calendar.monthrange(year, law["due_month"])[1]
    return date(year, law["due_month"], min(law["due_day"], last))


class ReportEntryForm(MoveForm):
    """The figures of a report; each item of the campaign's form adds two fields."""

    def to_command(self, report_id: int, items: Sequence[Item]) -> SaveEntries:
        entries = {
            item.code: (
                Decimal(value) if (value := self[f"value_{item.code}"].value) is not None else None,
                self[f"reason_{item.code}"].value if item.is_explained else None,
            )
            for item in items
            if item.is_number
        }
        texts = [item for item in items if not item.is_number and item.kind is not ItemKind.FILE]
        contents = {item.code: self[f"content_{item.code}"].value for item in texts}
        return SaveEntries(report_id, self.read_version, entries, contents)


def entry_form(items: Sequence[Item]) -> type[ReportEntryForm]:
    """The form for the items of a campaign."""
    fields: dict[str, Any] = {}
    for item in items:
        name = stored_text(item.label)
        label = f"{name} ({stored_text(item.unit)})" if item.unit else name
        if item.is_number:
            fields[f"value_{item.code}"] = form_field(value_field(item, label))
        elif item.kind is not ItemKind.FILE:
            fields[f"content_{item.code}"] = _content_field(item, label)
        if item.is_explained:
            reason = Field(f"reason_{item.code}", _REASON, max_length=_LINE, needed_when=REASON_NEEDED)
            fields[reason.name] = form_field(reason)
    return type("EntryFormOf", (ReportEntryForm,), fields)


def value_field(item: Item, label: Any) -> Field:
    """The declaration of an item's figure."""
    is_whole = item.kind is ItemKind.WHOLE
    return Field(
        f"value_{item.code}",
        label,
        minimum=Decimal(0) if item.minimum is None else item.minimum,
        maximum=_MOST if item.maximum is None else item.maximum,
        decimals=None if is_whole else 2,
        python_type=int if is_whole else Decimal,
    )


def _content_field(item: Item, label: Any) -> Any:
    if item.kind is ItemKind.CHOICE:
        return DeclaredOption(label, choices=["", *item.options])
    hint = _l("Mỗi dòng một hàng, các ô cách nhau bằng dấu chấm phẩy: %(heads)s.", heads="; ".join(item.options))
    is_table = item.kind is ItemKind.TABLE
    return form_field(
        Field(f"content_{item.code}", label, max_length=_CONTENT, multiline=True, hint=hint if is_table else "")
    )


class DeclaredOption(SelectField):  # type: ignore[misc]  # WTForms ships no types
    """One of the choices that the department named; None for none."""

    @property
    def value(self) -> str | None:
        return self.data or None


def entries_as_typed(items: Sequence[Item], figures: Mapping[str, ItemFigures], version: int) -> dict[str, Any]:
    """What the form of a report starts with: what was saved, else what the register gives."""
    typed: dict[str, Any] = {"version": str(version)}
    for item in items:
        its, field = figures[item.code], value_field(item, "")
        typed[field.name] = as_typed(field, its.value)
        typed[f"reason_{item.code}"] = its.reason or ""
        typed[f"content_{item.code}"] = its.content or ""
    return typed


class _Until(BaseForm):
    def to_command(self, report_id: int) -> GrantException:
        return GrantException(report_id, self["until"].value, self["reason"].value)


ExceptionForm = declared_form(
    "ExceptionForm",
    (
        Field("until", _l("Được nhập đến hết ngày"), required=True, python_type=date, span=APPOINTED),
        Field("reason", _l("Lý do cho nhập muộn"), max_length=_LINE, required=True, multiline=True),
    ),
    _Until,
)
RevokeForm = declared_form(
    "RevokeForm", (Field("reason", _l("Lý do thu hồi"), max_length=_LINE, required=True, multiline=True),)
)


class _RemarkChoices(BaseForm):
    kind = SelectField(_l("Loại ý kiến"), choices=[SelectChoice(kind.value, kind.label) for kind in RemarkKind])

    def to_command(self, report_id: int) -> AddRemark:
        return AddRemark(report_id, RemarkKind(self.kind.data), self["text"].value)


RemarkForm = declared_form(
    "RemarkForm",
    (Field("text", _l("Nội dung ý kiến"), max_length=_TEXT, required=True, multiline=True),),
    _RemarkChoices,
)
_REMARK_DUE: Final = Field("due_on", _l("Trả lời trước khi hết ngày"), required=True, python_type=date, span=APPOINTED)
_OUTCOME: Final = Field("outcome", _l("Kết quả giải quyết"), max_length=_TEXT, multiline=True)


class _HandleChoices(MoveForm):
    agency = SelectField(_l("Cơ quan giải quyết"), coerce=int)

    def offer(self, agencies: Sequence[Organisation]) -> None:
        """The agencies that can be chosen."""
        self.agency.choices = [SelectChoice(agency.id, agency.name) for agency in agencies]

    def to_command(self, remark_id: int) -> HandleRemark:
        return HandleRemark(remark_id, self.read_version, self.agency.data, self["due_on"].value, self["outcome"].value)


class _AnswerChoices(MoveForm):
    def to_command(self, remark_id: int) -> AnswerRemark:
        return AnswerRemark(remark_id, self.read_version, self["outcome"].value)


AnswerForm = declared_form("AnswerForm", (replace(_OUTCOME, required=True),), _AnswerChoices)
HandleForm = declared_form("HandleForm", (_REMARK_DUE, _OUTCOME), _HandleChoices)


def remark_as_typed(remark: ReportRemark) -> dict[str, Any]:
    """What the form of a remark starts with."""
    return {
        "version": str(remark.version),
        "agency": remark.agency_id,
        "due_on": as_typed(_REMARK_DUE, remark.due_on),
        "outcome": remark.outcome or "",
    }
