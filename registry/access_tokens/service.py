"""Issue and revoke tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select, update

from registry.access_tokens.codes import PERMISSIONS, TokenScope
from registry.access_tokens.commands import IssueToken
from registry.access_tokens.models import AccessToken
from registry.access_tokens.queries import get_token
from registry.access_tokens.rules import MAX_DAYS, MAX_NAME, MAX_TOKENS, SHOWN, hash_text
from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.authz.actors import Actor, Ctx
from registry.authz.scopes import holds
from registry.kernel.clock import end_of_day
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, format_date
from registry.kernel.text import TextRefused, normalise_name
from registry.territory.models import AdminUnit

KIND: Final = "access_token"


def scopes_for(actor: Actor) -> list[TokenScope]:
    """The scopes of which the actor has at least one permission."""
    return [scope for scope, permissions in PERMISSIONS.items() if any(holds(actor, each) for each in permissions)]


def issue_token(ctx: Ctx, command: IssueToken) -> AccessToken:
    """Issue a token of the actor; the same text again gives the same token. Invalid where it cannot be issued."""
    _lock_user(ctx)
    same_text = select(AccessToken).where(
        AccessToken.token_hash == hash_text(command.text), AccessToken.user_id == ctx.actor.id
    )
    issued: AccessToken | None = ctx.session.scalars(same_text).one_or_none()
    if issued is not None:
        return issued
    name = _checked_name(command.name)
    _check_scopes(ctx, command)
    _check_last_day(ctx, command)
    _check_units(ctx, command)
    valid = select(func.count()).where(
        AccessToken.user_id == ctx.actor.id, AccessToken.revoked_at.is_(None), AccessToken.expires_at > ctx.now
    )
    if (ctx.session.scalar(valid) or 0) >= MAX_TOKENS:
        sentence = _(
            "Đang có %(most)d mã truy cập còn hiệu lực, là số tối đa; hãy thu hồi mã không dùng nữa.", most=MAX_TOKENS
        )
        raise Invalid({"": sentence})
    token = AccessToken(
        token_hash=hash_text(command.text),
        ending=command.text[-SHOWN:],
        name=name,
        user_id=ctx.actor.id,
        organisation_id=ctx.actor.organisation_id,
        is_of_organisation=command.is_of_organisation,
        scopes=sorted(set(command.scopes)),
        unit_ids=sorted(set(command.unit_ids)),
        created_at=ctx.now,
        expires_at=end_of_day(command.expires_on),
    )
    ctx.session.add(token)
    ctx.session.flush()
    record(ctx, f"{KIND}.issue", KIND, token.id, scopes=token.scopes, of_organisation=token.is_of_organisation)
    return token


def revoke_token(ctx: Ctx, token_id: int) -> AccessToken:
    """Revoke a token of the actor or of its organisation; one that is revoked stays so."""
    token = get_token(ctx, token_id, lock=True)
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by_id = ctx.now, ctx.actor.id
        ctx.session.flush()
        record(ctx, f"{KIND}.revoke", KIND, token.id)
    return token


def end_tokens(ctx: Ctx, user_id: int) -> None:
    """Revoke all tokens of an account that is disabled: enabled again it does not have them back."""
    ctx.session.execute(
        update(AccessToken)
        .where(AccessToken.user_id == user_id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=ctx.now, revoked_by_id=func.coalesce(ctx.actor.id, AccessToken.user_id))
    )


def _checked_name(text: str) -> str:
    try:
        name = normalise_name(text)
    except TextRefused as refused:
        raise Invalid({"name": str(refused)}) from refused
    if not name or len(name) > MAX_NAME:
        raise Invalid({"name": _("Tên mã cần từ 1 đến %(most)d ký tự.", most=MAX_NAME)})
    return name


def _check_scopes(ctx: Ctx, command: IssueToken) -> None:
    if not command.scopes:
        raise Invalid({"scopes": _("Hãy chọn ít nhất một loại dữ liệu mà mã được đọc.")})
    allowed = scopes_for(ctx.actor)
    for code in command.scopes:
        if code not in allowed:
            raise Invalid({"scopes": _("Tài khoản không có quyền đọc “%(scope)s”.", scope=code)})


def _check_last_day(ctx: Ctx, command: IssueToken) -> None:
    last = ctx.today + timedelta(days=MAX_DAYS)
    if not ctx.today <= command.expires_on <= last:
        sentence = _(
            "Ngày hết hạn là %(day)s; cần từ %(first)s đến %(last)s.",
            day=format_date(command.expires_on),
            first=format_date(ctx.today),
            last=format_date(last),
        )
        raise Invalid({"expires_on": sentence})


def _check_units(ctx: Ctx, command: IssueToken) -> None:
    if not command.unit_ids:
        return
    stored = set(ctx.session.scalars(select(AdminUnit.id).where(AdminUnit.id.in_(command.unit_ids))))
    missing = set(command.unit_ids) - stored
    if missing:
        raise Invalid({"unit_ids": _("Không có đơn vị hành chính số %(number)d.", number=min(missing))})


def _lock_user(ctx: Ctx) -> None:
    """Serialise the writes of one person, so that the number of its tokens is consistent."""
    owner = select(UserAccount.id).where(UserAccount.id == ctx.actor.id)
    ctx.session.execute(owner.with_for_update(key_share=True))
