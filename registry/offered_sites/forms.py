"""The forms of an offered site and of a request for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from werkzeug.datastructures import FileStorage
from wtforms import MultipleFileField, SelectChoice, SelectField, StringField

from registry.files.service import AddFile
from registry.files.types import ACCEPTED, MAX_BYTES, TYPES
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, values_of
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _, _l
from registry.offered_sites.codes import SITE_CODE
from registry.offered_sites.commands import OfferSite, RequestSite
from registry.offered_sites.models import OfferedSite, SiteRequest
from registry.structures.forms import SYSTEMS

SITE_FIELDS: Final[Mapping[str, Field]] = {
    name: fields_of(OfferedSite)[name] for name in ("kind", "name", "address", "room", "terms", "decision_number")
}
REQUEST_FIELDS: Final[Mapping[str, Field]] = {name: fields_of(SiteRequest)[name] for name in ("purpose", "wanted_from")}
#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "uq_site_request_open": ("", _l("Đơn vị vừa gửi một đề nghị khác về địa điểm này; cần tải lại trang.")),
}


class _Position(BaseForm):
    position = StringField(
        _l("Vị trí"),
        description=_l("Ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."),
        render_kw={"aria-required": "true"},
    )
    system = SelectField(
        _l("Hệ tọa độ"), choices=[SelectChoice(code, label) for code, label in SYSTEMS], default="auto"
    )
    files = MultipleFileField(
        _l("Văn bản cho phép, ảnh, sơ đồ"),
        description=_l("Tối đa %(most)d MB mỗi tệp; nhận %(types)s.", most=MAX_BYTES // (1024 * 1024), types=ACCEPTED),
        render_kw={"accept": ",".join(f".{extension}" for extension in TYPES), "aria-required": "true"},
    )

    def read_position(self, bounds: Bounds | None) -> ParsedPosition | str:
        """The position, or the sentence that refuses it."""
        try:
            return parse_position(self.position.data or "", self.system.data or "auto", bounds=bounds)
        except PositionRefused as refused:
            return refused.message

    def sent(self) -> list[FileStorage]:
        """The files that were sent."""
        return [file for file in self.files.data or [] if isinstance(file, FileStorage) and file.filename]

    def to_command(self, position: ParsedPosition) -> OfferSite:
        return OfferSite(values_of(self, SITE_FIELDS), position)

    def sent_files(self, case_id: int) -> list[AddFile]:
        return [
            AddFile(
                subject_kind=SITE_CODE,
                subject_id=case_id,
                file_name=file.filename or "",
                content=file.stream.read(MAX_BYTES + 1),
                caption=_("Tài liệu của địa điểm"),
            )
            for file in self.sent()
        ]


SiteForm: Any = declared_form("SiteForm", SITE_FIELDS.values(), _Position)
SiteRequestForm: Any = declared_form("SiteRequestForm", REQUEST_FIELDS.values(), BaseForm)


def to_request(form: Any, site_id: int) -> RequestSite:
    return RequestSite(site_id, values_of(form, REQUEST_FIELDS))
