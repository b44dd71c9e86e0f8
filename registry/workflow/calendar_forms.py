"""Forms of the calendar and of the legal terms."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time
from decimal import Decimal

from wtforms import HiddenField

from registry.dated_rows.tables import MARK, VALID_FROM
from registry.kernel.days import REGULATED
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import as_typed, form_field
from registry.kernel.forms.decision import DecideProposalForm
from registry.kernel.i18n import _, _l
from registry.workflow.calendar import TermUnit
from registry.workflow.calendar_service import AddTerm, SaveDay
from registry.workflow.models import CalendarDay, DayKind, LegalTerm

_MOST_NAME = 200
_MOST_SOURCE = 500
_MOST_LENGTH = 1000
_MOST_AHEAD = 200
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_NUMBERS = re.compile(r"\d{1,3}(\s*[,;]\s*\d{1,3})*")

DAY = Field("day", _l("Ngày"), required=True, python_type=date, span=REGULATED)
KIND = Field("kind", _l("Là ngày"), choices=DayKind, required=True)
NAME = Field("name", _l("Tên gọi"), max_length=_MOST_NAME, required=True, hint=_l("Ví dụ: Quốc khánh (nghỉ bù)."))
SOURCE = Field(
    "source",
    _l("Căn cứ"),
    max_length=_MOST_SOURCE,
    required=True,
    hint=_l("Số, ngày và nơi ban hành văn bản; ví dụ: Thông báo 12/TB-VPCP ngày 05/12/2026."),
)
MADE_UP = Field(
    "makes_up_for",
    _l("Làm bù cho ngày nghỉ"),
    python_type=date,
    span=REGULATED,
    hint=_l("Chỉ với ngày làm bù; bỏ ngày nghỉ đó thì ngày làm bù cũng bỏ theo."),
)
CITATION = Field(
    "citation",
    _l("Căn cứ"),
    max_length=_MOST_SOURCE,
    required=True,
    hint=_l("Văn bản, điều, khoản, điểm; ví dụ: khoản 2 Điều 47 Luật Viễn thông 2023."),
)


class PreviewForm(BaseForm):
    """A change of days or terms: its consequences are shown before it is saved."""

    #: What the page has shown that the change does; "" before it was shown.
    seen = HiddenField()


class DayForm(PreviewForm):
    """A new day of the calendar."""

    day = form_field(DAY)
    kind = form_field(KIND)
    name = form_field(NAME)
    source = form_field(SOURCE)
    makes_up_for = form_field(MADE_UP)
    needs_verification = form_field(MARK)

    def to_command(self, day: date | None = None) -> SaveDay:
        return SaveDay(
            day or self.day.value,
            DayKind(self.kind.value),
            self.name.value,
            self.source.value,
            self.needs_verification.value,
            self.makes_up_for.value,
        )


class ChangeDayForm(DayForm):
    """An existing day; to move it, withdraw it and enter the other one."""

    day = None

    def fill(self, row: CalendarDay) -> None:
        for field in (KIND, NAME, SOURCE, MADE_UP, MARK):
            self[field.name].data = as_typed(field, getattr(row, field.name))


class WithdrawDayForm(PreviewForm):
    """The source for withdrawing a day."""

    source = form_field(SOURCE)


class TermForm(PreviewForm):
    """A new dated row of a term."""

    valid_from = form_field(
        replace(
            VALID_FROM,
            hint=_l("Dòng chưa đến ngày hiệu lực được thay khi ghi lại cùng ngày đó hoặc ngày sớm hơn."),
        )
    )
    length = form_field(
        Field(
            "length",
            _l("Độ dài"),
            minimum=Decimal(1),
            maximum=Decimal(_MOST_LENGTH),
            required=True,
            python_type=int,
        )
    )
    unit = form_field(Field("unit", _l("Tính bằng"), choices=TermUnit, required=True))
    cut_off = form_field(
        Field(
            "cut_off",
            _l("Giờ chốt nhận trong ngày"),
            max_length=5,
            hint=_l(
                "Giờ:phút, ví dụ 16:30; đến sau giờ này được coi là đến ngày làm việc kế tiếp. Để trống nếu "
                "luật không quy định."
            ),
        )
    )
    reminders = form_field(
        Field(
            "reminders",
            _l("Nhắc trước khi hết hạn"),
            max_length=60,
            hint=_l("Số ngày làm việc trước ngày cuối, cách nhau bằng dấu phẩy; 0 là ngày cuối. Ví dụ: 3, 1, 0."),
        )
    )
    owner = form_field(
        Field(
            "owner",
            _l("Riêng cho chủ sở hữu (mã đơn vị)"),
            max_length=60,
            hint=_l("Để trống là chung cho mọi chủ sở hữu; thời hạn riêng chỉ áp dụng cho hồ sơ nộp từ ngày mai."),
        )
    )
    citation = form_field(CITATION)
    needs_verification = form_field(MARK)

    def fill(self, row: LegalTerm) -> None:
        """Start from the row in force; the new citation stays empty."""
        self.length.data = str(row.length)
        self.unit.data = row.unit.value
        self.cut_off.data = f"{row.cut_off:%H:%M}" if row.cut_off else ""
        self.reminders.data = ", ".join(map(str, row.reminders))

    def to_command(self, key: str) -> AddTerm:
        """The command; Invalid if the time or the days cannot be read."""
        return AddTerm(
            key,
            self.valid_from.value,
            self.length.value,
            TermUnit(self.unit.value),
            read_time(self.cut_off.value or ""),
            read_days(self.reminders.value or ""),
            self.citation.value,
            self.needs_verification.value,
            self.owner.value or "",
        )


class WithdrawTermForm(PreviewForm):
    """Why a row of a term was a mistake."""

    reason = form_field(Field("reason", _l("Lý do rút"), max_length=_MOST_SOURCE, required=True))


class DecideTermForm(DecideProposalForm, PreviewForm):
    """The second person's decision on a change of a term."""


def read_time(typed: str) -> time | None:
    """A time of day as HH:MM; None for an empty text."""
    if not typed:
        return None
    match = _TIME.fullmatch(typed)
    if match is None:
        sentence = _("“%(typed)s” không phải giờ trong ngày; hãy ghi giờ:phút, ví dụ 16:30.", typed=typed)
        raise Invalid({"cut_off": sentence})
    return time(int(match[1]), int(match[2]))


def read_days(typed: str) -> tuple[int, ...]:
    """Numbers of working days, descending and unique."""
    if not typed:
        return ()
    days = {int(number) for number in re.findall(r"\d+", typed)} if _NUMBERS.fullmatch(typed) else set()
    if not days or max(days) > _MOST_AHEAD:
        sentence = _(
            "“%(typed)s” không đọc được; hãy ghi các số từ 0 đến %(most)d, cách nhau bằng dấu phẩy, ví dụ 3, 1, 0.",
            typed=typed,
            most=_MOST_AHEAD,
        )
        raise Invalid({"reminders": sentence})
    return tuple(sorted(days, reverse=True))
