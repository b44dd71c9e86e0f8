"""A user's own address and telephone, and the links that go by mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import update

from registry.accounts import rules
from registry.accounts.account_mail import link_token, queue_account_mail
from registry.accounts.commands import SaveContact
from registry.accounts.models import AccountMailKind, LinkPurpose, OneTimeLink, UserAccount
from registry.accounts.queries import get_own_account, get_user
from registry.accounts.service.accounts import claim_email, free_email_key
from registry.accounts.service.passwords import get_link
from registry.accounts.sessions import hash_token
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _

#: A link in a mail is used when the mail is read.
MAILED_LINK_LIFETIME: Final = timedelta(hours=24)


def save_contact(ctx: Ctx, command: SaveContact, secret_key: str | None) -> bool:
    """Save the actor's own telephone, and send a link to a new address; returns whether one was sent.

    The address changes when the link is opened. `secret_key` None: no mail can be sent, so that a new address is
    Invalid. An address may be removed at once; the former one gets a mail.
    """
    user = get_own_account(ctx, lock=True)
    email, phone = rules.read_email(command.email), rules.read_phone(command.phone)
    if phone != user.phone:
        user.phone = phone
        record(ctx, "account.edit_contact", "user_account", user.id)
    if email == user.email:
        return False
    if email is None:
        _change_email(ctx, user, None)
        return False
    if secret_key is None:
        raise Invalid({"email": _("Hệ thống chưa gửi được thư nên chưa đổi được địa chỉ; cần quản trị viên sửa giúp.")})
    free_email_key(ctx, user.id, user.organisation_id, email)
    _send_link(ctx, user, LinkPurpose.CONFIRM_EMAIL, AccountMailKind.CONFIRM_EMAIL, email, secret_key)
    return True


def confirm_email(ctx: Ctx, token: str) -> UserAccount:
    """Give the account the address that a link confirms, and mark the link as used; the former one gets a mail."""
    link = get_link(ctx, token, lock=True, purposes=(LinkPurpose.CONFIRM_EMAIL,))
    user = ctx.session.get_one(UserAccount, link.user_id, with_for_update=True)
    if not user.is_active:
        raise NotFound(_("Liên kết này đã dùng hoặc đã hết hạn; hãy xin quản trị viên liên kết mới."))
    _change_email(ctx, user, link.email)
    link.used_at = ctx.now
    return user


def mail_password_link(ctx: Ctx, user_id: int, secret_key: str | None) -> UserAccount:
    """Send an account a link to set its password; earlier links become void.

    Invalid without an address, for a closed account, and where the installation sends no mail.
    """
    user = get_user(ctx, user_id, lock=True)
    if not user.is_active:
        raise Invalid({"": _("Tài khoản “%(value)s” đang bị khóa, cần mở khóa trước.", value=user.username)})
    if user.email is None:
        raise Invalid({"": _("Tài khoản “%(value)s” chưa có địa chỉ thư; cần ghi địa chỉ trước.", value=user.username)})
    if secret_key is None:
        raise Invalid(
            {"": _("Hệ thống chưa cấu hình máy chủ thư nên chưa gửi được; hãy tạo liên kết và trao trực tiếp.")}
        )
    _send_link(ctx, user, LinkPurpose.SET_PASSWORD, AccountMailKind.PASSWORD_LINK, user.email, secret_key)
    return user


def _send_link(
    ctx: Ctx, user: UserAccount, purpose: LinkPurpose, kind: AccountMailKind, address: str, secret_key: str
) -> None:
    open_links = (
        OneTimeLink.user_id == user.id,
        OneTimeLink.purpose == purpose,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > ctx.now,
    )
    ctx.session.execute(update(OneTimeLink).where(*open_links).values(expires_at=ctx.now))
    expires_at = ctx.now + MAILED_LINK_LIFETIME
    mail = queue_account_mail(ctx, user, kind, address, expires_at)
    ctx.session.add(
        OneTimeLink(
            token_hash=hash_token(link_token(secret_key, mail.uid)),
            purpose=purpose,
            user_id=user.id,
            created_at=ctx.now,
            expires_at=expires_at,
            email=address if purpose is LinkPurpose.CONFIRM_EMAIL else None,
        )
    )
    ctx.session.flush()
    record(ctx, "account.mail_link", "user_account", user.id, purpose=purpose.value)


def _change_email(ctx: Ctx, user: UserAccount, email: str | None) -> None:
    if user.email:
        queue_account_mail(ctx, user, AccountMailKind.EMAIL_CHANGED, user.email)
    user.email = email
    claim_email(ctx, user)
    ctx.session.flush()
    record(ctx, "account.edit_contact", "user_account", user.id, on_behalf_of_id=user.id)
