"""Passwords and one-time links. Every change of a password ends the account's sessions."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from registry.accounts import rules
from registry.accounts.attempts import Attempt, AttemptCounter, give_back
from registry.accounts.commands import ChangePassword
from registry.accounts.models import LinkPurpose, OneTimeLink, Organisation, RevokeReason, UserAccount, UserPassword
from registry.accounts.passwords import SLOTS, hash_password, verify_password
from registry.accounts.queries import get_own_account, get_user
from registry.accounts.sessions import TOKEN_BYTES, end_sessions, hash_token
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _

LINK_LIFETIME: Final = timedelta(minutes=15)
#: Links that set a password.
PASSWORD_PURPOSES: Final = (LinkPurpose.SET_PASSWORD, LinkPurpose.FIRST_ADMINISTRATOR)


def sign_in(ctx: Ctx, counter: AttemptCounter, attempt: Attempt) -> UserAccount | None:
    """The active account with this name and password; None in all other cases, after the same amount of work.

    Raises TooManyRequests before the password is checked if no attempts are left.
    """
    with SLOTS.admitted():
        taken = counter.take(attempt)
        user_account = ctx.session.execute(
            select(UserAccount, UserPassword.password_hash)
            .outerjoin(UserPassword, UserPassword.user_id == UserAccount.id)
            .where(UserAccount.username == rules.fold_username(attempt.username))
            .options(joinedload(UserAccount.organisation, innerjoin=True))
        ).one_or_none()
        right, renewed = verify_password(
            attempt.password,
            user_account.password_hash if user_account and user_account.UserAccount.is_active else None,
        )
        if user_account is None or not right:
            return None
        user: UserAccount = user_account.UserAccount
        give_back(ctx.session, taken)
        if renewed is not None:
            _write_hash(ctx, user.id, renewed)
        return user


def change_password(
    ctx: Ctx, counter: AttemptCounter, command: ChangePassword, device_for: Callable[[str], str]
) -> UserAccount:
    """Change the actor's own password; all their sessions end, this one included.

    The current password can be guessed here, too: `device_for` gives the device of an `Attempt` for a user name.
    """
    user = get_own_account(ctx, lock=True)
    taken = counter.take(Attempt(user.username, command.current, device_for(user.username)))
    right, _renewed = verify_password(command.current, _stored_hash(ctx, user.id))
    if not right:
        raise Invalid({"current": _("Mật khẩu hiện tại không đúng; hãy nhập lại.")})
    give_back(ctx.session, taken)
    check_repeated(command.new, command.repeated)
    store_password(ctx, user, command.new)
    return user


def check_repeated(new: str, repeated: str) -> None:
    if new != repeated:
        raise Invalid({"repeated": _("Hai lần nhập mật khẩu không giống nhau; hãy nhập lại.")})


def store_password(ctx: Ctx, user: UserAccount, password: str) -> None:
    """Set a password (checked by the rules, not equal to the current one) and end all sessions of the account."""
    organisation = ctx.session.get_one(Organisation, user.organisation_id)
    names = (user.username, user.full_name, organisation.code, organisation.short_name, organisation.name)
    new = rules.read_password(password, names=names)
    same, _renewed = verify_password(new, stored) if (stored := _stored_hash(ctx, user.id)) else (False, None)
    if same:
        raise Invalid({"password": _("Mật khẩu mới trùng mật khẩu đang dùng; cần mật khẩu khác.")})
    _write_hash(ctx, user.id, hash_password(new))
    user.password_changed_at = ctx.now
    ctx.session.flush()
    end_sessions(ctx, user.id, RevokeReason.PASSWORD_CHANGED)
    record(ctx, "account.set_password", "user_account", user.id, on_behalf_of_id=user.id)


def _stored_hash(ctx: Ctx, user_id: int) -> str | None:
    return ctx.session.scalar(select(UserPassword.password_hash).where(UserPassword.user_id == user_id))


def _write_hash(ctx: Ctx, user_id: int, password_hash: str) -> None:
    statement = insert(UserPassword).values(user_id=user_id, password_hash=password_hash)
    ctx.session.execute(
        statement.on_conflict_do_update(
            index_elements=[UserPassword.user_id], set_={"password_hash": statement.excluded.password_hash}
        )
    )


def open_link(
    ctx: Ctx, user_id: int, purpose: LinkPurpose = LinkPurpose.SET_PASSWORD, *, token: str | None = None
) -> str:
    """Create a link and return its token; earlier links of the account become void.

    `token`: one that follows from the form, so that a form that is sent twice creates one link.
    """
    user = get_user(ctx, user_id, lock=True)
    if token is not None and _is_open(ctx, user_id, token):
        return token
    if not user.is_active:
        raise Invalid({"": _("Tài khoản '%(value)s' đang bị khóa, cần mở khóa trước.", value=user.username)})
    open_links = (
        OneTimeLink.user_id == user.id,
        OneTimeLink.purpose.in_(PASSWORD_PURPOSES),
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > ctx.now,
    )
    ctx.session.execute(update(OneTimeLink).where(*open_links).values(expires_at=ctx.now))
    token = token or secrets.token_urlsafe(TOKEN_BYTES)
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


def _is_open(ctx: Ctx, user_id: int, token: str) -> bool:
    query = select(OneTimeLink.id).where(
        OneTimeLink.token_hash == hash_token(token),
        OneTimeLink.user_id == user_id,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > ctx.now,
    )
    return ctx.session.scalar(query) is not None


def get_link(
    ctx: Ctx, token: str, *, lock: bool = False, purposes: Sequence[LinkPurpose] = PASSWORD_PURPOSES
) -> OneTimeLink:
    """The open link of a token for one of the purposes; NotFound with one text in all other cases."""
    query = select(OneTimeLink).where(
        OneTimeLink.token_hash == hash_token(token),
        OneTimeLink.purpose.in_(purposes),
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > ctx.now,
    )
    link = ctx.session.scalars(query.with_for_update() if lock else query).one_or_none()
    if link is None:
        raise NotFound(_("Liên kết này đã dùng hoặc đã hết hạn; hãy xin quản trị viên liên kết mới."))
    return link


def set_password_by_link(ctx: Ctx, token: str, password: str, repeated: str) -> UserAccount:
    """Set the password of the link's account and mark the link as used."""
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
    """Delete links that expired over a day ago; returns the number deleted."""
    removed = session.execute(
        delete(OneTimeLink).where(OneTimeLink.expires_at < now - timedelta(days=1)).returning(OneTimeLink.id)
    )
    return len(removed.all())
