"""Writes of accounts and roles; none of them sets or shows a password."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select

from registry.accounts import rules
from registry.accounts.account_mail import queue_account_mail
from registry.accounts.actor import ended_on
from registry.accounts.commands import AssignRole, SaveUser
from registry.accounts.held_work import hand_over, held_text, list_held
from registry.accounts.leaving_notices import DISABLED, LEAVING_EVENTS, MOVED
from registry.accounts.models import (
    PERSON,
    AccountMailKind,
    Organisation,
    RevokeReason,
    RoleArea,
    RoleAssignment,
    UserAccount,
)
from registry.accounts.queries import get_organisation, get_user, lasting_roles, other_holder, version_of
from registry.accounts.role_templates import ROLE_TEMPLATES, check_template
from registry.accounts.sessions import ACCOUNT_ENDINGS, end_sessions
from registry.audit.chain import record
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import LANGUAGES, _, format_date
from registry.notices.service import notify
from registry.territory.models import AdminUnit

#: Key of the lock under which a role gets the department that holds it.
_DEPARTMENTS_LOCK: Final = 7_204_015


def create_user(ctx: Ctx, command: SaveUser) -> UserAccount:
    """A new account without password, with the roles of a template or none; Invalid if the name is taken."""
    require(ctx, P.ACCOUNT_MANAGE)
    username = rules.read_username(command.username)
    if ctx.session.scalar(select(UserAccount.id).where(UserAccount.username == username)) is not None:
        raise Invalid({"username": _("Tên đăng nhập “%(value)s” đã có người dùng, cần tên khác.", value=username)})
    user = UserAccount(username=username, member_since=ctx.now, is_active=True, **_values(ctx, command))
    _refuse_without_accounts(ctx, user.organisation_id)
    claim_email(ctx, user)
    ctx.session.add(user)
    ctx.session.flush()
    record(ctx, "account.create", "user_account", user.id, username=username, organisation_id=user.organisation_id)
    if command.template:
        _assign_template(ctx, user, command.template, command.unit_ids)
    return user


def _assign_template(ctx: Ctx, user: UserAccount, code: str, unit_ids: tuple[int, ...]) -> None:
    """Give a new account the roles of a template; Invalid (`template`, `unit_ids`) where they do not fit."""
    template = ROLE_TEMPLATES.get(code)
    if template is None:
        raise Invalid({"template": _("Không có mẫu vai trò “%(value)s”; cần chọn trong danh sách.", value=code)})
    organisation = get_organisation(ctx, user.organisation_id)
    check_template(ctx.session, template, organisation.kind, organisation.short_name, unit_ids)
    for role in template.roles:
        command = AssignRole(user_id=user.id, role=role, valid_from=ctx.today, unit_ids=unit_ids)
        try:
            assign_role(ctx, command)
        except Invalid as refusal:
            raise Invalid({"template": refusal.fields.get("role", [refusal.message])}) from refusal


def edit_user(ctx: Ctx, user_id: int, command: SaveUser) -> UserAccount:
    """Change everything but the user name; a change of organisation ends the sessions and hands open work over."""
    user = get_user(ctx, user_id, lock=True)
    if command.version is not None and command.version != version_of(ctx.session, user):
        raise Conflict(_("Tài khoản này đã được người khác sửa sau khi mở trang; hãy xem bản hiện tại rồi sửa lại."))
    moved = user.organisation_id != command.organisation_id
    if moved:
        _check_move(ctx, user, command.organisation_id)
        _leave(ctx, user, MOVED, command.colleague_id)
        user.member_since = ctx.now
    values = _values(ctx, command)
    is_new_address = values["email"] != user.email
    if (moved or is_new_address) and user.is_active:
        user.email_key = free_email_key(ctx, user.id, values["organisation_id"], values["email"])
    if is_new_address and user.email and values["email"]:
        queue_account_mail(ctx, user, AccountMailKind.EMAIL_CHANGED, user.email)
    for name, value in values.items():
        setattr(user, name, value)
    ctx.session.flush()
    if moved:
        end_sessions(ctx, user.id, RevokeReason.ROLE_CHANGED)
    record(ctx, "account.edit", "user_account", user.id)
    return user


def _check_move(ctx: Ctx, user: UserAccount, organisation_id: int) -> None:
    """Invalid (`organisation_id`) for the actor's own account, and where a role that has not ended would not fit."""
    if user.id == ctx.actor.id:
        raise Invalid(
            {"organisation_id": _("Không tự chuyển mình sang tổ chức khác được; cần một quản trị viên khác chuyển.")}
        )
    _refuse_without_accounts(ctx, organisation_id)
    organisation = get_organisation(ctx, organisation_id)
    for role in lasting_roles(ctx, UserAccount.id == user.id):
        try:
            _check_holder(ctx, role, organisation)
        except Invalid as refusal:
            raise Invalid({"organisation_id": refusal.fields["role"]}) from refusal


