"""Forms of the catalogue of indicators."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from flask_wtf.file import FileField, FileRequired

from registry.dated_rows.tables import MARK, REASON
from registry.files.forms import ACCEPT, FILE_HINT, content_of, to_add
from registry.files.service import AddFile
from registry.indicators.commands import AddTarget, EditIndicator, EnterValue
from registry.indicators.models import MOST, Indicator, IndicatorValue
from registry.indicators.rules import FIRST_DAY, FIRST_YEAR, LAST_YEAR, Typed
from registry.indicators.service import VALUE
from registry.kernel.days import DayOrder, DaySpan
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import as_typed, declared_form, form_field, values_of
from registry.kernel.i18n import _l

_TEXT: Final = 2_000
_LINE: Final = 500


def _amount(name: str, label: Any, hint: Any = "") -> Field:
    return Field(name, label, minimum=Decimal(0), maximum=MOST, decimals=2, python_type=Decimal, hint=hint)


NUMERATOR: Final = _amount("numerator", _l("Tử số"))
DENOMINATOR: Final = _amount("denominator", _l("Mẫu số"))
VALUE_FIELD: Final = _amount("value", _l("Giá trị"), _l("Để trống khi đã ghi tử số và mẫu số."))
SOURCE: Final = Field(
    "source",
    _l("Nguồn số liệu"),
    max_length=_LINE,
    required=True,
    hint=_l("Số, ngày của báo cáo hay văn bản; ví dụ: Báo cáo 45/BC-SKHCN ngày 20/10/2026."),
)


class ValueForm(BaseForm):
    """The amounts of a value with their source and document."""

    numerator = form_field(NUMERATOR)
    denominator = form_field(DENOMINATOR)
    value = form_field(VALUE_FIELD)
    source = form_field(SOURCE)
    evidence = FileField(
        _l("Tài liệu nguồn"),
        description=FILE_HINT,
        render_kw=ACCEPT,
    )
    note = form_field(Field("note", _l("Ghi chú"), max_length=_TEXT, multiline=True))

    def to_file(self, value_id: int) -> AddFile | None:
        """The document for the value."""
        return to_add(self.evidence.data, VALUE, value_id) if self.evidence.data else None

    def _typed(self) -> Typed:
        return Typed(self.value.value, self.numerator.value, self.denominator.value)


class EnterForm(ValueForm):
    """A value for a period."""

    day_orders: ClassVar[tuple[DayOrder, ...]] = (DayOrder("period_from", "period_to"),)

    period_from = form_field(
        Field("period_from", _l("Kỳ từ ngày"), required=True, python_type=date, span=DaySpan(since=FIRST_DAY, ahead=1))
    )
    period_to = form_field(
        Field("period_to", _l("Đến hết ngày"), required=True, python_type=date, span=DaySpan(since=FIRST_DAY, ahead=1))
    )

    def to_command(self, code: str) -> EnterValue:
        return EnterValue(
            code,
            self.period_from.value,
            self.period_to.value,
            self._typed(),
            self.source.value,
            self.note.value,
            has_evidence=bool(self.evidence.data),
        )


class CorrectForm(ValueForm):
    """Another value for the same period, with a reason."""

    reason = form_field(REASON)

    def to_command(self, code: str, former: IndicatorValue) -> EnterValue:
        return EnterValue(
            code,
            former.period_from,
            former.period_to,
            self._typed(),
            self.source.value,
            self.note.value,
            has_evidence=bool(self.evidence.data),
            corrects_id=former.id,
            reason=self.reason.value,
        )


class ValueFileForm(BaseForm):
    """A file of values, and the document that all of them come from."""

    file = FileField(
        _l("Tệp số liệu"),
        [FileRequired(_l("Chưa chọn tệp; hãy chọn tệp XLSX, XLS, ODS hoặc CSV đã điền."))],
        description=_l("Mỗi dòng một chỉ tiêu và một kỳ, theo tệp mẫu; nhận tất cả các dòng hoặc không dòng nào."),
        render_kw={"accept": ".xlsx,.xls,.ods,.csv"},
    )
    evidence = FileField(
        _l("Tài liệu nguồn"),
        description=FILE_HINT,
        render_kw=ACCEPT,
    )

    def document(self) -> tuple[str, bytes] | None:
        """Name and content of the document that was sent."""
        sent = self.evidence.data
        return (sent.filename, content_of(sent)) if sent else None


def value_as_typed(value: IndicatorValue) -> dict[str, str]:
    """The amounts and the source of a value, for its correction."""
    fields = (NUMERATOR, DENOMINATOR, VALUE_FIELD, SOURCE)
    return {field.name: as_typed(field, getattr(value, field.name)) for field in fields}


PLAN: Final = Field(
    "plan",
    _l("Kế hoạch"),
    max_length=_LINE,
    required=True,
    hint=_l("Số, ngày và mục; ví dụ: Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1."),
)


class TargetForm(BaseForm):
    """What a plan wants by the end of a year."""

    plan = form_field(PLAN)
    plan_issued_on = form_field(
        Field("plan_issued_on", _l("Ngày ban hành"), required=True, python_type=date, span=DaySpan(since=FIRST_DAY))
    )
    year = form_field(
        Field(
            "year",
            _l("Đến hết năm"),
            required=True,
            python_type=int,
            minimum=Decimal(FIRST_YEAR),
            maximum=Decimal(LAST_YEAR),
        )
    )
    value = form_field(_amount("value", _l("Mục tiêu"), _l("Để trống khi chưa biết con số của kế hoạch.")))
    needs_verification = form_field(MARK)
    reason = form_field(REASON)

    def to_command(self, code: str) -> AddTarget:
        return AddTarget(
            code,
            self.plan.value,
            self.plan_issued_on.value,
            int(self.year.value),
            self.value.value,
            self.needs_verification.value,
            self.reason.value,
        )


TEXTS: Final = (
    Field("name", _l("Tên"), max_length=300, required=True),
    Field("name_en", _l("Tên tiếng Anh"), max_length=300, required=True),
    Field("definition", _l("Định nghĩa"), max_length=_TEXT, required=True, multiline=True),
    Field("numerator", _l("Tử số"), max_length=_LINE, required=True),
    Field("denominator", _l("Mẫu số"), max_length=_LINE, required=True),
    Field("source", _l("Nguồn"), max_length=_LINE, required=True),
    Field("method", _l("Cách thu thập"), max_length=_TEXT, multiline=True),
    Field("limitations", _l("Hạn chế"), max_length=_TEXT, multiline=True),
    Field("release_calendar", _l("Lịch công bố"), max_length=_LINE),
    Field("revision_policy", _l("Cách sửa số liệu đã công bố"), max_length=_LINE),
    Field(
        "series_breaks",
        _l("Gián đoạn của chuỗi số liệu"),
        max_length=_TEXT,
        multiline=True,
        hint=_l("Mỗi dòng một ngày và lý do; ví dụ: 01/07/2025: sắp xếp lại đơn vị hành chính."),
    ),
    Field("needs_evidence", _l("Số liệu cần tài liệu kèm theo"), required=True, python_type=bool),
    Field("needs_verification", _l("Cần kiểm chứng"), required=True, python_type=bool),
)


class EditFormBase(VersionedForm):
    """The version that was read, and the reason of the change."""

    reason = form_field(REASON)

    def to_command(self, code: str) -> EditIndicator:
        return EditIndicator(
            code, self.read_version, values_of(self, (field.name for field in TEXTS)), self.reason.value
        )


EditForm: Any = declared_form("EditForm", TEXTS, EditFormBase)


def indicator_as_typed(indicator: Indicator) -> dict[str, str]:
    """The texts of an indicator as its form shows them."""
    return {field.name: as_typed(field, getattr(indicator, field.name)) for field in TEXTS} | {
        "version": str(indicator.version)
    }
