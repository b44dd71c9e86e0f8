"""What the audit log shows of organisations and accounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from flask import url_for
from sqlalchemy import Select, func, select

from registry.accounts.models import UNTIL_LABEL, Organisation, RoleAssignment, UserAccount
from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx, role_label
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.db.matching import contains_all
from registry.kernel.feature import Contribution
from registry.kernel.fields import fields_of
from registry.kernel.i18n import LANGUAGES, _l

_OF_ACCOUNTS: Final[Mapping[str, Any]] = {
    "organisation_id": _l("Tổ chức"),
    "language": _l("Ngôn ngữ"),
    "is_active": _l("Đang hoạt động"),
    "password_changed_at": _l("Đặt mật khẩu lúc"),
}
_ROLE: Final[Mapping[str, Any]] = {
    "role": _l("Vai trò"),
    "valid_from": _l("Từ ngày"),
    "valid_to": UNTIL_LABEL,
    "ended_at": _l("Kết thúc lúc"),
}


def _organisations(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    opens = holds(ctx.actor, P.ACCOUNT_MANAGE)
    rows = ctx.session.execute(select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(ids)))
    return {
        row.id: Named(row.short_name, url_for("accounts.organisation", organisation_id=row.id) if opens else None)
        for row in rows
    }


def _find_organisations(_ctx: Ctx, words: Sequence[str]) -> Select[Any]:
    return select(Organisation.id).where(contains_all(Organisation.search_text, words))


def _users(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    """Names of people stand in the log for all its readers; the account is that of the administrator."""
    opens = holds(ctx.actor, P.ACCOUNT_MANAGE)
    rows = ctx.session.execute(select(UserAccount.id, UserAccount.full_name).where(UserAccount.id.in_(ids)))
    return {row.id: Named(row.full_name, url_for("accounts.user", user_id=row.id) if opens else None) for row in rows}


def _find_users(_ctx: Ctx, words: Sequence[str]) -> Select[Any]:
    return select(UserAccount.id).where(contains_all(func.fold(UserAccount.full_name), words))


def _show_user(name: str, value: Any, row: Any) -> str | None:
    del row
    return LANGUAGES.get(value) if name == "language" else None


def _show_role(name: str, value: Any, row: Any) -> str | None:
    return role_label(value, row["valid_from"]) if name == "role" else None


SUBJECTS_OF_ACCOUNTS: Final[tuple[Contribution, ...]] = (
    *named_subject(
        "organisation",
        Subject(_organisations, _find_organisations),
        Tracked(Organisation, lambda: fields_of(Organisation), "organisation"),
    ),
    *named_subject(
        "user_account",
        Subject(_users, _find_users),
        Tracked(UserAccount, lambda: {**fields_of(UserAccount), **_OF_ACCOUNTS}, "user_account", show=_show_user),
        Tracked(RoleAssignment, lambda: _ROLE, "user_account", subject_id="user_id", shows_first=True, show=_show_role),
    ),
)
