"""Tables of organisations, accounts and roles, and the sign-in data (passwords, sessions, attempts, links)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    Uuid,
    and_,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.authz.actors import Role, role_label
from registry.kernel.days import DaySpan
from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.text import fold
from registry.notices.models import MailState


class OrganisationKind(Choice):
    """The kind of an organisation."""

    OPERATOR = "operator", _l("Doanh nghiệp viễn thông")
    TOWER_COMPANY = "tower_company", _l("Doanh nghiệp cho thuê hạ tầng")
    POWER_COMPANY = "power_company", _l("Đơn vị điện lực")
    WATER_COMPANY = "water_company", _l("Đơn vị cấp thoát nước")
    ZONE_INVESTOR = "zone_investor", _l("Chủ đầu tư khu công nghiệp, khu đô thị")
    DEPARTMENT = "department", _l("Sở, ngành")
    COMMUNE_COMMITTEE = "commune_committee", _l("UBND xã, phường")
    PROVINCIAL_COMMITTEE = "provincial_committee", _l("UBND tỉnh")
    MINISTRY = "ministry", _l("Bộ, cơ quan trung ương")
    DEFENCE = "defence", _l("Đơn vị quân đội, công an")
    OTHER = "other", _l("Tổ chức khác")


#: Kinds of organisations that may own structures; departments, committees and the ministry may not.
OWNING_KINDS = (
    OrganisationKind.OPERATOR,
    OrganisationKind.TOWER_COMPANY,
    OrganisationKind.POWER_COMPANY,
    OrganisationKind.WATER_COMPANY,
    OrganisationKind.ZONE_INVESTOR,
    OrganisationKind.DEFENCE,
    OrganisationKind.OTHER,
)


class OwnerCategory(Choice):
    """The category of a structure's owner, public even if the owner's name is hidden."""

    OPERATOR = "operator", _l("Doanh nghiệp viễn thông")
    TOWER_COMPANY = "tower_company", _l("Doanh nghiệp cho thuê hạ tầng")
    POWER = "power", _l("Ngành điện")
    STATE_BUDGET = "state_budget", _l("Ngân sách nhà nước")
    ZONE_INVESTOR = "zone_investor", _l("Chủ đầu tư khu công nghiệp, khu đô thị")
    OTHER = "other", _l("Khác")


def search_text_of(code: str, short_name: str, name: str) -> str:
    """The folded text that the search of organisations matches."""
    return fold(f"{code} {short_name} {name}")


def _search_text(context: DefaultExecutionContext) -> str:
    values: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return search_text_of(values["code"], values["short_name"], values["name"])


#: Longest name of a person or an organisation.
NAME_MAX: Final = 200
_CODE_INPUT: Final = {"autocapitalize": "none", "spellcheck": "false"}
UNTIL_LABEL: Final = _l("Đến hết ngày")
_EMAIL_LABEL: Final = _l("Thư điện tử")
#: The fields of an organisation that may change; its code may not.
ORGANISATION: Final = (
    "name",
    "short_name",
    "kind",
    "owner_category",
    "paper_sign",
    "tax_code",
    "hotline",
    "email",
    "owns_only",
    "valid_from",
    "valid_to",
)
#: The fields of a person's account that may change; the user name may not.
PERSON: Final = ("full_name", "email", "phone")


@versioned
class Organisation(Base):
    """A company, department, committee or other body; it may end and be succeeded by others."""

    __tablename__ = "organisation"
    SIDES: ClassVar[dict[str, str]] = {"owner": "id"}
    AREA: ClassVar[None] = None

    id: Mapped[BigId]
    #: Identifier in files, on the command line and in addresses, for example "viettel".
    code: Mapped[str] = col(
        _l("Mã"),
        max_length=40,
        required=True,
        hint=_l("Chữ cái không dấu, chữ số, gạch ngang, gạch dưới; không đổi được sau khi lưu."),
        attributes=_CODE_INPUT,
        width="m",
    )
    name: Mapped[str] = col(_l("Tên đầy đủ"), max_length=NAME_MAX, required=True, width="full")
    short_name: Mapped[str] = col(_l("Tên ngắn"), max_length=NAME_MAX, required=True)
    kind: Mapped[OrganisationKind] = col(_l("Loại tổ chức"), choices=OrganisationKind, required=True)
    owner_category: Mapped[OwnerCategory] = col(
        _l("Nhóm chủ sở hữu"),
        choices=OwnerCategory,
        required=True,
        hint=_l("Nhóm này hiển thị với mọi người, kể cả người không được xem tên chủ sở hữu."),
    )
    #: Stands in the numbers of its papers by Decree 30/2020, after their kind: "SXD" in "12/QĐ-SXD".
    paper_sign: Mapped[str | None] = col(
        _l("Chữ viết tắt trong số văn bản"),
        max_length=20,
        hint=_l("Ví dụ: SXD trong số 12/QĐ-SXD; để trống thì số văn bản chỉ có loại văn bản."),
        attributes={"spellcheck": "false"},
        width="s",
    )
    #: Digits only.
    tax_code: Mapped[str | None] = col(_l("Mã số thuế"), max_length=20, attributes={"inputmode": "numeric"}, width="m")
    #: Telephone to call in an emergency, E.164.
    hotline: Mapped[str | None] = col(_l("Đường dây nóng"), max_length=30, attributes={"type": "tel"}, width="m")
    email: Mapped[str | None] = col(_EMAIL_LABEL, max_length=254, attributes={"type": "email"})
    #: True: it owns structures, which others enter for it, and gets no accounts.
    owns_only: Mapped[bool | None] = col(
        _l("Chỉ là chủ sở hữu, không có tài khoản"),
        is_box=True,
        hint=_l("Công trình do cơ quan khác nhập thay; không tạo được tài khoản cho tổ chức này."),
    )
    valid_from: Mapped[date] = col(
        _l("Hoạt động từ ngày"), required=True, span=DaySpan(since=date(1900, 1, 1), ahead=10), width="s"
    )
    #: Last day, included; None while the organisation exists.
    valid_to: Mapped[date | None] = col(UNTIL_LABEL, span=DaySpan(since=date(1900, 1, 1), ahead=40), width="s")
    search_text: Mapped[str] = mapped_column(default=_search_text)

    def exists_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or self.valid_to >= day)

    aliases: Mapped[list[OrganisationAlias]] = relationship(lazy="raise_on_sql", order_by="OrganisationAlias.spelling")

    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("code ~ '^[a-z0-9][a-z0-9_-]{1,39}$'", name="code_form"),
        CheckConstraint("valid_to >= valid_from", name="valid_period"),
        Index(
            "ix_organisation_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
    )


@versioned
class OrganisationAlias(Base):
    """Another spelling of an organisation's name, as used in files; unique when folded."""

    __tablename__ = "organisation_alias"

    id: Mapped[BigId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    spelling: Mapped[str]
    folded: Mapped[str]
    #: False once withdrawn; history is never deleted.
    is_active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (UniqueConstraint("folded"), Index(None, "organisation_id"))


@versioned
class OrganisationSuccession(Base):
    """`successor` takes over all of `predecessor` from a day on; a mistaken one is withdrawn, never deleted."""

    __tablename__ = "organisation_succession"

    id: Mapped[BigId]
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    effective_on: Mapped[date]
    legal_basis: Mapped[str]
    #: Recorded by mistake, for this reason.
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]

    @classmethod
    def is_valid(cls) -> ColumnElement[bool]:
        """SQL: not withdrawn."""
        return cls.withdrawn_at.is_(None)

    @classmethod
    def holds_on(cls, on: Any) -> ColumnElement[bool]:
        """SQL: in effect on a day."""
        return and_(cls.withdrawn_at.is_(None), cls.effective_on <= on)

    __table_args__ = (
        CheckConstraint("predecessor_id <> successor_id", name="two_organisations"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn"),
        Index(
            "uq_organisation_succession_predecessor_id",
            "predecessor_id",
            unique=True,
            postgresql_where="withdrawn_at IS NULL",
        ),
        Index(None, "successor_id"),
    )


@versioned
class UserAccount(Base):
    """A person's account; its password hash is in a separate table without history."""

    __tablename__ = "user_account"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[None] = None

    id: Mapped[BigId]
    #: Lower case ASCII, as `rules.read_username` gives it.
    username: Mapped[str] = col(
        _l("Tên đăng nhập"),
        max_length=64,
        required=True,
        hint=_l("Từ 3 ký tự: chữ cái không dấu, chữ số, dấu chấm, gạch ngang; không đổi được sau khi lưu."),
        attributes={**_CODE_INPUT, "autocomplete": "off"},
        width="m",
    )
    full_name: Mapped[str] = col(
        _l("Họ và tên"), max_length=NAME_MAX, required=True, attributes={"autocomplete": "off"}
    )
    email: Mapped[str | None] = col(_EMAIL_LABEL, max_length=254, attributes={"type": "email"})
    #: The address in the form in which it is compared: one account of an organisation has it. NULL while the account
    #: is closed, and where another account had the address first (`flask doctor` lists them).
    email_key: Mapped[str | None]
    #: E.164, for example +84912345678.
    phone: Mapped[str | None] = col(
        _l("Điện thoại"),
        max_length=30,
        hint=_l("Ví dụ: 0912 345 678"),
        attributes={"type": "tel"},
        width="m",
    )
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    #: When it joined its organisation; earlier notices stay hidden from it.
    member_since: Mapped[datetime]
    is_active: Mapped[bool] = mapped_column(default=True)
    disabled_at: Mapped[datetime | None]
    disabled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: None until a password has been set.
    password_changed_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(default="vi")

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    roles: Mapped[list[RoleAssignment]] = relationship(
        lazy="raise_on_sql", foreign_keys="RoleAssignment.user_id", order_by="RoleAssignment.id", back_populates="user"
    )

    def role_names(self, day: date) -> str:
        """The labels of the roles in force on a day."""
        return ", ".join(role.label_on(day) for role in self.roles if role.holds_on(day))

    __table_args__ = (
        UniqueConstraint("username"),
        CheckConstraint("username ~ '^[a-z0-9][a-z0-9._-]{2,63}$'", name="username_form"),
        CheckConstraint("is_active = (disabled_at IS NULL)", name="disabled_at"),
        CheckConstraint("language IN ('vi', 'en')", name="language"),
        Index(None, "organisation_id"),
        Index("uq_user_account_organisation_id_email_key", "organisation_id", "email_key", unique=True),
    )


@versioned
class RoleAssignment(Base):
    """A role of an account for a period; `ended_at` ends it at once, whatever the period."""

    __tablename__ = "role_assignment"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    role: Mapped[Role] = mapped_column(choice_type(Role))
    valid_from: Mapped[date]
    #: Last day, included; None for no end.
    valid_to: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: None when the console or the sample data gave it.
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: A role of an office that a second administrator has not confirmed yet gives no rights.
    awaiting_since: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    user: Mapped[UserAccount] = relationship(lazy="raise_on_sql", foreign_keys=[user_id], back_populates="roles")
    areas: Mapped[list[RoleArea]] = relationship(lazy="raise_on_sql", order_by="RoleArea.id")

    def holds_on(self, day: date) -> bool:
        """Whether the role is in force on a day."""
        begun = self.valid_from <= day
        lasts = self.valid_to is None or self.valid_to >= day
        return self.ended_at is None and self.awaiting_since is None and begun and lasts

    def label_on(self, day: date) -> str:
        """The role's label on a day; for a role that has ended, the label of its last day."""
        return role_label(self.role, min(day, self.valid_to or day))

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="valid_period"),
        CheckConstraint("role <> 'public'", name="not_public"),
        CheckConstraint("confirmed_by_id <> assigned_by_id AND confirmed_by_id <> user_id", name="second_person"),
        CheckConstraint("awaiting_since IS NULL OR confirmed_by_id IS NULL", name="confirmed"),
        Index(None, "user_id"),
    )


