"""Forms of organisations."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from registry.accounts.commands import AddSuccession, SaveOrganisation
from registry.accounts.models import Organisation, OrganisationKind, OwnerCategory
from registry.accounts.rules import NAME_MAX
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import DayField
from registry.kernel.forms.submit import explain_constraint
from registry.kernel.i18n import _l

explain_constraint(
    "uq_organisation_succession_predecessor_id",
    "successor_id",
    _l("Vừa có bên kế thừa khác được ghi cho tổ chức này; hãy mở lại trang để xem."),
)


class OrganisationForm(BaseForm):
    """All fields of an organisation; the code is given once."""

    version = HiddenField()
    code = StringField(
        _l("Mã"),
        [InputRequired(), Length(max=40)],
        description=_l("Chữ cái không dấu, chữ số, gạch ngang, gạch dưới; không đổi được sau khi lưu."),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    name = StringField(_l("Tên đầy đủ"), [InputRequired(), Length(max=NAME_MAX)])
    short_name = StringField(_l("Tên ngắn"), [InputRequired(), Length(max=NAME_MAX)])
    kind = SelectField(
        _l("Loại tổ chức"),
        [InputRequired()],
        choices=[SelectChoice(kind.value, kind.label) for kind in OrganisationKind],
        coerce=OrganisationKind,
    )
    owner_category = SelectField(
        _l("Nhóm chủ sở hữu"),
        [InputRequired()],
        choices=[SelectChoice(category.value, category.label) for category in OwnerCategory],
        coerce=OwnerCategory,
        description=_l("Mọi người đều thấy nhóm này, kể cả khi không được biết tên chủ sở hữu."),
    )
    tax_code = StringField(_l("Mã số thuế"), [Optional(), Length(max=20)], render_kw={"inputmode": "numeric"})
    hotline = StringField(_l("Đường dây nóng"), [Optional(), Length(max=30)], render_kw={"type": "tel"})
    email = StringField(_l("Thư điện tử"), [Optional(), Length(max=254)], render_kw={"type": "email"})
    valid_from = DayField(_l("Hoạt động từ ngày"), [InputRequired()])
    valid_to = DayField(_l("Đến hết ngày"), [Optional()])

    def fill(self, organisation: Organisation, version: int) -> None:
        """Show what stands in the database."""
        self.process(obj=organisation)
        self.version.data = str(version)

    def to_command(self) -> SaveOrganisation:
        """The command of this form."""
        return SaveOrganisation(
            code=self.code.data or "",
            name=self.name.data or "",
            short_name=self.short_name.data or "",
            kind=self.kind.data,
            owner_category=self.owner_category.data,
            tax_code=self.tax_code.data,
            hotline=self.hotline.data,
            email=self.email.data,
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
            version=read_version(self.version.data),
        )


class AliasForm(BaseForm):
    """One more spelling of a name."""

    spelling = StringField(
        _l("Cách viết khác"),
        [InputRequired(), Length(max=NAME_MAX)],
        description=_l("Tên như trong tệp của doanh nghiệp; không phân biệt chữ hoa và dấu."),
    )


class SuccessionForm(BaseForm):
    """Which organisation takes over, from when, by which document."""

    successor_id = SelectField(_l("Bên kế thừa"), [InputRequired()], coerce=int)
    effective_on = DayField(_l("Từ ngày"), [InputRequired()])
    legal_basis = StringField(_l("Căn cứ"), [InputRequired(), Length(max=NAME_MAX)])

    def offer(self, organisations: Iterable[Organisation]) -> None:
        """The organisations to choose from."""
        self.successor_id.choices = [SelectChoice(row.id, row.short_name) for row in organisations]

    def to_command(self, predecessor_id: int) -> AddSuccession:
        """The command of this form."""
        return AddSuccession(
            predecessor_id=predecessor_id,
            successor_id=self.successor_id.data,
            effective_on=self.effective_on.data,
            legal_basis=self.legal_basis.data or "",
        )


class WithdrawSuccessionForm(BaseForm):
    """Why a succession was recorded by mistake."""

    reason = StringField(_l("Lý do rút"), [InputRequired(), Length(max=NAME_MAX)])


def read_version(text: str | None) -> int | None:
    """The version that a form was made from; a text that is no number counts as one that never was."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() else -1