def claim_email(ctx: Ctx, user: UserAccount) -> None:
    """Let the account have its address; Invalid (`email`) where another one of its organisation has it."""
    user.email_key = free_email_key(ctx, user.id, user.organisation_id, user.email if user.is_active else None)


def free_email_key(ctx: Ctx, user_id: int | None, organisation_id: int, email: str | None) -> str | None:
    """The key of an address that an account of an organisation may have; Invalid (`email`) if another one has it."""
    key = rules.email_key(email)
    if key is not None:
        query = select(UserAccount.username).where(
            UserAccount.organisation_id == organisation_id,
            UserAccount.email_key == key,
            UserAccount.id.is_distinct_from(user_id),
        )
        with ctx.session.no_autoflush:
            holder = ctx.session.scalar(query)
        if holder is not None:
            raise Invalid(
                {
                    "email": _(
                        "Địa chỉ thư “%(value)s” đang là của tài khoản “%(holder)s” cùng tổ chức; cần địa chỉ khác.",
                        value=email,
                        holder=holder,
                    )
                }
            )
    return key


def colleagues(ctx: Ctx, user: UserAccount) -> list[UserAccount]:
    """The other active accounts of the organisation of an account, by name."""
    query = select(UserAccount).where(
        UserAccount.organisation_id == user.organisation_id, UserAccount.is_active, UserAccount.id != user.id
    )
    return list(ctx.session.scalars(query.order_by(UserAccount.full_name, UserAccount.id)))


def _leave(ctx: Ctx, user: UserAccount, event: str, colleague_id: int | None, *, leaves_open: bool = False) -> None:
    """Hand the open work of an account to a colleague and notify the organisation that it leaves.

    Invalid (`colleague_id`) for somebody else than a colleague, or for none where there is work and a colleague;
    with `leaves_open` the work may stay as it is, and `flask doctor` lists it.
    """
    if {role.role for role in user.roles} <= {Role.CITIZEN}:
        return
    by_id = {colleague.id: colleague for colleague in colleagues(ctx, user)}
    held = list_held(ctx, user.id)
    if colleague_id is not None and colleague_id not in by_id:
        raise Invalid({"colleague_id": _("Người nhận bàn giao cần là tài khoản đang dùng của cùng tổ chức.")})
    if held and by_id and colleague_id is None and not leaves_open:
        sentence = _(
            "“%(name)s” đang giữ việc chưa xong (%(work)s); cần chọn người nhận bàn giao.",
            name=user.full_name,
            work=held_text(held),
        )
        raise Invalid({"colleague_id": sentence})
    receiver = by_id[colleague_id] if colleague_id is not None else None
    if receiver is not None:
        hand_over(ctx, user.id, receiver.id)
    if by_id:
        notify(
            ctx,
            LEAVING_EVENTS[event],
            user.id,
            user,
            name=user.full_name,
            work=[[each.work.subject, each.count] for each in held],
            colleague=receiver.full_name if receiver else "",
        )


def disable_user(ctx: Ctx, user_id: int, colleague_id: int | None = None, *, leaves_open: bool = False) -> UserAccount:
    """Disable an account, end its sessions and hand its open work over; Invalid for the actor's own account."""
    user = get_user(ctx, user_id, lock=True)
    if user.id == ctx.actor.id:
        raise Invalid({"": _("Không thể tự khóa tài khoản của mình; cần một quản trị viên khác khóa.")})
    if user.is_active:
        _leave(ctx, user, DISABLED, colleague_id, leaves_open=leaves_open)
        user.is_active, user.disabled_at, user.disabled_by_id = False, ctx.now, ctx.actor.id
        claim_email(ctx, user)
        end_sessions(ctx, user.id, RevokeReason.DISABLED)
        for end_access in ACCOUNT_ENDINGS:
            end_access(ctx, user.id)
        record(ctx, "account.disable", "user_account", user.id)
    return user


