"""Forms of sign-in, passwords, organisations, accounts and roles. Password managers work (autocomplete names)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import ClassVar, Final

from wtforms import (
    HiddenField,
    PasswordField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Optional

from registry.accounts.commands import (
    AddSuccession,
    AssignRole,
    ChangePassword,
    SaveContact,
    SaveOrganisation,
    SaveUser,
)
from registry.accounts.models import (
    NAME_MAX,
    ORGANISATION,
    PERSON,
    UNTIL_LABEL,
    Organisation,
    OrganisationKind,
    UserAccount,
)
from registry.accounts.role_templates import ROLE_TEMPLATES
from registry.accounts.rules import KINDS_OF_ROLE, PASSWORD_MAX, PASSWORD_MIN
from registry.authz.actors import Role, role_label
from registry.kernel.days import DayOrder, DaySpan
from registry.kernel.fields import fields_named, fields_of
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import DayField, declared_form, values_of
from registry.kernel.i18n import LANGUAGES, _l

_HINT = _l("Ít nhất %(least)d ký tự; một câu dài dễ nhớ là tốt nhất.", least=PASSWORD_MIN)
_NEW = {"autocomplete": "new-password", "maxlength": PASSWORD_MAX}
#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "uq_organisation_succession_predecessor_id": (
        "successor_id",
        _l("Vừa có bên kế thừa khác được ghi cho tổ chức này; hãy mở lại trang để xem."),
    ),
    "uq_user_account_organisation_id_email_key": (
        "email",
        _l("Địa chỉ thư này vừa được ghi cho một tài khoản khác cùng tổ chức; cần địa chỉ khác."),
    ),
    "uq_user_account_username": (
        "username",
        _l("Tên đăng nhập này vừa được dùng cho một tài khoản khác; cần tên khác."),
    ),
}


class ActionForm(BaseForm):
    """A button: only the CSRF token."""


class SignInForm(BaseForm):
    """Name and password."""

    username = StringField(
        fields_of(UserAccount)["username"].label,
        [InputRequired(), Length(max=200)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Mật khẩu"),
        [InputRequired(), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()
    #: Of the work by the browser that is asked for after too many attempts.
    proof = HiddenField(validators=[Length(max=2000)])
    #: A form that was sent when the session was over, as `kept_form` signed it.
    kept = HiddenField()


class SetPasswordForm(BaseForm):
    """A new password, twice."""

    password = PasswordField(_l("Mật khẩu mới"), [InputRequired()], description=_HINT, render_kw=_NEW)
    repeated = PasswordField(_l("Nhập lại mật khẩu mới"), [InputRequired()], render_kw=_NEW)


class ChangePasswordForm(SetPasswordForm):
    """The current password, and a new one twice."""

    current = PasswordField(
        _l("Mật khẩu hiện tại"),
        [InputRequired(), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )

    def to_command(self) -> ChangePassword:
        return ChangePassword(
            current=self.current.data or "", new=self.password.data or "", repeated=self.repeated.data or ""
        )


class _OrganisationForm(VersionedForm):
    """All fields of an organisation; the code cannot change later."""

    day_orders: ClassVar[tuple[DayOrder, ...]] = (DayOrder("valid_from", "valid_to"),)

    def to_command(self) -> SaveOrganisation:
        return SaveOrganisation(
            code=self["code"].data or "", values=values_of(self, ORGANISATION), version=self.read_version
        )


OrganisationForm = declared_form(
    "OrganisationForm", fields_named(Organisation, "code", *ORGANISATION), _OrganisationForm
)


class AliasForm(BaseForm):
    """Another spelling of a name."""

    spelling = StringField(
        _l("Cách viết khác"),
        [InputRequired(), Length(max=NAME_MAX)],
        description=_l("Tên như trong tệp của doanh nghiệp; không phân biệt chữ hoa và dấu."),
    )


class SuccessionForm(BaseForm):
    """The successor, the first day, the legal basis."""

    successor_id = SelectField(_l("Bên kế thừa"), [InputRequired()], coerce=int)
    effective_on = DayField(_l("Từ ngày"), [InputRequired()], span=DaySpan(since=date(1900, 1, 1), ahead=5))
    legal_basis = StringField(_l("Căn cứ"), [InputRequired(), Length(max=NAME_MAX)])

    def offer(self, organisations: Iterable[Organisation]) -> None:
        self.successor_id.choices = [SelectChoice(row.id, row.short_name) for row in organisations]

    def to_command(self, predecessor_id: int) -> AddSuccession:
        return AddSuccession(
            predecessor_id=predecessor_id,
            successor_id=self.successor_id.data,
            effective_on=self.effective_on.data,
            legal_basis=self.legal_basis.data or "",
        )


class WithdrawSuccessionForm(BaseForm):
    """Why a succession was recorded by mistake."""

    reason = StringField(_l("Lý do rút"), [InputRequired(), Length(max=NAME_MAX)])


def _optional_number(value: object) -> int | None:
    """The number of a choice; None for the empty one."""
    return int(str(value)) if value not in (None, "") else None


def colleague_choices(colleagues: Iterable[UserAccount]) -> list[SelectChoice]:
    return [
        SelectChoice("", str(_l("– Chọn người nhận –"))),
        *(SelectChoice(row.id, f"{row.full_name} ({row.username})") for row in colleagues),
    ]


def unit_choices(units: Mapping[str, list[tuple[int, str]]]) -> list[SelectChoice]:
    """The units of an area by group."""
    return [SelectChoice(unit_id, name, optgroup=group) for group, rows in units.items() for unit_id, name in rows]


class _UserForm(VersionedForm):
    """All fields of an account, without a password."""

    organisation_id = SelectField(_l("Tổ chức"), [InputRequired()], coerce=int)
    language = SelectField(
        _l("Ngôn ngữ"), [InputRequired()], choices=[SelectChoice(*pair) for pair in LANGUAGES.items()], default="vi"
    )

    colleague_id = SelectField(
        _l("Bàn giao việc đang mở cho"),
        [Optional()],
        coerce=_optional_number,
        description=_l("Khi chuyển tổ chức: người nhận các việc chưa xong ở tổ chức cũ."),
        default="",
    )

    template = SelectField(
        _l("Mẫu vai trò"),
        [Optional()],
        description=_l("Giao ngay các vai trò theo mẫu; vai trò của cơ quan chờ quản trị viên thứ hai xác nhận."),
        default="",
    )
    unit_ids = SelectMultipleField(
        _l("Địa bàn"),
        [Optional()],
        coerce=int,
        description=_l("Chỉ cho mẫu vai trò có địa bàn; chọn được nhiều đơn vị (trên máy tính: giữ Ctrl)."),
        render_kw={"size": 8},
    )

    def offer(
        self,
        organisations: Iterable[Organisation],
        colleagues: Iterable[UserAccount] = (),
        units: Mapping[str, list[tuple[int, str]]] | None = None,
    ) -> None:
        self.template.choices = [
            SelectChoice("", str(_l("– Chưa giao vai trò –"))),
            *(SelectChoice(code, template.label) for code, template in ROLE_TEMPLATES.items()),
        ]
        self.unit_ids.choices = unit_choices(units or {})
        self.organisation_id.choices = [SelectChoice(row.id, row.short_name) for row in organisations]
        self.colleague_id.choices = colleague_choices(colleagues)

    def to_command(self) -> SaveUser:
        return SaveUser(
            username=self["username"].data or "",
            values=values_of(self, PERSON),
            organisation_id=self.organisation_id.data,
            language=self.language.data,
            version=self.read_version,
            colleague_id=self.colleague_id.data,
            template=self.template.data or None,
            unit_ids=tuple(self.unit_ids.data or ()),
        )


UserForm = declared_form("UserForm", fields_named(UserAccount, "username", *PERSON), _UserForm)


class LeaveForm(BaseForm):
    """Who gets the open work of an account that is closed."""

    colleague_id = SelectField(_l("Bàn giao việc đang mở cho"), [Optional()], coerce=_optional_number, default="")

    def offer(self, colleagues: Iterable[UserAccount]) -> None:
        self.colleague_id.choices = colleague_choices(colleagues)


class _ContactForm(BaseForm):
    """The own address and telephone."""

    def to_command(self) -> SaveContact:
        return SaveContact(email=self["email"].value, phone=self["phone"].value)


_EMAIL, _PHONE = fields_named(UserAccount, "email", "phone")
ContactForm = declared_form(
    "ContactForm",
    (
        replace(
            _EMAIL,
            hint=_l("Địa chỉ mới chỉ được dùng sau khi mở liên kết trong thư gửi đến đó."),
            attributes=(*_EMAIL.attributes, ("autocomplete", "email")),
        ),
        replace(_PHONE, attributes=(*_PHONE.attributes, ("autocomplete", "tel"))),
    ),
    _ContactForm,
)


class RoleForm(BaseForm):
    """A role with its period and, for inspectors and communes, its units."""

    day_orders: ClassVar[tuple[DayOrder, ...]] = (DayOrder("valid_from", "valid_to"),)

    role = SelectField(_l("Vai trò"), [InputRequired()], coerce=Role)
    valid_from = DayField(_l("Từ ngày"), [InputRequired()], span=DaySpan(back=20, ahead=10))
    valid_to = DayField(UNTIL_LABEL, [Optional()], span=DaySpan(back=20, ahead=40))
    unit_ids = SelectMultipleField(
        _l("Địa bàn"),
        [Optional()],
        coerce=int,
        description=_l("Chỉ dành cho cán bộ kiểm tra và UBND xã, phường; chọn được nhiều đơn vị (giữ Ctrl)."),
        render_kw={"size": 10},
    )

    def offer(
        self, units: Mapping[str, list[tuple[int, str]]], today: date, kind: OrganisationKind | None = None
    ) -> None:
        """Offer the roles with today's names, those that fit a kind of organisation, and the units by group."""
        self.role.choices = [
            SelectChoice(role.value, role_label(role, today))
            for role, kinds in KINDS_OF_ROLE.items()
            if kind is None or kind in kinds
        ]
        self.unit_ids.choices = unit_choices(units)
        self.valid_from.data = self.valid_from.data or today

    def to_command(self, user_id: int) -> AssignRole:
        return AssignRole(
            user_id=user_id,
            role=self.role.data,
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
            unit_ids=tuple(self.unit_ids.data or ()),
        )
