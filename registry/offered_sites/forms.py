"""The forms of an offered site and of a request for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_wtf.file import MultipleFileField
from wtforms import StringField

from registry.files.forms import ACCEPT, FILES_HINT, to_add
from registry.files.service import AddFile
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, values_of
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.i18n import _, _l
from registry.offered_sites.codes import SITE_CODE
from registry.offered_sites.commands import OfferSite, RequestSite
from registry.offered_sites.models import OfferedSite, SiteRequest
from registry.structures.forms import SinglePointForm, system_field

SITE_FIELDS: Final[Mapping[str, Field]] = {
    name: fields_of(OfferedSite)[name] for name in ("kind", "name", "address", "room", "terms", "decision_number")
}
REQUEST_FIELDS: Final[Mapping[str, Field]] = {name: fields_of(SiteRequest)[name] for name in ("purpose", "wanted_from")}
#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "uq_site_request_open": ("", _l("Đơn vị vừa gửi một đề nghị khác về địa điểm này; cần tải lại trang.")),
}


class _Site(SinglePointForm):
    position = StringField(
        _l("Vị trí"),
        description=_l("Ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."),
        render_kw={"aria-required": "true"},
    )
    system = system_field()
    files = MultipleFileField(
        _l("Văn bản cho phép, ảnh, sơ đồ"),
        description=FILES_HINT,
        render_kw=ACCEPT | {"aria-required": "true"},
    )

    def to_command(self, position: ParsedPosition) -> OfferSite:
        return OfferSite(values_of(self, SITE_FIELDS), position)

    def sent_files(self, case_id: int) -> list[AddFile]:
        return [to_add(file, SITE_CODE, case_id, _("Tài liệu của địa điểm")) for file in self.files.data or []]


SiteForm: Any = declared_form("SiteForm", SITE_FIELDS.values(), _Site)
SiteRequestForm: Any = declared_form("SiteRequestForm", REQUEST_FIELDS.values(), BaseForm)


def to_request(form: Any, site_id: int) -> RequestSite:
    return RequestSite(site_id, values_of(form, REQUEST_FIELDS))
