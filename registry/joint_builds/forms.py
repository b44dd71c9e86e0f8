"""The form of an announcement of joint building."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask_wtf.file import MultipleFileField
from wtforms import SelectChoice, SelectField, StringField

from registry.files.forms import ACCEPT, FILES_HINT, to_add
from registry.files.service import AddFile
from registry.joint_builds.codes import BUILD_CODE
from registry.joint_builds.commands import AnnounceBuild
from registry.joint_builds.models import JointBuild
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.builder import declared_form, values_of
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.i18n import _, _l
from registry.structures.forms import SinglePointForm, system_field
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


class _Build(SinglePointForm):
    kind = SelectField(_l("Loại công trình"), validate_choice=False)
    starts_in = SelectField(_l("Tháng khởi công dự kiến"), validate_choice=False)
    position = StringField(
        _l("Vị trí"),
        description=_l("Tuyến: ghi điểm đầu; ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."),
        render_kw={"aria-required": "true"},
    )
    system = system_field()
    files = MultipleFileField(
        _l("Sơ đồ, bản vẽ"),
        description=FILES_HINT,
        render_kw=ACCEPT,
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

    def to_command(self, position: ParsedPosition) -> AnnounceBuild:
        return AnnounceBuild(
            values_of(self, FIELDS), self.kind.data or "", _first_day(self.starts_in.data or ""), position
        )

    def sent_files(self, case_id: int) -> list[AddFile]:
        return [to_add(file, BUILD_CODE, case_id, _("Tài liệu của phương án")) for file in self.files.data or []]


def _first_day(month: str) -> date | None:
    """The first day of a month such as 2026-12; None for another text."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        return None


JointBuildForm: Any = declared_form("JointBuildForm", FIELDS.values(), _Build)