def enable_user(ctx: Ctx, user_id: int) -> UserAccount:
    """Enable an account again; its old sessions stay ended."""
    user = get_user(ctx, user_id, lock=True)
    if not user.is_active:
        _refuse_without_accounts(ctx, user.organisation_id)
        user.is_active, user.disabled_at, user.disabled_by_id = True, None, None
        claim_email(ctx, user)
        record(ctx, "account.enable", "user_account", user.id)
    return user


def _refuse_without_accounts(ctx: Ctx, organisation_id: int) -> None:
    """Invalid (`organisation_id`) for an organisation that takes no accounts: it has ended, or owns only."""
    organisation = get_organisation(ctx, organisation_id)
    if organisation.owns_only:
        sentence = _(
            "“%(value)s” chỉ là chủ sở hữu, không có tài khoản; cần tổ chức khác, hoặc sửa tổ chức này trước.",
            value=organisation.short_name,
        )
        raise Invalid({"organisation_id": sentence})
    last = ended_on(ctx.session, organisation, ctx.today)
    if last is not None:
        raise Invalid(
            {
                "organisation_id": _(
                    "“%(value)s” đã kết thúc hoạt động ngày %(day)s nên không nhận thêm tài khoản; cần tổ chức "
                    "đang hoạt động.",
                    value=organisation.short_name,
                    day=format_date(last),
                )
            }
        )


def _values(ctx: Ctx, command: SaveUser) -> dict[str, Any]:
    if command.language not in LANGUAGES:
        raise Invalid(
            {
                "language": _(
                    "Ngôn ngữ “%(value)s” không có, cần một trong: %(words)s.",
                    value=command.language,
                    words=", ".join(LANGUAGES),
                )
            }
        )
    values = {name: command.values.get(name) for name in PERSON}
    return values | {
        "full_name": rules.read_name(values["full_name"] or "", "full_name"),
        "organisation_id": get_organisation(ctx, command.organisation_id).id,
        "email": rules.read_email(values["email"]),
        "phone": rules.read_phone(values["phone"]),
        "language": command.language,
    }


def assign_role(ctx: Ctx, command: AssignRole) -> RoleAssignment:
    """Assign a role and end the account's sessions; a role of an office waits for a second administrator.

    Invalid for the actor's own account, a role that does not fit its organisation, and one that overlaps. What the
    console or the sample data assign is in force at once.
    """
    user = get_user(ctx, command.user_id, lock=True)
    if user.id == ctx.actor.id:
        raise Invalid({"role": _("Không tự giao vai trò cho mình được; cần một quản trị viên khác giao.")})
    rules.check_area(command.role, has_units=bool(command.unit_ids))
    _check_holder(ctx, command.role, user.organisation)
    rules.check_period(command.valid_from, command.valid_to)
    _refuse_overlap(ctx, command)
    units = set(command.unit_ids)
    known_ids = set(ctx.session.scalars(select(AdminUnit.id).where(AdminUnit.id.in_(units)))) if units else set()
    if units != known_ids:
        missing = ", ".join(str(unit) for unit in sorted(units - known_ids))
        raise Invalid(
            {"unit_ids": _("Không có đơn vị hành chính số %(value)s, cần chọn trong danh sách.", value=missing)}
        )
    assignment = RoleAssignment(
        user_id=user.id,
        role=command.role,
        valid_from=command.valid_from,
        valid_to=command.valid_to,
        assigned_by_id=ctx.actor.id,
        awaiting_since=ctx.now if ctx.actor.id is not None and command.role in rules.OFFICE_ROLES else None,
        areas=[RoleArea(unit_id=unit) for unit in sorted(units)],
    )
    ctx.session.add(assignment)
    ctx.session.flush()
    if assignment.awaiting_since is None:
        end_sessions(ctx, user.id, RevokeReason.ROLE_CHANGED)
    record(ctx, "account.assign_role", "user_account", user.id, role=command.role.value, units=sorted(units))
    return assignment


