"""The lists of accounts and organisations."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Text, cast

from registry.accounts.models import Organisation, UserAccount
from registry.accounts.queries import organisations_query, users_query
from registry.accounts.succession_notes import activity_of
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.lists.columns import Column, declared_columns
from registry.kernel.lists.filters import Search
from registry.kernel.lists.markup import badge, link
from registry.kernel.lists.view import Empty, ListView


def _state(_ctx: Ctx, row: Any) -> Any:
    account = row.UserAccount
    if not account.is_active:
        return badge(_("Đã khóa"), "bad", "lock")
    if account.password_changed_at:
        return badge(_("Đang dùng"), "good")
    return badge(_("Chưa đặt mật khẩu"), "warn")


USERS: Final = ListView(
    code="users",
    label=_l("Tài khoản"),
    endpoint="accounts.users",
    permission=P.ACCOUNT_MANAGE,
    select=lambda ctx, filter_values: users_query(ctx, filter_values.get("q", "")),
    columns=(
        *declared_columns(
            UserAccount,
            "full_name",
            row="UserAccount",
            main=True,
            sort=UserAccount.full_name,
            show=link("accounts.user", "UserAccount.full_name", user_id="UserAccount.id"),
        ),
        *declared_columns(UserAccount, "username", row="UserAccount", sort=UserAccount.username),
        Column("organisation", _l("Tổ chức"), "UserAccount.organisation.short_name", sort=Organisation.short_name),
        Column("roles", _l("Vai trò"), lambda ctx, row: row.UserAccount.role_names(ctx.today)),
        Column("state", _l("Trạng thái"), "UserAccount.is_active", bool, show=_state),
    ),
    filters=(Search("q", _l("Tìm theo họ tên hoặc tên đăng nhập"), chip=_l("Từ khóa")),),
    order=(Organisation.short_name, UserAccount.username, UserAccount.id),
    count=_n_noop("%(count)s tài khoản"),
    no_match=Empty(_l("Không có tài khoản nào"), _l("Không có họ tên hoặc tên đăng nhập nào chứa từ khóa này.")),
    clear_label=_l("Xem tất cả"),
)
ORGANISATIONS: Final = ListView(
    code="organisations",
    label=_l("Các tổ chức"),
    endpoint="accounts.organisations",
    permission=P.ACCOUNT_MANAGE,
    select=lambda ctx, filter_values: organisations_query(ctx, filter_values.get("q", "")),
    columns=(
        *declared_columns(
            Organisation,
            "short_name",
            row="Organisation",
            main=True,
            sort=Organisation.short_name,
            show=link("accounts.organisation", "Organisation.short_name", organisation_id="Organisation.id"),
        ),
        *declared_columns(Organisation, "name", row="Organisation", sort=Organisation.name),
        *declared_columns(Organisation, "code", row="Organisation", sort=Organisation.code),
        *declared_columns(Organisation, "kind", row="Organisation", sort=cast(Organisation.kind, Text)),
        Column(
            "valid_from",
            _l("Hoạt động"),
            "Organisation.valid_from",
            date,
            sort=Organisation.valid_from,
            show=lambda ctx, row: activity_of(ctx, row.Organisation),
        ),
    ),
    filters=(Search("q", _l("Tìm theo tên, mã hoặc cách viết khác"), chip=_l("Từ khóa")),),
    order=(cast(Organisation.kind, Text), Organisation.short_name, Organisation.id),
    count=_n_noop("%(count)s tổ chức"),
    no_match=Empty(_l("Không có tổ chức nào"), _l("Không có tên, mã hoặc cách viết nào chứa từ khóa này.")),
    clear_label=_l("Xem tất cả"),
)
