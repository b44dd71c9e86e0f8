"""Forms of reports: three screens for the public, the look-up of a code, follow-ups, and the clearing of photos."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from registry.files.types import MAX_BYTES
from registry.incidents.codes import SATISFACTION, IncidentKind
from registry.incidents.commands import Contact, FollowUp
from registry.incidents.models import MAX_TEXT, Incident, IncidentReport
from registry.incidents.photos import COLUMNS, ROWS, SentPhoto
from registry.kernel.fields import fields_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import form_field
from registry.kernel.i18n import _l
from registry.kernel.text import normalise, normalise_lines

_POSITION = 200
_FIELDS: Final = fields_of(IncidentReport)
_INCIDENT: Final = fields_of(Incident)
#: Kinds that the public is offered, in the order of danger; the rest is for officials and operators.
OFFERED: Final = tuple(kind for kind in IncidentKind if kind is not IncidentKind.DISASTER)


class DraftForm(BaseForm):
    """A form of a report that is being written.

    When many write, `altcha` is its proof of work, `ticket` says since when the form is open where no scripts run.
    `homepage` is hidden from people: what fills it in is a program.
    """

    draft = HiddenField()
    label = HiddenField()
    altcha = HiddenField()
    ticket = HiddenField()
    homepage = StringField(_l("Để trống ô này"), render_kw={"autocomplete": "off", "tabindex": "-1"})


class PhotoForm(DraftForm):
    """The first screen."""

    photos = MultipleFileField(
        _l("Ảnh hiện trường"),
        description=_l("Chụp từ vị trí an toàn; có thể gửi nhiều ảnh. Ảnh chỉ được công khai sau khi kiểm duyệt."),
        render_kw={"accept": "image/*"},
    )

    def sent(self) -> list[SentPhoto]:
        """The photos; of each one byte more than is accepted is read, so that a larger one can be refused."""
        return [SentPhoto(sent.filename, sent.stream.read(MAX_BYTES + 1)) for sent in self.photos.data or []]


class ReportPlaceForm(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """The second screen, sent as an address so that the way back works."""

    class Meta(BaseForm.Meta):
        """It changes nothing, so it needs no token."""

        csrf = False

    draft = HiddenField()
    label = HiddenField()
    at = StringField(
        _l("Vị trí"),
        description=_l("Ví dụ: 19,807; 105,776, hoặc liên kết chia sẻ từ ứng dụng bản đồ."),
        validators=[Length(max=_POSITION)],
    )
    accuracy = HiddenField()
    unit = SelectField(_l("Xã, phường"), validate_choice=False)
    address = StringField(
        _INCIDENT["address"].label,
        description=_INCIDENT["address"].hint,
        validators=[Length(max=_INCIDENT["address"].max_length)],
    )


class ContactMixin:
    """Contact, which is optional."""

    name = form_field(_FIELDS["name"])
    phone = form_field(_FIELDS["phone"])
    email = form_field(_FIELDS["email"])
    consent = BooleanField(_l("Tôi đồng ý cho cơ quan xử lý lưu và sử dụng thông tin liên hệ này"))

    def contact(self) -> Contact:
        fields: Any = self
        texts = {name: normalise(fields[name].data or "") or None for name in ("name", "phone", "email")}
        return Contact(**texts, consents=bool(fields["consent"].data))


class ReportForm(ContactMixin, DraftForm):
    """The third screen; it carries the place along."""

    at = HiddenField()
    accuracy = HiddenField()
    unit = HiddenField()
    address = HiddenField()
    #: What was shown before it was sent again: the emergency numbers, and similar reports of a kind.
    warned = HiddenField()
    compared = HiddenField()
    kind = RadioField(
        _INCIDENT["kind"].label,
        choices=[SelectChoice(kind.value, kind.label) for kind in OFFERED],
        validators=[InputRequired(_l("Chưa chọn loại sự cố; hãy chọn một mục."))],
    )
    danger = RadioField(
        _l("Có người bị thương, hoặc đang gây nguy hiểm cho người qua lại"),
        choices=[SelectChoice("yes", _l("Có")), SelectChoice("no", _l("Không"))],
        validators=[InputRequired(_l("Chưa trả lời có nguy hiểm hay không; hãy chọn “Có” hoặc “Không”."))],
    )
    text = form_field(_FIELDS["text"])
    marks = form_field(_FIELDS["marks"])

    def texts(self) -> dict[str, str | None]:
        """The words in their stored form."""
        return {
            "text": normalise_lines(self.text.data or "") or None,
            "marks": normalise(self.marks.data or "") or None,
        }


class CodeForm(BaseForm):
    """The look-up by a tracking code."""

    code = StringField(
        _l("Mã tra cứu"),
        validators=[InputRequired(_l("Chưa nhập mã tra cứu; hãy nhập mã đã nhận khi gửi phản ánh."))],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


class MeTooForm(ContactMixin, DraftForm):
    """Somebody meets it, too."""

    text = form_field(replace(_FIELDS["text"], hint=""))

    def to_command(self) -> FollowUp:
        return FollowUp(draft=self.draft.data or "", text=self.text.data, contact=self.contact())


class ReopenForm(PhotoForm):
    """The proof that it is not repaired."""

    text = TextAreaField(_l("Mô tả hiện trạng"), validators=[Length(max=MAX_TEXT)])


class RatingForm(DraftForm):
    """How satisfied the reporter is."""

    #: The page has another form with one.
    homepage = StringField(
        _l("Để trống ô này"), id="rating-homepage", render_kw={"autocomplete": "off", "tabindex": "-1"}
    )
    satisfaction = RadioField(
        _l("Mức độ hài lòng"),
        choices=[SelectChoice(str(value), label) for value, label in SATISFACTION.items()],
        validators=[InputRequired(_l("Chưa chọn mức độ hài lòng; hãy chọn một trong năm mức."))],
    )
    satisfaction_text = form_field(_FIELDS["satisfaction_text"])


class ClearForm(BaseForm):
    """The cells of a photo to blacken, and what becomes of it."""

    cells = SelectMultipleField(
        _l("Ô cần che"),
        choices=[SelectChoice(str(cell), str(cell)) for cell in range(COLUMNS * ROWS)],
        validate_choice=True,
    )
    decision = RadioField(
        _l("Kết quả kiểm duyệt"),
        choices=[
            SelectChoice(
                "clear", _l("Ảnh sau khi che không còn khuôn mặt, biển số, thông tin cá nhân: cho phép sử dụng")
            ),
            SelectChoice("refuse", _l("Không sử dụng ảnh này")),
        ],
        validators=[InputRequired(_l("Chưa chọn kết quả kiểm duyệt; hãy chọn một mục."))],
    )


class StormForm(BaseForm):
    """A storm that begins."""

    name = StringField(
        _l("Tên đợt thiên tai"),
        validators=[InputRequired(_l("Chưa ghi tên đợt; ví dụ: Bão số 10 năm 2026.")), Length(max=200)],
        description=_l("Ví dụ: Bão số 10 năm 2026."),
    )


class StormFileForm(BaseForm):
    """A list of incidents."""

    file = FileField(
        _l("Danh sách (CSV, XLSX, XLS, ODS)"),
        validators=[InputRequired(_l("Chưa chọn tệp; hãy chọn danh sách theo tệp mẫu."))],
        render_kw={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.ods"},
    )
