"""The form of a notice before building."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flask_wtf.file import MultipleFileField
from wtforms import SelectChoice, SelectField, StringField

from registry.building_notices.codes import CODE
from registry.building_notices.commands import SendNotice
from registry.building_notices.models import BuildingNotice
from registry.files.forms import ACCEPT, FILES_HINT, to_add
from registry.files.service import AddFile
from registry.joint_builds.models import JointBuild
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.builder import declared_form, values_of
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.i18n import _, _l
from registry.kernel.numbers import parse_id
from registry.structures.forms import SinglePointForm, system_field
from registry.structures.kinds import KINDS

_NAMES: Final = ("regime", "work", "address", "starts_on", "exemption", "conformity", "plan_item", "parameters")
FIELDS: Final[Mapping[str, Field]] = {name: fields_of(BuildingNotice)[name] for name in _NAMES}


class _Work(SinglePointForm):
    kind = SelectField(_l("Loại công trình"), validate_choice=False)
    position = StringField(
        _l("Vị trí"),
        description=_l("Ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."),
        render_kw={"aria-required": "true"},
    )
    system = system_field()
    structure = StringField(
        _l("Mã công trình dự kiến"),
        description=_l("Nếu công trình đã đăng ký trong cơ sở dữ liệu với trạng thái dự kiến hoặc đang xây dựng."),
    )
    joint_build = SelectField(
        _l("Phương án xây dựng, sử dụng chung"),
        validate_choice=False,
        description=_l("Phương án của đơn vị đã kết thúc nhận đăng ký, chưa có công trình."),
    )
    files = MultipleFileField(
        _l("Tài liệu kèm theo"),
        description=FILES_HINT,
        render_kw=ACCEPT,
    )

    def offer(self, builds: Sequence[JointBuild]) -> None:
        """The kinds of structures, and the announcements that a notice may follow."""
        self.joint_build.choices = [
            SelectChoice("", _l("Không có")),
            *(SelectChoice(str(build.id), f"{build.number} {build.work}") for build in builds),
        ]
        self.kind.choices = [SelectChoice(code, kind.label) for code, kind in KINDS.items()]

    def to_command(self, position: ParsedPosition) -> SendNotice:
        typed = (self.structure.data or "").strip() or None
        return SendNotice(
            values_of(self, FIELDS), self.kind.data or "", position, typed, parse_id(self.joint_build.data)
        )

    def sent_files(self, case_id: int) -> list[AddFile]:
        return [to_add(file, CODE, case_id, _("Tài liệu kèm thông báo")) for file in self.files.data or []]


NoticeForm = declared_form("NoticeForm", FIELDS.values(), _Work)
