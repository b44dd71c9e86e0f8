"""Mails about an account itself: links to set a password or confirm an address, and word of a change of address.

No token is stored: it follows from the mail's `uid` and the secret key, so the web process writes its hash and the
worker writes the same link. Each mail is one transaction that locks its row.
"""

from __future__ import annotations

import hmac
import logging
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from uuid import UUID, uuid4

from procrastinate import JobContext, RetryStrategy
from sqlalchemy import func, select

from registry.accounts.models import AccountMail, AccountMailKind, UserAccount
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, force_locale
from registry.kernel.i18n import format_datetime as format_moment
from registry.kernel.jobs import defer, queue, resources_of
from registry.kernel.mail import MailRefused, MailServerUnavailable, SmtpConnection
from registry.notices.delivery import mark_bounce, retry_delay
from registry.notices.mail import MAILER, Mailer
from registry.notices.models import MailState

log = logging.getLogger(__name__)
#: Most mails about one account within a day.
MOST_A_DAY: Final = 10
_DAY: Final = timedelta(days=1)
_ORIGIN: Final = "worker"
_BATCH: Final = 200
_RETRY = RetryStrategy(max_attempts=20, linear_wait=60)
_ENDPOINTS: Final = {
    AccountMailKind.PASSWORD_LINK: "accounts.set_password",
    AccountMailKind.CONFIRM_EMAIL: "accounts.confirm_email_form",
}


def link_token(secret_key: str, uid: UUID) -> str:
    """The token of the link in a mail."""
    digest = hmac.digest(secret_key.encode(), f"account-mail:{uid}".encode(), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def queue_account_mail(
    ctx: Ctx, user: UserAccount, kind: AccountMailKind, address: str, expires_at: datetime | None = None
) -> AccountMail:
    """Write a mail that the worker sends after the commit; Invalid after MOST_A_DAY of one account."""
    since = AccountMail.user_id == user.id, AccountMail.created_at > ctx.now - _DAY
    count = ctx.session.scalar(select(func.count()).select_from(AccountMail).where(*since)) or 0
    if count >= MOST_A_DAY and kind is not AccountMailKind.EMAIL_CHANGED:
        sentence = _("Trong 24 giờ qua đã gửi %(count)d thư cho tài khoản này; cần chờ đến ngày mai.", count=count)
        raise Invalid({"": sentence})
    mail = AccountMail(
        uid=uuid4(),
        user_id=user.id,
        kind=kind,
        address=address,
        state=MailState.PENDING,
        attempts=0,
        created_at=ctx.now,
        next_try_at=ctx.now,
        expires_at=expires_at,
    )
    ctx.session.add(mail)
    ctx.session.flush()
    defer(ctx, deliver_account_mail, mail_id=mail.id)
    return mail


@queue.task(name="accounts.deliver_mail", pass_context=True, retry=_RETRY)
def deliver_account_mail(job: JobContext, *, mail_id: int) -> None:
    """Send one mail; idempotent. Without a mail server it waits."""
    resources = resources_of(job)
    mailer = MAILER.of(resources)
    if mailer is not None:
        send_account_mails(resources.database, mailer, utc_now(), mail_id)


@queue.periodic(cron="* * * * *")
@queue.task(name="accounts.send_due", queueing_lock="accounts.send_due", pass_context=True)
def send_due_account_mails(job: JobContext, timestamp: int) -> None:
    del timestamp
    resources = resources_of(job)
    mailer = MAILER.of(resources)
    if mailer is not None:
        send_account_mails(resources.database, mailer, utc_now())


def send_account_mails(database: Database, mailer: Mailer, now: datetime, mail_id: int | None = None) -> int:
    """Send the mails that are due, one of them or all; returns how many were sent."""
    with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN, read_only=True) as ctx:
        query = select(AccountMail.id).where(AccountMail.state == MailState.PENDING, AccountMail.next_try_at <= now)
        if mail_id is not None:
            query = query.where(AccountMail.id == mail_id)
        due = list(ctx.session.scalars(query.order_by(AccountMail.next_try_at, AccountMail.id).limit(_BATCH)))
    if not due or mailer.is_paused(now):
        return 0
    try:
        with mailer.connected(now) as connection:
            return sum(_deliver(database, mailer, connection, each, now) for each in due)
    except MailServerUnavailable as error:
        log.warning("mail server is away: %s", error)
        with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN) as ctx:
            mail = _lock(ctx, due[0])
            if mail is not None:
                _record_failure(mail, now, str(error), is_kept=True)
        return 0


