"""Writes of roles: given from a day to a day, ended at once; either ends the sessions of the account."""

from __future__ import annotations

from sqlalchemy import select

from registry.accounts import rules
from registry.accounts.commands import AssignRole
from registry.accounts.models import RevokeReason, RoleArea, RoleAssignment
from registry.accounts.queries import get_user
from registry.accounts.sessions import end_sessions
from registry.audit.chain import record
from registry.authz.actors import Ctx, Role
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _
from registry.territory.models import AdminUnit


def assign_role(ctx: Ctx, command: AssignRole) -> RoleAssignment:
    """Give an account a role; a second open assignment of the same role is refused."""
    user = get_user(ctx, command.user_id, lock=True)
    rules.check_area(command.role, has_units=bool(command.unit_ids))
    rules.check_period(command.valid_from, command.valid_to)
    _refuse_overlap(ctx, command)
    units = set(command.unit_ids)
    known = set(ctx.session.scalars(select(AdminUnit.id).where(AdminUnit.id.in_(units)))) if units else set()
    if units != known:
        missing = ", ".join(str(unit) for unit in sorted(units - known))
        raise Invalid(
            {"unit_ids": _("Không có đơn vị hành chính số %(value)s, cần chọn trong danh sách.", value=missing)}
        )
    assignment = RoleAssignment(
        user_id=user.id,
        role=command.role,
        valid_from=command.valid_from,
        valid_to=command.valid_to,
        areas=[RoleArea(unit_id=unit) for unit in sorted(units)],
    )
    ctx.session.add(assignment)
    ctx.session.flush()
    end_sessions(ctx, user.id, RevokeReason.ROLE_CHANGED)
    record(ctx, "account.assign_role", "user_account", user.id, role=command.role.value, units=sorted(units))
    return assignment


def end_role(ctx: Ctx, user_id: int, assignment_id: int) -> RoleAssignment:
    """End a role now; administrators cannot take their own administration away."""
    user = get_user(ctx, user_id, lock=True)
    assignment = ctx.session.scalars(
        select(RoleAssignment).where(RoleAssignment.id == assignment_id, RoleAssignment.user_id == user.id)
    ).one_or_none()
    if assignment is None:
        raise NotFound
    if assignment.role is Role.ADMIN and user.id == ctx.actor.id:
        raise Invalid({"": _("Bạn không thể tự bỏ vai trò quản trị của mình; cần một quản trị viên khác bỏ.")})
    if assignment.ended_at is None:
        assignment.ended_at, assignment.ended_by_id = ctx.now, ctx.actor.id
        end_sessions(ctx, user.id, RevokeReason.ROLE_CHANGED)
        record(ctx, "account.end_role", "user_account", user.id, role=assignment.role.value)
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
                        "Tài khoản đã có vai trò '%(role)s' trong thời gian này; cần kết thúc vai trò đó trước.",
                        role=command.role.label,
                    )
                }
            )
