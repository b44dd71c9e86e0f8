"""The form of an announcement of joint building."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from werkzeug.datastructures import FileStorage
from wtforms import MultipleFileField, SelectChoice, SelectField, StringField

from registry.files.service import AddFile
from registry.files.types import ACCEPTED, MAX_BYTES, TYPES
from registry.joint_builds.codes import BUILD_CODE
from registry.joint_builds.commands import AnnounceBuild
from registry.joint_builds.models import JointBuild
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, values_of
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _, _l
from registry.structures.forms import SYSTEMS
from registry.structures.kinds import HOSTS

_NAMES: Final = (
    *("work", "address", "height_m", "length_m", "bores", "closes_on"),
    *("offered_places", "offered_bores", "cost_share"),
)
FIELDS: Final[Mapping[str, Field]] = {name: fields_of(JointBuild)[name] for name in _NAMES}
#: Months that the form offers.
_MONTHS: Final = 36
#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "uq_joint_build_structure_id": (
        "structure",
        _l("Công trình vừa được gắn với một phương án khác; cần chọn công trình khác."),
    ),
}


class _Build(BaseForm):
    kind = SelectField(_l("Loại công trình"), validate_choice=False)
    starts_in = SelectField(_l("Tháng khởi công dự kiến"), validate_choice=False)
    position = StringField(
        _l("Vị trí"),
        description=_l("Tuyến: ghi điểm đầu; ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."),
        render_kw={"aria-required": "true"},
    )
    system = SelectField(
        _l("Hệ tọa độ"), choices=[SelectChoice(code, label) for code, label in SYSTEMS], default="auto"
    )
    files = MultipleFileField(
        _l("Sơ đồ, bản vẽ"),
        description=_l("Tối đa %(most)d MB mỗi tệp; nhận %(types)s.", most=MAX_BYTES // (1024 * 1024), types=ACCEPTED),
        render_kw={"accept": ",".join(f".{extension}" for extension in TYPES)},
    )

    def offer(self, today: date) -> None:
        """The kinds of structures, and the months from this one on."""
        self.kind.choices = [SelectChoice(code, kind.label) for code, kind in HOSTS.items()]
        count = (divmod(today.year * 12 + today.month - 1 + ahead, 12) for ahead in range(_MONTHS))
        months = [(f"{year}-{month + 1:02d}", f"{month + 1:02d}/{year}") for year, month in count]
        self.starts_in.choices = [
            SelectChoice("", _l("Hãy chọn")),
            *(SelectChoice(code, label) for code, label in months),
        ]

    def read_position(self, bounds: Bounds | None) -> ParsedPosition | str:
        """The position, or the sentence that refuses it."""
        try:
            return parse_position(self.position.data or "", self.system.data or "auto", bounds=bounds)
        except PositionRefused as refused:
            return refused.message

    def to_command(self, position: ParsedPosition) -> AnnounceBuild:
        return AnnounceBuild(
            values_of(self, FIELDS), self.kind.data or "", _first_day(self.starts_in.data or ""), position
        )

    def sent_files(self, case_id: int) -> list[AddFile]:
        return [
            AddFile(
                subject_kind=BUILD_CODE,
                subject_id=case_id,
                file_name=sent.filename or "",
                content=sent.stream.read(MAX_BYTES + 1),
                caption=_("Tài liệu của phương án"),
            )
            for sent in self.files.data or []
            if isinstance(sent, FileStorage) and sent.filename
        ]


def _first_day(month: str) -> date | None:
    """The first day of a month such as 2026-12; None for another text."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        return None


JointBuildForm: Any = declared_form("JointBuildForm", FIELDS.values(), _Build)
