"""The form of a new token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from wtforms import RadioField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from registry.access_tokens.codes import TokenScope
from registry.access_tokens.commands import IssueToken
from registry.access_tokens.rules import MAX_NAME
from registry.accounts.forms import unit_choices
from registry.kernel.days import DaySpan
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import DayField
from registry.kernel.i18n import _l

PERSONAL, OF_ORGANISATION = "personal", "organisation"


class TokenForm(BaseForm):
    """Name, whose it is, what it may read and how long."""

    name = StringField(
        _l("Tên mã"),
        [InputRequired(_l("Chưa nhập tên mã; ví dụ đúng: QGIS máy phòng hạ tầng.")), Length(max=MAX_NAME)],
        description=_l("Đặt theo máy hoặc chương trình sẽ dùng, ví dụ: QGIS máy phòng hạ tầng."),
        render_kw={"maxlength": MAX_NAME, "autocomplete": "off"},
    )
    audience = RadioField(
        _l("Mã thuộc"),
        choices=[SelectChoice(PERSONAL, _l("Của tôi")), SelectChoice(OF_ORGANISATION, _l("Của đơn vị"))],
        default=PERSONAL,
        description=_l("Mã của đơn vị: đồng nghiệp được xem và thu hồi; quyền của mã vẫn là quyền của người tạo."),
    )
    scopes = SelectMultipleField(
        _l("Được đọc"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l("Không vượt quyền của người tạo; chỉ đọc, không sửa."),
    )
    unit_ids = SelectMultipleField(
        _l("Địa bàn"),
        [Optional()],
        coerce=int,
        description=_l(
            "Để trống: toàn bộ địa bàn mà người tạo được xem. Chọn được nhiều đơn vị (trên máy tính: giữ Ctrl)."
        ),
        render_kw={"size": 8},
    )
    expires_on = DayField(
        _l("Dùng đến hết ngày"), [InputRequired(_l("Chưa nhập ngày hết hạn."))], span=DaySpan(ahead=2)
    )

    def offer(self, scopes: list[TokenScope], units: Mapping[str, list[tuple[int, str]]]) -> None:
        """The scopes and units that the owner may give."""
        self.scopes.choices = [SelectChoice(scope.value, scope.label) for scope in scopes]
        self.unit_ids.choices = unit_choices(units)

    def to_command(self, text: str) -> IssueToken:
        day: date = self.expires_on.data
        return IssueToken(
            text,
            self.name.data or "",
            tuple(self.scopes.data or ()),
            day,
            tuple(self.unit_ids.data or ()),
            self.audience.data == OF_ORGANISATION,
        )
