"""The form of the list of structures that carry a cable."""

from __future__ import annotations

from typing import Final

from wtforms import BooleanField, TextAreaField
from wtforms.validators import Length

from registry.cables.commands import SetMembers
from registry.cables.rules import read_codes
from registry.kernel.forms.base import VersionedForm
from registry.kernel.forms.builder import NEEDED_WHEN
from registry.kernel.i18n import _l

_MOST_TEXT = 200_000
_MOST_REASON = 500
CONSTRAINT_SENTENCES: Final = {
    "fk_cable_member_structure_id": (
        "members",
        _l("Một công trình trong danh sách vừa bị xóa khi hoàn tác; hãy tải lại danh sách rồi lưu lại."),
    ),
}


class MembersForm(VersionedForm):
    """The whole list, one code a line, in order from one end of the cable to the other."""

    members = TextAreaField(
        _l("Các công trình mà cáp đi qua"),
        validators=[Length(max=_MOST_TEXT)],
        description=_l(
            "Mỗi dòng một mã, theo thứ tự từ đầu đến cuối tuyến: mã của đơn vị, hoặc mã tỉnh như THA-CTC-000123. "
            "Có thể ngăn cách bằng dấu chấm phẩy hoặc dấu gạch đứng."
        ),
    )
    redraw = BooleanField(
        _l("Vẽ lại tuyến cáp qua vị trí của các công trình này"),
        description=_l("Đường vẽ cũ của tuyến được thay; bản cũ vẫn còn trong lịch sử."),
    )
    reason = TextAreaField(
        _l("Lý do"),
        validators=[Length(max=_MOST_REASON)],
        render_kw={NEEDED_WHEN: _l("khi danh sách khác đường cáp hoặc khác ngày của công trình")},
    )

    def to_command(self, cable_code: str) -> SetMembers:
        codes = read_codes(self.members.data or "")
        return SetMembers(
            cable_code, self.read_version, codes, bool(self.redraw.data), " ".join((self.reason.data or "").split())
        )
