"""The form of the second person who decides on a proposal."""

from __future__ import annotations

from typing import Final

from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired

from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import form_field
from registry.kernel.i18n import _l

REASON: Final = Field("reason", _l("Lý do"), max_length=500, multiline=True, hint=_l("Cần ghi khi không xác nhận."))


class DecideProposalForm(BaseForm):
    """The decision of the second person."""

    decision = RadioField(
        _l("Quyết định"),
        choices=[
            SelectChoice("confirm", _l("Xác nhận: thay đổi được ghi và báo cho người được bảo vệ")),
            SelectChoice("refuse", _l("Không xác nhận")),
        ],
        validators=[InputRequired(_l("Chưa chọn quyết định; hãy chọn một mục."))],
    )
    reason = form_field(REASON)
