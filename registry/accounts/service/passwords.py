"""Hashes of passwords, changes of passwords and one-time links. Every change ends the sessions of the account."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Final

from pwdlib import PasswordHash
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from registry.accounts import rules
from registry.accounts.attempts import Attempt, AttemptCounter, give_back
from registry.accounts.commands import ChangePassword
from registry.accounts.factors.service import forget_browsers
from registry.accounts.models import LinkPurpose, OneTimeLink, Organisation, RevokeReason, UserAccount, UserPassword
from registry.accounts.queries import get_own_account, get_user
from registry.accounts.rules import PASSWORD_MAX
from registry.accounts.sessions import TOKEN_BYTES, end_sessions, hash_token
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.kernel.errors import Busy, Invalid, NotFound
from registry.kernel.i18n import _

_HASHER = PasswordHash.recommended()
#: The hash, with the parameters of `_HASHER`, of a random text that was thrown away: checked where there is no account.
#: Made again at each start it would take each command and worker a tenth of a second of the processor.
OF_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$4r4A/+nh/p5NA7o7lxvxJg$HYgU+q6wCTPvM9EOfA7te2Sw/7QTW0wtYWX98S/pAwM"
#: Seconds after which a sign-in that was sent away may be sent again.
RETRY_AFTER_S: Final = 3


class HashingSlots:
    """Slots of one process for work on password hashes.

    One hash is made at a time. Of those who sign in some more wait for it, and others are sent away before their
    attempt counts, so that seats of the lanes (authz/lanes.py) are left for pages however many people sign in.
    """

    def __init__(self, most: int) -> None:
        """`most`: sign-ins at once, working or waiting."""
        self._admitted = BoundedSemaphore(most)
        self.working = BoundedSemaphore(1)

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Raise Busy where as many sign in already."""
        if not self._admitted.acquire(blocking=False):
            sentence = _("Nhiều người đang đăng nhập cùng lúc; hãy thử lại sau %(s)d giây.", s=RETRY_AFTER_S)
            raise Busy(sentence, RETRY_AFTER_S)
        try:
            yield
        finally:
            self._admitted.release()


#: Half of the requests of accounts that a web process works on at once.
SLOTS: Final = HashingSlots(2)


def hash_password(password: str) -> str:
    """The argon2id hash of a password that `rules.read_password` returned."""
    with SLOTS.working:
        return _HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password matches `stored`, and a new hash if the hash parameters have changed.

    Without a stored hash the same work is done and the result is False.
    """
    typed = unicodedata.normalize("NFKC", password)[: PASSWORD_MAX + 1]
    with SLOTS.working:
        right, renewed = _HASHER.verify_and_update(typed, stored or OF_NOBODY)
    return (right, renewed) if stored else (False, None)


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
    forget_browsers(ctx, user.id)
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
        raise Invalid({"": _("Tài khoản “%(value)s” đang bị khóa, cần mở khóa trước.", value=user.username)})
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