@versioned
class RoleArea(Base):
    """One administrative unit of a role's area; a former district stands for the group of its communes."""

    __tablename__ = "role_area"

    id: Mapped[BigId]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("role_assignment.id", ondelete="RESTRICT"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id", ondelete="RESTRICT"))

    __table_args__ = (UniqueConstraint("assignment_id", "unit_id"), Index(None, "unit_id"))


class LinkPurpose(Choice):
    """The purpose of a one-time link."""

    SET_PASSWORD = "set_password", _l("Đặt mật khẩu")
    FIRST_ADMINISTRATOR = "first_administrator", _l("Quản trị viên đầu tiên")
    CONFIRM_EMAIL = "confirm_email", _l("Xác nhận địa chỉ thư")


class RevokeReason(Choice):
    """Why a session ended early."""

    SIGNED_OUT = "signed_out", _l("Đã đăng xuất")
    SIGNED_OUT_ELSEWHERE = "signed_out_elsewhere", _l("Đăng xuất từ thiết bị khác")
    REPLACED = "replaced", _l("Đăng nhập lại trên cùng trình duyệt")
    PASSWORD_CHANGED = "password_changed", _l("Đã đổi mật khẩu")
    ROLE_CHANGED = "role_changed", _l("Vai trò đã thay đổi")
    DISABLED = "disabled", _l("Tài khoản đã bị khóa")
    FACTOR_CHANGED = "factor_changed", _l("Đã đổi lớp xác thực thứ hai")


class FactorState(Choice):
    """How a session stands to the second factor."""

    NOT_ASKED = "not_asked", _l("Không hỏi")
    #: The password was right; until the factor is proved the session opens nothing else.
    AWAITED = "awaited", _l("Chờ xác thực lớp thứ hai")
    PROVED = "proved", _l("Đã xác thực")
    #: A remembered browser: proved before the next act that binds.
    REMEMBERED = "remembered", _l("Thiết bị được ghi nhớ")


class UserPassword(Base):
    """The argon2id hash of a password: without history, and no page reads it."""

    __tablename__ = "user_password"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    password_hash: Mapped[str]


class UserSession(Base):
    """One signed-in browser; the cookie holds a random token, this row only its SHA-256."""

    __tablename__ = "user_session"

    id: Mapped[BigId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    #: Absolute end; the idle limit is counted from `last_seen_at`.
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[RevokeReason | None] = mapped_column(choice_type(RevokeReason))
    factor_state: Mapped[FactorState] = mapped_column(choice_type(FactorState), default=FactorState.NOT_ASKED)
    #: When this sign-in last proved the second factor.
    factor_at: Mapped[datetime | None]
    #: Browser and system as the browser names them, cut to 200 characters.
    device: Mapped[str]
    address: Mapped[str]

    user: Mapped[UserAccount] = relationship(lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_reason IS NULL)", name="revoked_reason"),
        CheckConstraint("(factor_state = 'proved') = (factor_at IS NOT NULL)", name="factor_at"),
        Index(None, "user_id"),
        Index(None, "expires_at"),
    )


class SignInCounter(Base):
    """Recent failed attempts for one account name, from any address."""

    __tablename__ = "sign_in_counter"

    #: SHA-256 (hex) of the folded name, since users type passwords into the wrong field.
    key: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    last_try_at: Mapped[datetime]

    __table_args__ = (Index(None, "last_try_at"),)


class OneTimeLink(Base):
    """A link that lets one person set a password, or confirm an address, once."""

    __tablename__ = "one_time_link"

    id: Mapped[BigId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    purpose: Mapped[LinkPurpose] = mapped_column(choice_type(LinkPurpose))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    #: The address to confirm.
    email: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("(purpose = 'confirm_email') = (email IS NOT NULL)", name="email"),
        Index(None, "user_id"),
    )


class AccountMailKind(Choice):
    """What a mail about an account is for."""

    PASSWORD_LINK = "password_link", _l("Liên kết đặt mật khẩu")
    CONFIRM_EMAIL = "confirm_email", _l("Xác nhận địa chỉ thư")
    EMAIL_CHANGED = "email_changed", _l("Địa chỉ thư đã đổi")


class AccountMail(Base):
    """A mail about an account; the token of its link follows from `uid` and is not stored."""

    __tablename__ = "account_mail"

    id: Mapped[BigId]
    uid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    kind: Mapped[AccountMailKind] = mapped_column(choice_type(AccountMailKind))
    address: Mapped[str]
    state: Mapped[MailState] = mapped_column(choice_type(MailState, name="account_mail_state"))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime]
    #: While pending: not before this moment.
    next_try_at: Mapped[datetime]
    #: When its link ends: it is not sent after it.
    expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    #: Last error of the mail server.
    failure: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        Index(None, "user_id", "created_at"),
        Index("ix_account_mail_pending", "next_try_at", postgresql_where="state = 'pending'"),
    )
