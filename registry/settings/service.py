"""Changes of the dated settings, with reason and history."""

from __future__ import annotations

from sqlalchemy import func, select

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.dated_settings import DatedSetting, owner_key
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, format_date, format_datetime
from registry.settings.commands import AddSetting, ConfirmSetting, WithdrawSetting
from registry.settings.queries import SettingHistory, get_row, get_setting

FIRST_YEAR, LAST_YEAR = 1945, 2100
_LOCK = select(func.pg_advisory_xact_lock(func.hashtext("dated_setting")))


def add_setting(ctx: Ctx, command: AddSetting) -> DatedSetting:
    """Add a value from a day on; it holds until the next row begins.

    Invalid for a day before the first row or one that another row begins on, for an unknown owner, and for the value
    that is in force on that day already.
    """
    history = _editable(ctx, command.key)
    key = command.key
    if command.owner:
        if not history.declaration.per_owner:
            raise Invalid({"owner": _("Tham số này chung cho mọi chủ sở hữu; không đặt riêng được.")})
        if ctx.session.scalar(select(Organisation.id).where(Organisation.code == command.owner)) is None:
            raise Invalid({"owner": _("Không có đơn vị nào mang mã «%(code)s».", code=command.owner)})
        key = owner_key(command.key, command.owner)
    _check_day(history, command)
    problems = history.declaration.check(ctx, command.value) if history.declaration.check else {}
    if problems:
        raise Invalid(dict(problems))
    row = DatedSetting(
        key=key,
        valid_from=command.valid_from,
        value=command.value,
        source=command.source,
        needs_verification=command.needs_verification,
        reason=command.reason,
    )
    ctx.session.add(row)
    ctx.session.flush()
    record(ctx, "setting.add", "dated_setting", row.id, key=key, valid_from=row.valid_from.isoformat(), value=row.value)
    return row


def _check_day(history: SettingHistory, command: AddSetting) -> None:
    day = command.valid_from
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        sentence = _(
            "Ngày %(day)s ngoài phạm vi; cần năm từ %(first)d đến %(last)d.",
            day=format_date(day),
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
        raise Invalid({"valid_from": sentence})
    standing = [one.row for one in history.rows if one.owner == command.owner and one.row.withdrawn_at is None]
    if not standing:
        return
    if any(row.valid_from == day for row in standing):
        sentence = _(
            "Đã có giá trị có hiệu lực từ ngày %(day)s; hãy chọn ngày khác, hoặc rút giá trị đó trước.",
            day=format_date(day),
        )
        raise Invalid({"valid_from": sentence})
    first = min(row.valid_from for row in standing)
    if day < first:
        sentence = _(
            "Ngày hiệu lực %(day)s phải sau %(first)s, ngày hiệu lực của dòng đầu tiên.",
            day=format_date(day),
            first=format_date(first),
        )
        raise Invalid({"valid_from": sentence})
    before = max((row for row in standing if row.valid_from < day), key=lambda row: row.valid_from)
    if before.value == command.value and before.source == command.source:
        sentence = _(
            "Giá trị này đã áp dụng từ ngày %(day)s; cần một giá trị hoặc một căn cứ khác.",
            day=format_date(before.valid_from),
        )
        raise Invalid({"": sentence})


def withdraw_setting(ctx: Ctx, command: WithdrawSetting) -> DatedSetting:
    """Withdraw a mistaken row; the row before it is in force again.

    Conflict if it was withdrawn already, Invalid if no general row is before it.
    """
    history, found = get_row(ctx, command.row_id)
    _editable(ctx, history.declaration.key)
    row = found.row
    ctx.session.refresh(row, with_for_update=True)
    if row.withdrawn_at is not None:
        sentence = _(
            "Dòng có hiệu lực từ %(day)s đã được rút lúc %(moment)s.",
            day=format_date(row.valid_from),
            moment=format_datetime(row.withdrawn_at),
        )
        raise Conflict(sentence)
    standing = [one.row.valid_from for one in history.rows if one.owner == found.owner and one.row.withdrawn_at is None]
    if not found.owner and row.valid_from == min(standing):
        sentence = _(
            "Dòng từ %(day)s là dòng đầu tiên nên không rút được; cần thêm dòng đúng từ một ngày sau đó.",
            day=format_date(row.valid_from),
        )
        raise Invalid({"reason": sentence})
    row.withdrawn_at, row.withdrawn_reason = ctx.now, command.reason
    ctx.session.flush()
    record(ctx, "setting.withdraw", "dated_setting", row.id, key=row.key, valid_from=row.valid_from.isoformat())
    return row


def confirm_setting(ctx: Ctx, command: ConfirmSetting) -> DatedSetting:
    """Record that a row was compared with its source; from then on papers cite it.

    Conflict if it was withdrawn or confirmed already.
    """
    history, found = get_row(ctx, command.row_id)
    require(ctx, P.SETTING_EDIT)
    row = found.row
    ctx.session.refresh(row, with_for_update=True)
    if row.withdrawn_at is not None or not row.needs_verification:
        raise Conflict(_("Dòng từ %(day)s không còn chờ xác nhận.", day=format_date(row.valid_from)))
    row.source, row.needs_verification = command.source, False
    ctx.session.flush()
    record(ctx, "setting.confirm", "dated_setting", row.id, key=history.declaration.key)
    return row


def _editable(ctx: Ctx, key: str) -> SettingHistory:
    """The setting, locked against another change at the same time."""
    require(ctx, P.SETTING_EDIT)
    ctx.session.execute(_LOCK)
    history = get_setting(ctx, key)
    if history.declaration.fixed:
        raise Invalid({"": str(history.declaration.fixed)})
    return history
