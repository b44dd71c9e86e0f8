"""Writes of access reviews; an ended role is `end_role`, a person who leaves is `disable_user`."""

from __future__ import annotations

from sqlalchemy import select

from registry.accounts.factors.service import account_id
from registry.accounts.models import RoleAssignment
from registry.accounts.queries import get_user
from registry.accounts.reviews.models import AccessReview
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _


def keep_role(ctx: Ctx, user_id: int, assignment_id: int) -> AccessReview:
    """Keep a role that was reviewed; Invalid for a role of one's own, Conflict for one that is not in force."""
    user = get_user(ctx, user_id, lock=True)
    query = select(RoleAssignment).where(RoleAssignment.id == assignment_id, RoleAssignment.user_id == user.id)
    assignment = ctx.session.scalars(query).one_or_none()
    if assignment is None:
        raise NotFound
    if user.id == ctx.actor.id:
        raise Invalid({"": _("Không tự rà soát quyền của mình được; cần một quản trị viên khác.")})
    if not user.is_active or not assignment.holds_on(ctx.today):
        raise Conflict(
            _(
                "Vai trò “%(role)s” của “%(name)s” không còn hiệu lực; hãy tải lại trang.",
                role=assignment.role.label,
                name=user.full_name,
            )
        )
    review = AccessReview(assignment_id=assignment.id, reviewed_by_id=account_id(ctx.actor), reviewed_at=ctx.now)
    ctx.session.add(review)
    ctx.session.flush()
    record(ctx, "account.keep_role", "user_account", user.id, role=assignment.role.value)
    return review
