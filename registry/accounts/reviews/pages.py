"""The quarterly review of access: the list of who has what, and that a role is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from flask import render_template, url_for

from registry.accounts.models import UNTIL_LABEL, Organisation, RoleAssignment, UserAccount
from registry.accounts.pages import bp, require_token
from registry.accounts.reviews.queries import count_due, review_query
from registry.accounts.reviews.service import keep_role
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.forms.answers import go
from registry.kernel.i18n import _, _l, _n, _n_noop
from registry.kernel.lists.columns import Column, declared_columns
from registry.kernel.lists.filters import Flag
from registry.kernel.lists.markup import badge, link
from registry.kernel.lists.page import list_page
from registry.kernel.lists.view import Empty, ListView
from registry.workflow.worklist import WorklistTask


def _due(_ctx: Ctx, row: Any) -> Any:
    return badge(_("Đến hạn rà soát"), "warn") if row.is_due else badge(_("Đã rà soát"), "good")


ACCESS_REVIEW: Final = ListView(
    code="access-review",
    label=_l("Rà soát quyền truy cập"),
    endpoint="accounts.access_review",
    permission=P.ACCOUNT_MANAGE,
    select=review_query,
    order=("assignment_id",),
    columns=(
        *declared_columns(
            UserAccount,
            "full_name",
            row="RoleAssignment.user",
            main=True,
            sort=UserAccount.full_name,
            show=link(
                "accounts.user", "RoleAssignment.user.full_name", fragment="roles", user_id="RoleAssignment.user_id"
            ),
        ),
        Column(
            "organisation", _l("Tổ chức"), "RoleAssignment.user.organisation.short_name", sort=Organisation.short_name
        ),
        Column("role", _l("Vai trò"), lambda ctx, row: row.RoleAssignment.label_on(ctx.today)),
        Column("since", _l("Từ ngày"), "RoleAssignment.valid_from", date, sort=RoleAssignment.valid_from),
        Column("until", UNTIL_LABEL, "RoleAssignment.valid_to", date, sort=RoleAssignment.valid_to),
        Column("last_use", _l("Dùng gần nhất"), "last_use", datetime, sort="last_use"),
        Column("last_review", _l("Rà soát gần nhất"), "last_review", datetime, sort="last_review"),
        Column("is_due", _l("Rà soát"), "is_due", bool, show=_due),
    ),
    filters=(
        Flag("due", _l("Đến hạn rà soát"), text=_l("Có")),
        Flag("unused", _l("Không đăng nhập trong 30 ngày qua"), text=_l("Có")),
        Flag("temporary", _l("Có ngày kết thúc"), text=_l("Có")),
    ),
    count=_n_noop("%(count)s vai trò đang hiệu lực"),
    no_match=Empty(_l("Không có vai trò nào"), _l("Không có vai trò nào đang hiệu lực hợp với bộ lọc.")),
    clear_label=_l("Xem tất cả"),
)


@bp.get("/admin/access-review", permission=P.ACCOUNT_MANAGE)
def access_review(ctx: Ctx) -> str:
    """Who has which role, since when and until when, last use and last review."""
    return render_template("accounts/access_review.html", listing=list_page(ctx, ACCESS_REVIEW))


@bp.post("/admin/users/<int:user_id>/roles/<int:assignment_id>/keep", permission=P.ACCOUNT_MANAGE)
def role_keep(ctx: Ctx, user_id: int, assignment_id: int) -> Any:
    require_token()
    keep_role(ctx, user_id, assignment_id)
    return go(ctx, "accounts.user", _("Đã rà soát: giữ vai trò."), user_id=user_id)


def roles_to_review(ctx: Ctx) -> Iterator[WorklistTask]:
    """That roles wait for their review, for "Việc của tôi"."""
    if not holds(ctx.actor, P.ACCOUNT_MANAGE):
        return
    count = count_due(ctx)
    if count:
        text = _n("Rà soát quyền truy cập: %(num)d vai trò đến hạn", count)
        yield WorklistTask(text, url_for("accounts.access_review", due=1), _("Rà soát định kỳ"))
