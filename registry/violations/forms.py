"""Forms of violations: the mobile form of a new one, and the correction of facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Optional, ValidationError

from registry.files.forms import to_add
from registry.files.service import AddFile
from registry.kernel.days import DaySpan
from registry.kernel.fields import fields_of
from registry.kernel.forms.base import VersionedForm
from registry.kernel.forms.builder import DayField, form_field
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.i18n import _, _l, format_metres
from registry.kernel.i18n.stored import stored_text
from registry.structures.forms import SinglePointForm, system_field
from registry.violations.codes import CODE
from registry.violations.commands import EditViolation, LogViolation, ViolationFacts
from registry.violations.models import Violation, ViolationKind
from registry.violations.rules import format_fine_range, is_outdated_without_range

_FIELDS: Final = fields_of(Violation)


def _required(sentence: Any) -> list[InputRequired]:
    return [InputRequired(sentence)]


class FactsForm(VersionedForm):
    """The facts that can be corrected later."""

    # The acts depend on the day; the service checks the choice.
    kind = SelectField(
        _l("Hành vi"),
        validators=_required(_l("Chưa chọn hành vi; hãy chọn trong danh mục.")),
        validate_choice=False,
    )
    description = form_field(_FIELDS["description"])
    address = form_field(_FIELDS["address"])
    # Nearby structures are known only with the position; the service checks the choice.
    structure = SelectField(
        _l("Công trình liên quan"),
        validate_choice=False,
        description=_l("Chọn trong các công trình quanh vị trí, nếu có."),
    )
    organisation = SelectField(_l("Tổ chức nghi vi phạm"), coerce=int)
    suspects = form_field(_FIELDS["suspects"])

    def facts(self) -> ViolationFacts:
        return ViolationFacts(
            kind=self.kind.data,
            description=self.description.value or "",
            address=self.address.value,
            structure_code=self.structure.data or None,
            organisation_id=self.organisation.data or None,
            suspects=self.suspects.value,
        )

    def to_edit(self, violation_id: int) -> EditViolation:
        return EditViolation(violation_id=violation_id, version=self.read_version, facts=self.facts())


class LogForm(SinglePointForm, FactsForm):
    """A new violation, in the order of work on site: photo, position, act, day, description."""

    # The acts depend on the day; the service checks the choice.
    kind = SelectField(_l("Hành vi khác"), validate_choice=False)
    usual = RadioField(_l("Hành vi thường gặp ở địa bàn"), validate_choice=False, validators=[Optional()])
    description = form_field(
        replace(_FIELDS["description"], required=False, hint=_l("Để trống thì hồ sơ ghi tên hành vi."))
    )
    camera = FileField(_l("Chụp ảnh"), render_kw={"accept": "image/*", "capture": "environment"})
    photos = MultipleFileField(_l("Hoặc chọn ảnh có sẵn"), render_kw={"accept": "image/*"})
    position = StringField(
        _l("Vị trí"),
        validators=_required(_l("Chưa nhập vị trí; hãy chọn “Vị trí của tôi”, bấm lên bản đồ hoặc nhập tọa độ.")),
        description=_l("Ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."),
    )
    system = system_field()
    accuracy_m = form_field(_FIELDS["accuracy_m"])
    occurred_on = DayField(
        _FIELDS["occurred_on"].label,
        validators=_required(_l("Chưa nhập ngày xảy ra.")),
        span=_FIELDS["occurred_on"].span,
    )
    is_continuing = BooleanField(_FIELDS["is_continuing"].label, description=_FIELDS["is_continuing"].hint)
    ended_on = DayField(
        _FIELDS["ended_on"].label,
        validators=[Optional()],
        span=_FIELDS["ended_on"].span,
        description=_FIELDS["ended_on"].hint,
    )
    found_on = DayField(
        _l("Ngày phát hiện"),
        validators=[Optional()],
        span=DaySpan(back=3, ahead=1),
        description=_l("Ngày phát hiện thực tế nếu ghi muộn; các thời hạn tính từ ngày này. Để trống là hôm nay."),
    )
    #: The position for which nearby violations were shown; it is then saved all the same.
    compared = HiddenField()
    #: The questions about photos that were shown.
    asked_files = HiddenField()

    def validate_occurred_on(self, field: DayField) -> None:
        """A refused text leaves no day."""
        if field.data is None and not field.errors:
            raise ValidationError(_("Chưa nhập ngày xảy ra."))

    def validate_kind(self, field: SelectField) -> None:
        """One act, of the usual ones or of all."""
        if not field.data and not self.usual.data:
            raise ValidationError(_("Chưa chọn hành vi; hãy chọn trong danh mục."))
        if field.data and self.usual.data and field.data != self.usual.data:
            raise ValidationError(_("Đã chọn hai hành vi; hãy bỏ chọn một, mỗi hồ sơ ghi một hành vi."))

    def facts(self) -> ViolationFacts:
        return replace(super().facts(), kind=self.kind.data or self.usual.data or "")

    def to_command(self, position: ParsedPosition) -> LogViolation:
        return LogViolation(
            facts=self.facts(),
            occurred_on=self.occurred_on.data,
            place=position,
            is_continuing=bool(self.is_continuing.data),
            ended_on=self.ended_on.data,
            found_on=self.found_on.data,
            accuracy_m=self.accuracy_m.value,
        )

    def was_compared(self) -> bool:
        """Whether the violations near this position were shown before."""
        return bool(self.compared.data) and self.compared.data == (self.position.data or "").strip()

    def sent_photos(self) -> list[tuple[str, FileStorage]]:
        """The photos, each with the name of its form field."""
        named = [("camera", self.camera.data), *(("photos", sent) for sent in self.photos.data or [])]
        return [(name, sent) for name, sent in named if sent]


def photo_of(sent: FileStorage, violation_id: int) -> AddFile:
    return to_add(sent, CODE, violation_id, _("Ảnh hiện trường"))


def fill_kinds(form: FactsForm, kinds: Iterable[ViolationKind]) -> None:
    """Offer these acts by group, each with its fine."""
    form.kind.choices = [
        SelectChoice("", _("Chọn hành vi")),
        *(
            SelectChoice(
                kind.code, f"{stored_text(kind.act)} ({format_fine_range(kind)})", optgroup=str(kind.kind_group.label)
            )
            for kind in kinds
            if not is_outdated_without_range(kind)
        ),
    ]


def fill_usual(form: LogForm, kinds: Iterable[ViolationKind]) -> None:
    """Offer the usual acts, each by one touch."""
    form.usual.choices = [SelectChoice(kind.code, stored_text(kind.act)) for kind in kinds]


def fill_structures(form: FactsForm, structures: Sequence[Any]) -> None:
    near = [SelectChoice(code, label) for code, label in structure_options(structures)]
    form.structure.choices = [SelectChoice("", _("Không có, hoặc chưa rõ")), *near]


def fill_organisations(form: FactsForm, organisations: Sequence[Any]) -> None:
    organisation_choices = [SelectChoice(row.id, row.short_name) for row in organisations]
    form.organisation.choices = [SelectChoice(0, _("Chưa rõ")), *organisation_choices]


def structure_options(structures: Sequence[Any]) -> list[tuple[str, str]]:
    """Code and label of nearby structures."""
    return [
        (row.code, f"{row.code} {row.name}, " + _("cách %(distance)s", distance=format_metres(row.metres, 0)))
        for row in structures
    ]


def as_typed(violation: Violation, kind: ViolationKind, structure_code: str | None) -> dict[str, Any]:
    """The form data of a violation."""
    return {
        "kind": kind.code,
        "description": violation.description,
        "address": violation.address or "",
        "structure": structure_code or "",
        "organisation": violation.organisation_id or 0,
        "suspects": violation.suspects or "",
        "version": str(violation.version),
    }
