"""The forms of an announcement: a new one with its place, and its correction."""

from __future__ import annotations

from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from registry.kernel.errors import Invalid
from registry.kernel.fields import fields_of
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.kernel.geo.coordinates import PositionRefused
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _l
from registry.kernel.uploaded_tables import read_line
from registry.street_works.commands import AnnounceWork, ChangeWork
from registry.streets.work_models import StreetWork
from registry.structures.forms import system_field
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import read_position

#: What can be corrected; place and period have moves of their own.
_SAID: Final = ("work", "kind", "is_dug", "width_m", "depth_m", "contact_name", "contact_phone", "note")
_NEW: Final = (*_SAID[:2], "from_place", "to_place", "starts_on", "ends_on", *_SAID[2:])
NEW_FIELDS: Final = {name: fields_of(StreetWork)[name] for name in _NEW}
SAID_FIELDS: Final = {name: fields_of(StreetWork)[name] for name in _SAID}
#: Longest text of the positions of a line, in characters: some 20,000 points.
_MOST_TEXT: Final = 1_000_000

CONSTRAINT_SENTENCES: Final = {
    "uq_street_work_open": (
        "work",
        _l("Đơn vị đã thông báo công việc cùng tên, cùng ngày bắt đầu và chưa kết thúc; hãy mở thông báo đó."),
    ),
}


class WorkFormBase(BaseForm):
    """Where the work is."""

    street = StringField(
        _l("Tên đường hoặc số hiệu"),
        validators=[Optional(), Length(max=200)],
        description=_l("Như trong danh mục đường của hệ thống; có thể để trống khi vẽ tuyến hoặc chọn tệp."),
    )
    commune = SelectField(_l("Xã, phường"), coerce=int, default=0, validate_choice=False)
    position = TextAreaField(
        _l("Tọa độ của tuyến"),
        validators=[Optional(), Length(max=_MOST_TEXT)],
        description=_l("Mỗi điểm một dòng, theo thứ tự dọc tuyến; để trống khi đã ghi tên đường."),
    )
    system = system_field()
    file = FileField(
        _l("Lấy tuyến từ tệp"),
        description=_l(
            "GeoJSON, KML, KMZ, GPX, CSV, Shapefile (ZIP) hoặc GeoPackage có một tuyến; tệp thay cho ô tọa độ."
        ),
    )

    def read_line(self, bounds: Bounds) -> tuple[str | None, dict[str, list[str]]]:
        """The line (GeoJSON) of the file or of the text, and refusals by field; without both neither."""
        if self.file.data:
            try:
                self.position.data, self.system.data = read_line(self.file.data.stream), "auto"
            except Invalid as refused:
                return None, {name: list(texts) for name, texts in refused.fields.items()}
        if not (self.position.data or "").strip():
            return None, {}
        try:
            return read_position(self.position.data or "", self.system.data, Shape.LINE, bounds).geojson, {}
        except PositionRefused as refused:
            return None, {"position": [refused.message]}


WorkForm: Any = declared_form("WorkForm", NEW_FIELDS.values(), WorkFormBase)
CorrectionForm: Any = declared_form("CorrectionForm", SAID_FIELDS.values(), VersionedForm)


def to_announce(form: Any, line: str | None) -> AnnounceWork:
    return AnnounceWork(values_of(form, NEW_FIELDS), form.street.data or "", form.commune.data or None, line)


def to_change(form: Any, work_id: int) -> ChangeWork:
    return ChangeWork(work_id, form.read_version, values_of(form, SAID_FIELDS))


def as_typed(work: StreetWork) -> dict[str, Any]:
    """The form data of an announcement."""
    return dict(typed_values(SAID_FIELDS, work)) | {"version": str(work.version)}
