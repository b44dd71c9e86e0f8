"""Forms of accounts and roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from wtforms import HiddenField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional

from registry.accounts.commands import AssignRole, SaveUser
from registry.accounts.forms.organisations import read_version
from registry.accounts.models import Organisation, UserAccount
from registry.accounts.rules import NAME_MAX
from registry.authz.actors import Role, role_label
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import DayField
from registry.kernel.i18n import LANGUAGES, _l


class UserForm(BaseForm):
    """All fields of an account; there is no field for a password."""

    version = HiddenField()
    username = StringField(
        _l("Tên đăng nhập"),
        [InputRequired(), Length(max=64)],
        description=_l("Từ 3 ký tự: chữ cái không dấu, chữ số, dấu chấm, gạch ngang; không đổi được sau khi lưu."),
        render_kw={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )
    full_name = StringField(_l("Họ và tên"), [InputRequired(), Length(max=NAME_MAX)], render_kw={"autocomplete": "off"})
    organisation_id = SelectField(_l("Tổ chức"), [InputRequired()], coerce=int)
    email = StringField(_l("Thư điện tử"), [Optional(), Length(max=254)], render_kw={"type": "email"})
    phone = StringField(
        _l("Điện thoại"),
        [Optional(), Length(max=30)],
        description=_l("Ví dụ: 0912 345 678"),
        render_kw={"type": "tel"},
    )
    language = SelectField(
        _l("Ngôn ngữ"), [InputRequired()], choices=[SelectChoice(*pair) for pair in LANGUAGES.items()], default="vi"
    )

    def offer(self, organisations: Iterable[Organisation]) -> None:
        """The organisations to choose from."""
        self.organisation_id.choices = [SelectChoice(row.id, row.short_name) for row in organisations]

    def fill(self, user: UserAccount, version: int) -> None:
        """Show what stands in the database."""
        self.process(obj=user)
        self.version.data = str(version)

    def to_command(self) -> SaveUser:
        """The command of this form."""
        return SaveUser(
            username=self.username.data or "",
            full_name=self.full_name.data or "",
            organisation_id=self.organisation_id.data,
            email=self.email.data,
            phone=self.phone.data,
            language=self.language.data,
            version=read_version(self.version.data),
        )


class RoleForm(BaseForm):
    """A role with its days and, for inspectors and communes, its units."""

    role = SelectField(_l("Vai trò"), [InputRequired()], coerce=Role)
    valid_from = DayField(_l("Từ ngày"), [InputRequired()])
    valid_to = DayField(_l("Đến hết ngày"), [Optional()])
    unit_ids = SelectMultipleField(
        _l("Địa bàn"),
        [Optional()],
        coerce=int,
        description=_l("Chỉ dành cho cán bộ kiểm tra và UBND xã, phường; chọn được nhiều đơn vị (giữ Ctrl)."),
        render_kw={"size": 10},
    )

    def offer(self, units: Mapping[str, list[tuple[int, str]]], today: date) -> None:
        """The roles as they are called today, and the units by group."""
        self.role.choices = [
            SelectChoice(role.value, role_label(role, today)) for role in Role if role is not Role.PUBLIC
        ]
        self.unit_ids.choices = [
            SelectChoice(unit_id, name, optgroup=group) for group, rows in units.items() for unit_id, name in rows
        ]
        self.valid_from.data = self.valid_from.data or today

    def to_command(self, user_id: int) -> AssignRole:
        """The command of this form."""
        return AssignRole(
            user_id=user_id,
            role=self.role.data,
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
            unit_ids=tuple(self.unit_ids.data or ()),
        )
