"""Writes of the second factor: prove, add, remove, recover; each with its audit record in the same transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update

from registry.accounts.factors import passkeys, rules
from registry.accounts.factors.models import (
    LABEL_MAX,
    REASON_MAX,
    DayPass,
    FactorKind,
    FactorReset,
    RecoveryCode,
    RememberedBrowser,
    SecondFactor,
)
from registry.accounts.factors.notices import ADDED, CODE_USED, PASS_GIVEN, REMOVED, RESET, notify_holder
from registry.accounts.factors.passkeys import PasskeyHost
from registry.accounts.factors.queries import (
    lendable,
    list_factors,
    open_reset,
    remembered_query,
    totp_of,
    unused_codes,
)
from registry.accounts.models import FactorState, RevokeReason, UserAccount
from registry.accounts.queries import get_user
from registry.accounts.sessions import TOKEN_BYTES, end_sessions, hash_token, printable_device
from registry.audit.chain import record
from registry.authz.actors import Actor, Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.authz.second_factor import SETTING_KEY
from registry.kernel.base32 import grouped
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _

_KIND = "user_account"


@dataclass(frozen=True)
class FactorAnswer:
    """What a person gives for the second factor: a typed code, or the answer of a passkey with its challenge."""

    code: str = ""
    passkey: str = ""
    challenge: str = ""


def state_after_password(ctx: Ctx, actor: Actor, *, is_exempt: bool, token: str) -> FactorState:
    """How the session stands whose password was right; `token`: by which the browser is remembered."""
    user_id = account_id(actor)
    if is_exempt:
        return FactorState.NOT_ASKED
    if list_factors(ctx.session, user_id):
        remembered = remembered_query(ctx, user_id).where(RememberedBrowser.token_hash == hash_token(token))
        is_remembered = bool(token) and ctx.session.scalars(remembered).first() is not None
        return FactorState.REMEMBERED if is_remembered else FactorState.AWAITED
    required = rules.is_required(setting(ctx.session, SETTING_KEY, ctx.today), actor.roles)
    return FactorState.AWAITED if required else FactorState.NOT_ASKED


def account_id(actor: Actor) -> int:
    if actor.id is None:
        message = "the actor has no account"
        raise RuntimeError(message)
    return actor.id


def prove(ctx: Ctx, user_id: int, answer: FactorAnswer, key: str, party: PasskeyHost, purpose: str) -> datetime:
    """Take the second factor of an account, and say when; Invalid (`code` or `passkey`) with one sentence otherwise.

    `key`: that of the installation. `purpose`: what the challenge of a passkey was issued for.
    """
    if answer.passkey:
        _prove_by_passkey(ctx, user_id, answer, key, party, purpose)
        return ctx.now
    digits = rules.read_digits(answer.code)
    if digits is not None:
        _prove_by_app(ctx, user_id, digits, key)
    elif not (_take_recovery_code(ctx, user_id, answer.code) or _takes_pass(ctx, user_id, answer.code)):
        raise Invalid(
            {
                "code": _(
                    "Mã này không đúng hoặc đã dùng; cần mã 6 chữ số đang hiển thị trong ứng dụng xác thực, hoặc một"
                    " mã khôi phục chưa dùng."
                )
            }
        )
    return ctx.now


def _prove_by_app(ctx: Ctx, user_id: int, digits: str, key: str) -> None:
    factor = totp_of(ctx.session, user_id)
    secret = rules.unseal(key, user_id, factor.secret) if factor is not None and factor.secret is not None else None
    if factor is None or secret is None:
        raise Invalid({"code": _("Tài khoản chưa có ứng dụng xác thực dùng được ở đây; cần mã khôi phục.")})
    step = accepted_step(secret, digits, ctx.now)
    if factor.last_step is not None and step <= factor.last_step:
        raise Invalid({"code": _("Mã này đã dùng một lần; hãy đợi ứng dụng hiện mã mới, tối đa 30 giây.")})
    factor.last_step, factor.last_used_at = step, ctx.now
    ctx.session.flush()


def accepted_step(secret: str, digits: str, now: datetime) -> int:
    """The step of the code; Invalid (`code`) where it is wrong, or that of a clock that is off."""
    step, present = rules.matching_step(secret, digits, now), rules.step_at(now)
    if step is None:
        raise Invalid({"code": _("Mã 6 chữ số không đúng; cần mã đang hiển thị trong ứng dụng xác thực.")})
    off = step - present
    if abs(off) <= rules.TOLERANCE:
        return step
    seconds = abs(off) * rules.STEP_S
    if off > 0:
        sentence = _("Đồng hồ của điện thoại nhanh khoảng %(s)d giây; hãy bật giờ tự động rồi nhập mã mới.", s=seconds)
    else:
        sentence = _(
            "Mã này đã hết hạn, hoặc đồng hồ của điện thoại chậm khoảng %(s)d giây; hãy bật giờ tự động rồi nhập mã"
            " đang hiện.",
            s=seconds,
        )
    raise Invalid({"code": sentence})


def _prove_by_passkey(ctx: Ctx, user_id: int, answer: FactorAnswer, key: str, party: PasskeyHost, purpose: str) -> None:
    query = select(SecondFactor).where(
        SecondFactor.credential_id == passkeys.credential_id(party, answer.passkey),
        SecondFactor.user_id == user_id,
        SecondFactor.removed_at.is_(None),
    )
    factor = ctx.session.scalars(query.with_for_update()).one_or_none()
    if factor is None or factor.public_key is None or factor.sign_count is None:
        raise Invalid({"passkey": _("Khóa truy cập này không thuộc tài khoản đang đăng nhập; cần khóa đã đăng ký.")})
    factor.sign_count = passkeys.read_proof(
        key,
        party,
        purpose,
        answer.challenge,
        answer.passkey,
        public_key=factor.public_key,
        sign_count=factor.sign_count,
    )
    factor.last_used_at = ctx.now
    ctx.session.flush()


def _take_recovery_code(ctx: Ctx, user_id: int, typed: str) -> bool:
    code = rules.read_recovery_code(typed)
    if code is None:
        return False
    taken = ctx.session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == rules.hash_code(user_id, code),
            RecoveryCode.used_at.is_(None),
            RecoveryCode.replaced_at.is_(None),
        )
        .values(used_at=ctx.now)
        .returning(RecoveryCode.id)
    )
    if taken is not None:
        record(ctx, "account.use_recovery_code", _KIND, user_id)
        notify_holder(ctx, CODE_USED, user_id, left=unused_codes(ctx.session, user_id))
    return taken is not None


def _takes_pass(ctx: Ctx, user_id: int, typed: str) -> bool:
    code = rules.read_pass(typed)
    if code is None:
        return False
    query = select(DayPass.id).where(
        DayPass.user_id == user_id,
        DayPass.code_hash == rules.hash_code(user_id, code),
        DayPass.ended_at.is_(None),
        DayPass.expires_at > ctx.now,
    )
    if ctx.session.scalar(query) is None:
        return False
    record(ctx, "account.use_day_pass", _KIND, user_id)
    return True


def add_app(ctx: Ctx, user_id: int, secret: str, typed: str, label: str, key: str) -> SecondFactor:
    """Add the app that shows the codes of `secret`, in place of the one before; Invalid (`code`) for a wrong code.

    The same form sent again finds its app and changes nothing.
    """
    digits = rules.read_digits(typed)
    if digits is None:
        raise Invalid({"code": _("“%(value)s” không phải mã xác thực; cần đúng 6 chữ số.", value=typed[:40])})
    step = accepted_step(secret, digits, ctx.now)
    former = totp_of(ctx.session, user_id)
    if former is not None:
        if former.last_step == step and rules.unseal(key, user_id, former.secret or b"") == secret:
            return former
        _remove(ctx, former)
    return _add(
        ctx,
        user_id,
        FactorKind.TOTP,
        label or _("Ứng dụng xác thực"),
        secret=rules.seal(key, user_id, secret),
        last_step=step,
    )


def add_passkey(ctx: Ctx, user_id: int, registered: passkeys.Registered, label: str) -> SecondFactor:
    """Add a passkey; Invalid (`passkey`) for one that some account has already."""
    taken = select(SecondFactor.id).where(SecondFactor.credential_id == registered.credential_id)
    if ctx.session.scalar(taken) is not None:
        raise Invalid({"passkey": _("Khóa truy cập này đã được đăng ký; cần một khóa khác.")})
    return _add(
        ctx,
        user_id,
        FactorKind.PASSKEY,
        label or _("Khóa truy cập"),
        credential_id=registered.credential_id,
        public_key=registered.public_key,
        sign_count=registered.sign_count,
    )


def _add(ctx: Ctx, user_id: int, kind: FactorKind, label: str, **values: Any) -> SecondFactor:
    factor = SecondFactor(user_id=user_id, kind=kind, label=label[:LABEL_MAX], created_at=ctx.now, **values)
    ctx.session.add(factor)
    ctx.session.flush()
    end_sessions(ctx, user_id, RevokeReason.FACTOR_CHANGED, keep_id=getattr(ctx.actor, "session_id", None))
    record(ctx, "account.add_factor", _KIND, user_id, factor=kind.value)
    notify_holder(ctx, ADDED, user_id, label=factor.label)
    return factor


def remove_factor(ctx: Ctx, actor: Actor, factor_id: int) -> None:
    """Remove a factor of the own account; Invalid for the last one of an account that must have one."""
    user_id = account_id(actor)
    factors = list_factors(ctx.session, user_id)
    factor = next((each for each in factors if each.id == factor_id), None)
    if factor is None:
        raise NotFound
    if len(factors) == 1:
        if rules.is_required(setting(ctx.session, SETTING_KEY, ctx.today), actor.roles):
            raise Invalid({"": _("Vai trò của tài khoản bắt buộc xác thực hai lớp; cần thêm lớp khác trước khi bỏ.")})
        _void(ctx, user_id)
    _remove(ctx, factor)
    ctx.session.flush()
    forget_browsers(ctx, user_id)
    end_sessions(ctx, user_id, RevokeReason.FACTOR_CHANGED, keep_id=getattr(actor, "session_id", None))
    record(ctx, "account.remove_factor", _KIND, user_id, factor=factor.kind.value)
    notify_holder(ctx, REMOVED, user_id, label=factor.label)


def _remove(ctx: Ctx, factor: SecondFactor) -> None:
    factor.removed_at, factor.removed_by_id = ctx.now, ctx.actor.id
    ctx.session.flush()


def renew_codes(ctx: Ctx, user_id: int, token: str | None) -> list[str]:
    """New recovery codes, grouped for reading, in place of those before; the same ones for the same `token`."""
    codes = rules.derived_codes(token or secrets.token_urlsafe(TOKEN_BYTES))
    if not _has_codes(ctx, user_id, codes):
        _void(ctx, user_id)
        hashes = [rules.hash_code(user_id, code) for code in codes]
        ctx.session.add_all(RecoveryCode(user_id=user_id, code_hash=each, created_at=ctx.now) for each in hashes)
        ctx.session.flush()
        record(ctx, "account.renew_recovery_codes", _KIND, user_id)
    return [grouped(code) for code in codes]


def first_codes(ctx: Ctx, user_id: int, token: str | None) -> list[str]:
    """Recovery codes for an account that has none left, or those of the same `token` again; none for another one."""
    is_again = token is not None and _has_codes(ctx, user_id, rules.derived_codes(token))
    return renew_codes(ctx, user_id, token) if is_again or not unused_codes(ctx.session, user_id) else []


def _has_codes(ctx: Ctx, user_id: int, codes: Sequence[str]) -> bool:
    hashes = [rules.hash_code(user_id, code) for code in codes]
    query = select(RecoveryCode.id).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash.in_(hashes))
    return ctx.session.scalar(query.limit(1)) is not None


def _void(ctx: Ctx, user_id: int) -> None:
    ctx.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.replaced_at.is_(None))
        .values(replaced_at=ctx.now)
    )


def remember_browser(ctx: Ctx, user_id: int, device: str) -> tuple[str, timedelta]:
    """Remember a browser for the days of the setting; returns its token and how long it counts."""
    lasts = timedelta(days=setting(ctx.session, SETTING_KEY, ctx.today)["remember_days"])
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ctx.session.add(
        RememberedBrowser(
            token_hash=hash_token(token),
            user_id=user_id,
            device=printable_device(device),
            created_at=ctx.now,
            expires_at=ctx.now + lasts,
        )
    )
    ctx.session.flush()
    record(ctx, "account.remember_browser", _KIND, user_id)
    return token, lasts


def forget_browsers(ctx: Ctx, user_id: int) -> int:
    """Forget all browsers of an account; returns their number."""
    ended = ctx.session.scalars(
        update(RememberedBrowser)
        .where(RememberedBrowser.user_id == user_id, RememberedBrowser.ended_at.is_(None))
        .values(ended_at=ctx.now)
        .returning(RememberedBrowser.id)
    ).all()
    if ended:
        record(ctx, "account.forget_browsers", _KIND, user_id, count=len(ended))
    return len(ended)


def ask_reset(ctx: Ctx, user_id: int, reason: str) -> FactorReset:
    """Ask that all factors of an account be removed; another administrator confirms it."""
    user = get_user(ctx, user_id, lock=True)
    reason = reason.strip()
    if user.id == ctx.actor.id:
        raise Invalid({"": _("Không tự đặt lại xác thực hai lớp của mình được; cần hai quản trị viên khác.")})
    if not reason or len(reason) > REASON_MAX:
        raise Invalid(
            {"reason": _("Chưa nhập lý do đặt lại hoặc lý do quá dài; cần từ 1 đến %(most)d ký tự.", most=REASON_MAX)}
        )
    if not list_factors(ctx.session, user_id):
        raise Invalid({"": _("Tài khoản “%(name)s” chưa bật xác thực hai lớp.", name=user.username)})
    if open_reset(ctx, user_id) is not None:
        raise Conflict(_("Tài khoản này đã có đề nghị đặt lại đang chờ quản trị viên thứ hai; hãy tải lại trang."))
    reset = FactorReset(user_id=user_id, asked_by_id=account_id(ctx.actor), asked_at=ctx.now, reason=reason)
    ctx.session.add(reset)
    ctx.session.flush()
    record(ctx, "account.ask_factor_reset", _KIND, user_id)
    return reset


def confirm_reset(ctx: Ctx, user_id: int) -> None:
    """Remove all factors of an account as the second administrator; its sessions and remembered browsers end."""
    get_user(ctx, user_id, lock=True)
    reset = _open_reset(ctx, user_id)
    if ctx.actor.id in (reset.asked_by_id, user_id):
        raise Invalid(
            {"": _("Việc đặt lại cần quản trị viên thứ hai xác nhận, không phải người đề nghị hoặc chủ tài khoản.")}
        )
    reset.ended_at, reset.confirmed_by_id = ctx.now, ctx.actor.id
    remove_all(ctx, user_id)


def cancel_reset(ctx: Ctx, user_id: int) -> None:
    """End the request for a reset without doing it; any administrator may."""
    get_user(ctx, user_id, lock=True)
    _open_reset(ctx, user_id).ended_at = ctx.now
    ctx.session.flush()
    record(ctx, "account.cancel_factor_reset", _KIND, user_id)


def _open_reset(ctx: Ctx, user_id: int) -> FactorReset:
    reset = open_reset(ctx, user_id, lock=True)
    if reset is None:
        raise Conflict(_("Đề nghị đặt lại này không còn chờ xác nhận; hãy tải lại trang."))
    return reset


def remove_all(ctx: Ctx, user_id: int) -> None:
    """Remove all factors of an account; at the next sign-in it adds a new one where its role asks for one."""
    for factor in list_factors(ctx.session, user_id):
        _remove(ctx, factor)
    _void(ctx, user_id)
    forget_browsers(ctx, user_id)
    end_sessions(ctx, user_id, RevokeReason.FACTOR_CHANGED)
    ctx.session.flush()
    record(ctx, "account.reset_factor", _KIND, user_id)
    notify_holder(ctx, RESET, user_id)


def give_pass(ctx: Ctx, user_id: int, token: str | None) -> tuple[UserAccount, str, datetime]:
    """A code that stands in for the second factor of an inspector of the own office until the end of the day.

    The account, the code in groups, and its end; the same code for the same `token`. A pass before it ends.
    """
    require(ctx, P.FACTOR_LEND)
    user: UserAccount | None = ctx.session.scalars(lendable(ctx).where(UserAccount.id == user_id)).one_or_none()
    if user is None:
        raise NotFound(_("Không có cán bộ kiểm tra này trong đơn vị, hoặc không có quyền cấp mã."))
    if not list_factors(ctx.session, user_id):
        raise Invalid({"": _("“%(name)s” chưa bật xác thực hai lớp nên không cần mã trong ngày.", name=user.full_name)})
    code = rules.derived_codes(token or secrets.token_urlsafe(TOKEN_BYTES))[0][: rules.PASS_LENGTH]
    expires_at = datetime.combine(ctx.today + timedelta(days=1), time.min, tzinfo=LOCAL_ZONE)
    code_hash = rules.hash_code(user_id, code)
    is_again = select(DayPass.id).where(DayPass.user_id == user_id, DayPass.code_hash == code_hash)
    if ctx.session.scalar(is_again) is None:
        end_passes(ctx, user_id)
        ctx.session.add(
            DayPass(
                user_id=user_id,
                given_by_id=account_id(ctx.actor),
                code_hash=code_hash,
                created_at=ctx.now,
                expires_at=expires_at,
            )
        )
        ctx.session.flush()
        record(ctx, "account.give_day_pass", _KIND, user_id)
        notify_holder(ctx, PASS_GIVEN, user_id, until=expires_at.isoformat())
    return user, grouped(code), expires_at


def end_passes(ctx: Ctx, user_id: int) -> None:
    ctx.session.execute(
        update(DayPass).where(DayPass.user_id == user_id, DayPass.ended_at.is_(None)).values(ended_at=ctx.now)
    )
