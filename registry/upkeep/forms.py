"""The form that opens rounds of confirmation by hand."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import SelectChoice, SelectField

from registry.accounts.models import Organisation
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import DayField
from registry.kernel.forms.submit import explain_constraint
from registry.kernel.i18n import _l
from registry.upkeep.commands import OpenRounds

explain_constraint(
    "uq_attestation_round_organisation_id_opened_on",
    "owner",
    _l("Đợt xác nhận của chủ sở hữu này vừa được mở hôm nay; hãy tải lại trang."),
)


class OpenForm(BaseForm):
    """Which owners to ask, and by when."""

    owner = SelectField(_l("Chủ sở hữu"))
    due_on = DayField(
        _l("Hạn cuối"), description=_l("Ngày/tháng/năm, ví dụ 05/12/2026; để trống thì theo số ngày quy định.")
    )

    def offer(self, owners: Iterable[Organisation]) -> None:
        """The owners to choose from; the first choice asks all of them."""
        named = [SelectChoice(str(owner.id), owner.short_name) for owner in owners]
        self.owner.choices = [SelectChoice("", _l("Mọi chủ sở hữu chưa có đợt đang mở")), *named]

    def to_command(self) -> OpenRounds:
        """The command of a valid form."""
        return OpenRounds(int(self.owner.data) if self.owner.data else None, self.due_on.data)