def confirm_role(ctx: Ctx, user_id: int, assignment_id: int) -> RoleAssignment:
    """Put a role of an office in force that another administrator assigned; Invalid for who assigned or receives it.

    A role that was confirmed or ended meanwhile is a Conflict.
    """
    user = get_user(ctx, user_id, lock=True)
    assignment = _assignment(ctx, user, assignment_id)
    if assignment.awaiting_since is None or assignment.ended_at is not None:
        raise Conflict(
            _(
                "Vai trò “%(role)s” của “%(name)s” không còn chờ xác nhận; hãy tải lại trang.",
                role=assignment.role.label,
                name=user.full_name,
            )
        )
    if ctx.actor.id in (assignment.assigned_by_id, user.id):
        raise Invalid(
            {
                "": _(
                    "Vai trò “%(role)s” cần quản trị viên thứ hai xác nhận, không phải người đã giao hoặc người nhận.",
                    role=assignment.role.label,
                )
            }
        )
    _check_holder(ctx, assignment.role, user.organisation)
    assignment.awaiting_since, assignment.confirmed_by_id = None, ctx.actor.id
    ctx.session.flush()
    end_sessions(ctx, user.id, RevokeReason.ROLE_CHANGED)
    record(ctx, "account.confirm_role", "user_account", user.id, role=assignment.role.value)
    return assignment


def _check_holder(ctx: Ctx, role: Role, organisation: Organisation) -> None:
    """Invalid (`role`) unless accounts of the organisation may hold the role: its kind, and one department a role."""
    rules.check_role_fits(role, organisation.kind, organisation.short_name)
    if role not in rules.DEPARTMENT_ROLES:
        return
    # Of two departments that get the role at one instant, the second sees the first.
    ctx.session.execute(select(func.pg_advisory_xact_lock(_DEPARTMENTS_LOCK)))
    holder = other_holder(ctx, role, organisation.id)
    if holder is not None:
        raise Invalid(
            {
                "role": _(
                    "Vai trò “%(role)s” đang thuộc “%(holder)s” nên không giao được cho tài khoản của "
                    "“%(organisation)s”; cần tài khoản của “%(holder)s”.",
                    role=role.label,
                    holder=holder,
                    organisation=organisation.short_name,
                )
            }
        )


def end_role(ctx: Ctx, user_id: int, assignment_id: int) -> RoleAssignment:
    """End a role now; administrators cannot end their own administrator role."""
    user = get_user(ctx, user_id, lock=True)
    assignment = _assignment(ctx, user, assignment_id)
    if assignment.role is Role.ADMIN and user.id == ctx.actor.id:
        raise Invalid({"": _("Không thể tự bỏ vai trò quản trị của mình; cần một quản trị viên khác bỏ.")})
    if assignment.ended_at is None:
        assignment.ended_at, assignment.ended_by_id = ctx.now, ctx.actor.id
        end_sessions(ctx, user.id, RevokeReason.ROLE_CHANGED)
        record(ctx, "account.end_role", "user_account", user.id, role=assignment.role.value)
    return assignment


def _assignment(ctx: Ctx, user: UserAccount, assignment_id: int) -> RoleAssignment:
    query = select(RoleAssignment).where(RoleAssignment.id == assignment_id, RoleAssignment.user_id == user.id)
    assignment = ctx.session.scalars(query).one_or_none()
    if assignment is None:
        raise NotFound
    return assignment


def _refuse_overlap(ctx: Ctx, command: AssignRole) -> None:
    others = ctx.session.scalars(
        select(RoleAssignment).where(
            RoleAssignment.user_id == command.user_id,
            RoleAssignment.role == command.role,
            RoleAssignment.ended_at.is_(None),
        )
    )
    for other in others:
        starts_before_end = command.valid_to is None or other.valid_from <= command.valid_to
        if starts_before_end and (other.valid_to is None or other.valid_to >= command.valid_from):
            raise Invalid(
                {
                    "role": _(
                        "Tài khoản đã có vai trò “%(role)s” trong thời gian này; cần kết thúc vai trò đó trước.",
                        role=command.role.label,
                    )
                }
            )