def _deliver(database: Database, mailer: Mailer, connection: SmtpConnection, mail_id: int, now: datetime) -> bool:
    with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN) as ctx:
        mail = _lock(ctx, mail_id)
        if mail is None:
            return False
        user = ctx.session.get_one(UserAccount, mail.user_id)
        if mail.expires_at is not None and mail.expires_at <= now:
            _record_failure(mail, now, _("Liên kết đã hết hạn trước khi gửi được."), is_final=True)
            return False
        if not user.is_active:
            _record_failure(mail, now, _("Tài khoản đã khóa."), is_final=True)
            return False
        try:
            connection.send(_compose(mailer, mail, user, now))
        except MailRefused as refused:
            _record_failure(mail, now, str(refused), is_final=refused.is_final, is_kept=refused.is_by_setting)
            # A link to a new address, or word to the former one, says nothing of the address that the account has.
            if refused.is_bounce and mail.address == user.email:
                mark_bounce(ctx, user.id, mail.address, str(refused))
            return False
        mail.state, mail.sent_at, mail.failure = MailState.SENT, now, None
        mail.attempts += 1
        return True


def _lock(ctx: Ctx, mail_id: int) -> AccountMail | None:
    query = select(AccountMail).where(AccountMail.id == mail_id, AccountMail.state == MailState.PENDING)
    return ctx.session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def _record_failure(
    mail: AccountMail, now: datetime, reason: str, *, is_final: bool = False, is_kept: bool = False
) -> None:
    """Count an attempt; `is_kept`: never given up before its link ends."""
    mail.attempts += 1
    mail.failure = reason
    delay = None if is_final else retry_delay(mail.attempts, is_kept=is_kept)
    if delay is None:
        mail.state = MailState.FAILED
    else:
        mail.next_try_at = now + delay


def _compose(mailer: Mailer, mail: AccountMail, user: UserAccount, now: datetime) -> EmailMessage:
    with mailer.app.app_context(), force_locale(user.language):
        message = EmailMessage(policy=SMTP)
        message["Subject"] = str(mail.kind.label)
        message["From"] = mailer.sender
        message["To"] = mail.address
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{mail.uid}@{mailer.sender.rpartition('@')[2].rstrip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = user.language
        message.set_content("\n\n".join(_body(mailer, mail, user)) + "\n", charset="utf-8")
    return message


def _body(mailer: Mailer, mail: AccountMail, user: UserAccount) -> list[str]:
    if mail.kind is AccountMailKind.EMAIL_CHANGED:
        return [
            _("Địa chỉ thư của tài khoản “%(name)s” đã đổi sang địa chỉ khác.", name=user.username),
            _("Nếu không yêu cầu việc này, hãy báo ngay cho quản trị viên."),
        ]
    token = link_token(mailer.app.config["SECRET_KEY"], mail.uid)
    address = mailer.address_of(_ENDPOINTS[mail.kind], {"token": token})
    until = format_moment(mail.expires_at) if mail.expires_at else ""
    purpose = (
        _("Đặt mật khẩu cho tài khoản “%(name)s” tại:", name=user.username)
        if mail.kind is AccountMailKind.PASSWORD_LINK
        else _("Xác nhận địa chỉ thư này cho tài khoản “%(name)s” tại:", name=user.username)
    )
    return [
        purpose,
        address,
        _("Liên kết dùng được một lần, đến %(moment)s. Nếu không yêu cầu, hãy bỏ qua thư này.", moment=until),
    ]
