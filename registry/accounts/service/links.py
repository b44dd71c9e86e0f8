"""One-time links: shown once to whoever made them, good for minutes, used up by setting a password."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from registry.accounts.models import LinkPurpose, OneTimeLink, UserAccount
from registry.accounts.queries import get_user
from registry.accounts.service.passwords import check_repeated, store_password
from registry.accounts.sessions import TOKEN_BYTES, hash_token
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _

LINK_LIFETIME: Final = timedelta(minutes=15)


def open_link(ctx: Ctx, user_id: int, purpose: LinkPurpose = LinkPurpose.SET_PASSWORD) -> str:
    """A new link for an account, as its token; links made before for the same account are void."""
    user = get_user(ctx, user_id, lock=True)
    if not user.is_active:
        raise Invalid({"": _("Tài khoản '%(value)s' đang bị khóa, cần mở khóa trước.", value=user.username)})
    open_links = OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > ctx.now
    ctx.session.execute(update(OneTimeLink).where(*open_links).values(expires_at=ctx.now))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ctx.session.add(
        OneTimeLink(
            token_hash=hash_token(token),
            purpose=purpose,
            user_id=user.id,
            created_at=ctx.now,
            expires_at=ctx.now + LINK_LIFETIME,
        )
    )
    ctx.session.flush()
    record(ctx, "account.open_link", "user_account", user.id, purpose=purpose.value)
    return token


def get_link(ctx: Ctx, token: str, *, lock: bool = False) -> OneTimeLink:
    """The open link of a token; one sentence for every other case."""
    query = select(OneTimeLink).where(
        OneTimeLink.token_hash == hash_token(token),
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > ctx.now,
    )
    link = ctx.session.scalars(query.with_for_update() if lock else query).one_or_none()
    if link is None:
        raise NotFound(_("Liên kết này đã dùng hoặc đã hết hạn; hãy xin quản trị viên liên kết mới."))
    return link


def set_password_by_link(ctx: Ctx, token: str, password: str, repeated: str) -> UserAccount:
    """Set the password of the link's account and use the link up."""
    link = get_link(ctx, token, lock=True)
    user = ctx.session.scalars(
        select(UserAccount).where(UserAccount.id == link.user_id).options(joinedload(UserAccount.organisation))
    ).one()
    if not user.is_active:
        raise NotFound(_("Liên kết này đã dùng hoặc đã hết hạn; hãy xin quản trị viên liên kết mới."))
    check_repeated(password, repeated)
    store_password(ctx, user, password)
    link.used_at = ctx.now
    return user


def forget_old(session: Session, now: datetime) -> int:
    """Remove links that ended over a day ago; the number removed."""
    removed = session.execute(
        delete(OneTimeLink).where(OneTimeLink.expires_at < now - timedelta(days=1)).returning(OneTimeLink.id)
    )
    return len(removed.all())
