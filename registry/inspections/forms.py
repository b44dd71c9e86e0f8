"""Forms of inspections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from registry.inspections.codes import Answer, Reach
from registry.inspections.commands import (
    AnswerCorrection,
    AnswerFinding,
    DecideFinding,
    OpenPlan,
    ProposeCorrection,
    RecordResult,
)
from registry.inspections.models import InspectionItem, InspectionPlan
from registry.inspections.rules import CheckItem
from registry.kernel.days import PAPER, DayOrder, DaySpan
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, form_field
from registry.kernel.i18n import _, _l, typed_date, written_provisions
from registry.kernel.i18n.stored import stored_text
from registry.territory.models import AdminUnit
from registry.workflow.forms import MoveForm

_TEXT: Final = 2000
_NOTE: Final = 500
_PURPOSE: Final = Field(
    "purpose",
    _l("Nội dung, mục đích kiểm tra"),
    max_length=_TEXT,
    required=True,
    multiline=True,
    hint=_l("Dòng đầu là tên kế hoạch, ví dụ: Kiểm tra an toàn cột ăng ten trước mùa mưa bão."),
)
_STARTS: Final = Field("starts_on", _l("Từ ngày"), required=True, python_type=date, span=DaySpan(back=5, ahead=5))
_ENDS: Final = Field("ends_on", _l("Đến hết ngày"), required=True, python_type=date, span=DaySpan(back=5, ahead=5))
_INSPECTED: Final = Field("inspected_on", _l("Ngày kiểm tra"), required=True, python_type=date, span=PAPER)
_REMARK: Final = Field("note", _l("Nhận xét"), max_length=_TEXT, multiline=True)
#: The area of a plan of the whole province.
_PROVINCE: Final = 0


class _PlanChoices(MoveForm):
    unit = SelectField(_l("Địa bàn"), coerce=int)

    def offer(self, units: Sequence[AdminUnit], *, province: bool) -> None:
        """The communes, and the whole province where the actor may plan it."""
        first = [SelectChoice(_PROVINCE, _("Toàn tỉnh"))] if province else []
        self.unit.choices = [*first, *(SelectChoice(unit.id, unit.name) for unit in units)]

    def to_command(self) -> OpenPlan:
        return OpenPlan(self.unit.data or None, self["purpose"].value, self["starts_on"].value, self["ends_on"].value)


PlanForm = declared_form("PlanForm", (_PURPOSE, _STARTS, _ENDS), _PlanChoices, (DayOrder("starts_on", "ends_on"),))


def plan_as_typed(plan: InspectionPlan) -> dict[str, Any]:
    """What the form of a draft starts with."""
    return {
        "version": str(plan.version),
        "purpose": plan.purpose,
        "unit": plan.unit_id or _PROVINCE,
        "starts_on": typed_date(plan.starts_on),
        "ends_on": typed_date(plan.ends_on),
    }


class _ResultForm(MoveForm):
    """Common part of the forms of a result; each checklist adds its fields."""

    reach = SelectField(_l("Kiểm tra tại chỗ"), choices=[SelectChoice(reach.value, reach.label) for reach in Reach])
    camera = FileField(_l("Chụp ảnh"), render_kw={"accept": "image/*", "capture": "environment"})
    photos = MultipleFileField(_l("Hoặc chọn ảnh có sẵn"), render_kw={"accept": "image/*"})

    def sent_photos(self) -> list[tuple[str, FileStorage]]:
        """The photos, each with the name of its form field."""
        named = [("camera", self.camera.data), *(("photos", sent) for sent in self.photos.data or [])]
        return [(name, sent) for name, sent in named if sent]

    def to_command(self, plan_id: int, item_id: int, checklist: Sequence[CheckItem]) -> RecordResult:
        answers = {check.key: self[f"answer_{check.key}"].data for check in checklist}
        return RecordResult(
            plan_id=plan_id,
            item_id=item_id,
            version=self.read_version,
            inspected_on=self["inspected_on"].value,
            reach=Reach(self.reach.data),
            answers={key: Answer(answer) for key, answer in answers.items() if answer in set(Answer)},
            notes={check.key: self[f"note_{check.key}"].value or "" for check in checklist},
            note=self["note"].value,
        )


def result_form(checklist: Sequence[CheckItem]) -> type[_ResultForm]:
    """The form of a result for a checklist."""
    fields: dict[str, Any] = {"inspected_on": form_field(_INSPECTED)}
    for check in checklist:
        fields[f"answer_{check.key}"] = RadioField(
            stored_text(check.text),
            choices=[SelectChoice(answer.value, answer.label) for answer in Answer],
            validate_choice=False,
            description=_("Căn cứ: %(basis)s", basis=written_provisions(stored_text(check.basis))),
        )
        fields[f"note_{check.key}"] = form_field(Field(f"note_{check.key}", _l("Ghi chú"), max_length=_NOTE))
    fields["note"] = form_field(_REMARK)
    return type("ResultForm", (_ResultForm,), fields)


def as_typed(item: InspectionItem, today: date) -> dict[str, Any]:
    """What the form of a result starts with: the result that is stored, if any."""
    typed: dict[str, Any] = {
        "version": str(item.version),
        "inspected_on": typed_date(item.inspected_on or today),
        "note": item.note or "",
        "reach": item.outcome.value if item.outcome and item.outcome.value in set(Reach) else Reach.INSPECTED.value,
    }
    for answer in item.answers:
        typed[f"answer_{answer['code']}"] = answer["answer"]
        typed[f"note_{answer['code']}"] = answer["note"] or ""
    return typed


class _FindingChoices(BaseForm):
    act = SelectField(_l("Hành vi vi phạm"), validate_choice=False)
    is_continuing = BooleanField(_l("Hành vi đang tiếp diễn khi kiểm tra"), default=True)

    def offer(self, acts: dict[str, str], suggested: str | None) -> None:
        """The acts; the one that the checklist names stands first, and nothing is chosen."""
        codes = sorted(acts, key=lambda code: (code != suggested, stored_text(acts[code])))
        self.act.choices = [
            SelectChoice("", _("Không lập hồ sơ vi phạm")),
            *(SelectChoice(code, stored_text(acts[code])) for code in codes),
        ]

    def to_command(self, finding_id: int) -> DecideFinding:
        return DecideFinding(
            finding_id,
            self.act.data or None,
            self["occurred_on"].value,
            bool(self.is_continuing.data),
            self["reason"].value,
            self["remedy_due_on"].value,
        )


FindingForm = declared_form(
    "FindingForm",
    (
        Field(
            "occurred_on",
            _l("Ngày xảy ra"),
            python_type=date,
            span=DaySpan(back=40, ahead=1),
            hint=_l("Để trống là ngày kiểm tra."),
        ),
        Field(
            "remedy_due_on",
            _l("Hạn khắc phục"),
            python_type=date,
            span=DaySpan(back=1, ahead=5),
            hint=_l("Ngày kiểm tra lại là ngày làm việc kế tiếp sau hạn này."),
        ),
        Field(
            "reason",
            _l("Lý do"),
            max_length=_TEXT,
            multiline=True,
            needed_when=_l("khi không lập hồ sơ vi phạm"),
        ),
    ),
    _FindingChoices,
)


class _StatementFields(BaseForm):
    accept = SelectField(
        _l("Trả lời"),
        choices=[
            SelectChoice("", _l("Hãy chọn")),
            SelectChoice("yes", _l("Thừa nhận kết quả")),
            SelectChoice("no", _l("Không đồng ý")),
        ],
        validators=[InputRequired(_l("Chưa chọn câu trả lời."))],
    )

    def to_command(self, finding_id: int) -> AnswerFinding:
        return AnswerFinding(finding_id, self.accept.data == "yes", self["text"].value)


StatementForm = declared_form(
    "StatementForm",
    (Field("text", _l("Ý kiến"), max_length=_TEXT, multiline=True, needed_when=_l("khi không đồng ý")),),
    _StatementFields,
)


class _CorrectionChoices(BaseForm):
    field = SelectField(_l("Thông tin sai trong cơ sở dữ liệu"))

    def offer(self, fields: dict[str, Field], recorded: dict[str, str]) -> None:
        """The fields of the structure, each with what the register says."""
        choices = [SelectChoice(name, f"{field.label}: {recorded[name] or '–'}") for name, field in fields.items()]
        self.field.choices = [SelectChoice("", _("Hãy chọn")), *choices]

    def to_command(self, plan_id: int, item_id: int) -> ProposeCorrection:
        return ProposeCorrection(plan_id, item_id, self.field.data or "", self["found"].value, self["remark"].value)


CorrectionForm = declared_form(
    "CorrectionForm",
    (
        Field(
            "found",
            _l("Giá trị xác định tại hiện trường"),
            max_length=_NOTE,
            required=True,
            hint=_l("Ghi như trong mẫu của công trình; ngày theo dạng 31/12/2026, số thập phân dùng dấu phẩy."),
        ),
        Field("remark", _l("Căn cứ, ghi chú"), max_length=_NOTE),
    ),
    _CorrectionChoices,
)


class _AnswerFields(MoveForm):
    accept = SelectField(
        _l("Trả lời"),
        choices=[
            SelectChoice("", _l("Hãy chọn")),
            SelectChoice("yes", _l("Đồng ý, cập nhật vào cơ sở dữ liệu")),
            SelectChoice("no", _l("Không đồng ý")),
        ],
        validators=[InputRequired(_l("Chưa chọn câu trả lời."))],
    )

    def to_command(self, correction_id: int) -> AnswerCorrection:
        return AnswerCorrection(correction_id, self.accept.data == "yes", self.read_version, self["reason"].value)


AnswerForm = declared_form(
    "AnswerForm",
    (Field("reason", _l("Lý do không đồng ý"), max_length=_TEXT, multiline=True),),
    _AnswerFields,
)
