"""The form of a notice before building."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from werkzeug.datastructures import FileStorage
from wtforms import MultipleFileField, SelectChoice, SelectField, StringField

from registry.building_notices.codes import CODE
from registry.building_notices.commands import SendNotice
from registry.building_notices.models import BuildingNotice
from registry.files.service import AddFile
from registry.files.types import ACCEPTED, MAX_BYTES, TYPES
from registry.joint_builds.models import JointBuild
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, values_of
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _, _l
from registry.kernel.numbers import parse_id
from registry.structures.forms import SYSTEMS
from registry.structures.kinds import KINDS

_NAMES: Final = ("regime", "work", "address", "starts_on", "exemption", "conformity", "plan_item", "parameters")
FIELDS: Final[Mapping[str, Field]] = {name: fields_of(BuildingNotice)[name] for name in _NAMES}


class _Work(BaseForm):
    kind = SelectField(_l("Loại công trình"), validate_choice=False)
    position = StringField(
        _l("Vị trí"),
        description=_l("Ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."),
        render_kw={"aria-required": "true"},
    )
    system = SelectField(
        _l("Hệ tọa độ"), choices=[SelectChoice(code, label) for code, label in SYSTEMS], default="auto"
    )
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
        description=_l("Tối đa %(most)d MB mỗi tệp; nhận %(types)s.", most=MAX_BYTES // (1024 * 1024), types=ACCEPTED),
        render_kw={"accept": ",".join(f".{extension}" for extension in TYPES)},
    )

    def offer(self, builds: Sequence[JointBuild]) -> None:
        """The kinds of structures, and the announcements that a notice may follow."""
        self.joint_build.choices = [
            SelectChoice("", _l("Không có")),
            *(SelectChoice(str(build.id), f"{build.number} {build.work}") for build in builds),
        ]
        self.kind.choices = [SelectChoice(code, kind.label) for code, kind in KINDS.items()]

    def read_position(self, bounds: Bounds | None) -> ParsedPosition | str:
        """The position, or the sentence that refuses it."""
        try:
            return parse_position(self.position.data or "", self.system.data or "auto", bounds=bounds)
        except PositionRefused as refused:
            return refused.message

    def to_command(self, position: ParsedPosition) -> SendNotice:
        typed = (self.structure.data or "").strip() or None
        return SendNotice(
            values_of(self, FIELDS), self.kind.data or "", position, typed, parse_id(self.joint_build.data)
        )

    def sent_files(self, case_id: int) -> list[AddFile]:
        return [
            AddFile(
                subject_kind=CODE,
                subject_id=case_id,
                file_name=sent.filename or "",
                content=sent.stream.read(MAX_BYTES + 1),
                caption=_("Tài liệu kèm thông báo"),
            )
            for sent in self.files.data or []
            if isinstance(sent, FileStorage) and sent.filename
        ]


NoticeForm = declared_form("NoticeForm", FIELDS.values(), _Work)
