"""Changes of the dated settings, with reason and history.

One person does not change a setting that protects others: a change of it is a proposal, which a second person confirms
or refuses, and which begins at least `NOTICE_DAYS` days after both. What has begun stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.dated_settings import DatedSetting, owner_key, setting
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, format_date, format_datetime
from registry.kernel.two_persons import (
    MOVES,
    ProposalKind,
    ProposalState,
    close_proposal,
    on_whole_form,
    open_proposal,
    require_pending,
    require_proposer,
    require_second_person,
)
from registry.settings.commands import AddSetting, ConfirmSetting, DecideProposal, WithdrawSetting
from registry.settings.models import SettingProposal
from registry.settings.notices import notify_decided, notify_proposed
from registry.settings.queries import SettingHistory, SettingRow, get_proposal, get_row, get_setting

FIRST_YEAR, LAST_YEAR = 1945, 2100
#: Setting: days between a change of a setting that protects others and the first day that it holds for.
NOTICE_DAYS: Final = "setting.notice_days"
_LOCK = select(func.pg_advisory_xact_lock(func.hashtext("dated_setting")))


def add_setting(ctx: Ctx, command: AddSetting) -> DatedSetting | SettingProposal:
    """Add a value from a day on, which holds until the next row begins; of a setting that protects others, propose it.

    Invalid for a day before the first row or one that another row begins on, for an unknown owner, and for the value
    that is in force on that day already.
    """
    history = _editable(ctx, command.key)
    _check_new(ctx, history, command)
    if history.declaration.protects is None:
        return _write(ctx, command)
    return _propose(
        ctx,
        SettingProposal(
            key=command.key,
            owner=command.owner,
            kind=ProposalKind.ADD,
            valid_from=command.valid_from,
            value=command.value,
            source=command.source,
            needs_verification=command.needs_verification,
            reason=command.reason,
        ),
    )


def withdraw_setting(ctx: Ctx, command: WithdrawSetting) -> DatedSetting | SettingProposal:
    """Withdraw a mistaken row; the row before it is in force again. Of a setting that protects others, propose it.

    Conflict if it was withdrawn already; Invalid if no general row is before it, or if it protects others and began.
    """
    row_history, setting_row = get_row(ctx, command.row_id)
    history = _editable(ctx, row_history.declaration.key)
    _check_withdrawal(ctx, history, setting_row)
    if history.declaration.protects is None:
        return _withdraw(ctx, setting_row.row, command.reason)
    row = setting_row.row
    return _propose(
        ctx,
        SettingProposal(
            key=history.declaration.key,
            owner=setting_row.owner,
            kind=ProposalKind.WITHDRAW,
            row_id=row.id,
            valid_from=row.valid_from,
            value=row.value,
            source=row.source,
            needs_verification=row.needs_verification,
            reason=command.reason,
        ),
    )


def decide_proposal(ctx: Ctx, command: DecideProposal) -> SettingProposal:
    """Confirm a proposal of another person, which writes the change, or refuse it.

    Conflict if it was decided or taken back already; Invalid for one's own, and where the change is no longer possible.
    """
    proposal = _open(ctx, command.proposal_id)
    require_second_person(ctx, proposal, is_confirmed=command.is_confirmed, reason=command.reason)
    if command.is_confirmed:
        _apply(ctx, proposal)
    state = ProposalState.CONFIRMED if command.is_confirmed else ProposalState.REFUSED
    _close(ctx, proposal, state, command.reason or None)
    if command.is_confirmed:
        notify_decided(ctx, get_setting(ctx, proposal.key), proposal)
    return proposal


def cancel_proposal(ctx: Ctx, proposal_id: int) -> SettingProposal:
    """Take back one's own proposal; Conflict if it was decided already, Invalid for that of another person."""
    proposal = _open(ctx, proposal_id)
    require_proposer(ctx, proposal)
    _close(ctx, proposal, ProposalState.WITHDRAWN, None)
    return proposal


def confirm_setting(ctx: Ctx, command: ConfirmSetting) -> DatedSetting:
    """Record that a row was compared with its source; from then on papers cite it.

    Conflict if it was withdrawn or confirmed already.
    """
    history, setting_row = get_row(ctx, command.row_id)
    require(ctx, P.SETTING_EDIT)
    row = setting_row.row
    ctx.session.refresh(row, with_for_update=True)
    if row.withdrawn_at is not None or not row.needs_verification:
        raise Conflict(_("Dòng từ %(day)s không còn chờ xác nhận.", day=format_date(row.valid_from)))
    row.source, row.needs_verification = command.source, False
    ctx.session.flush()
    record(ctx, "setting.confirm", "dated_setting", row.id, key=history.declaration.key)
    return row


def first_possible_day(ctx: Ctx) -> date:
    """The first day that a change of a setting that protects others may begin on, if it were confirmed today."""
    return ctx.today + timedelta(days=int(setting(ctx.session, NOTICE_DAYS, ctx.today)))


def _check_new(ctx: Ctx, history: SettingHistory, command: AddSetting) -> None:
    if command.owner:
        if not history.declaration.per_owner:
            raise Invalid({"owner": _("Tham số này chung cho mọi chủ sở hữu; không đặt riêng được.")})
        if ctx.session.scalar(select(Organisation.id).where(Organisation.code == command.owner)) is None:
            raise Invalid({"owner": _("Không có đơn vị nào mang mã «%(code)s».", code=command.owner)})
    _check_day(ctx, history, command)
    problems = history.declaration.check(ctx, command.value) if history.declaration.check else {}
    if problems:
        raise Invalid(dict(problems))


def _check_day(ctx: Ctx, history: SettingHistory, command: AddSetting) -> None:
    day = command.valid_from
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        sentence = _(
            "Ngày %(day)s ngoài phạm vi; cần năm từ %(first)d đến %(last)d.",
            day=format_date(day),
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
        raise Invalid({"valid_from": sentence})
    if history.declaration.protects is not None and day < first_possible_day(ctx):
        sentence = _(
            "Tham số này bảo vệ %(protected)s nên không đổi từ ngày %(day)s được; cần một ngày từ %(first)s trở đi.",
            protected=history.declaration.protects.label,
            day=format_date(day),
            first=format_date(first_possible_day(ctx)),
        )
        raise Invalid({"valid_from": sentence})
    standing = [each.row for each in history.rows if each.owner == command.owner and each.row.withdrawn_at is None]
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


def _check_withdrawal(ctx: Ctx, history: SettingHistory, setting_row: SettingRow) -> None:
    row = setting_row.row
    ctx.session.refresh(row, with_for_update=True)
    if row.withdrawn_at is not None:
        sentence = _(
            "Dòng có hiệu lực từ %(day)s đã được rút lúc %(moment)s.",
            day=format_date(row.valid_from),
            moment=format_datetime(row.withdrawn_at),
        )
        raise Conflict(sentence)
    standing = [
        each.row.valid_from
        for each in history.rows
        if each.owner == setting_row.owner and each.row.withdrawn_at is None
    ]
    if not setting_row.owner and row.valid_from == min(standing):
        sentence = _(
            "Dòng từ %(day)s là dòng đầu tiên nên không rút được; cần thêm dòng đúng từ một ngày sau đó.",
            day=format_date(row.valid_from),
        )
        raise Invalid({"reason": sentence})
    if history.declaration.protects is not None and row.valid_from <= ctx.today:
        sentence = _(
            "Tham số này bảo vệ %(protected)s và dòng từ %(day)s đã có hiệu lực nên không rút được; cần thêm dòng đúng"
            " từ ngày %(first)s trở đi.",
            protected=history.declaration.protects.label,
            day=format_date(row.valid_from),
            first=format_date(first_possible_day(ctx)),
        )
        raise Invalid({"reason": sentence})


def _write(ctx: Ctx, command: AddSetting, details: Mapping[str, Any] | None = None) -> DatedSetting:
    row = DatedSetting(
        key=owner_key(command.key, command.owner) if command.owner else command.key,
        valid_from=command.valid_from,
        value=command.value,
        source=command.source,
        needs_verification=command.needs_verification,
        reason=command.reason,
    )
    ctx.session.add(row)
    ctx.session.flush()
    facts = {"key": row.key, "valid_from": row.valid_from.isoformat(), "value": row.value, **(details or {})}
    record(ctx, "setting.add", "dated_setting", row.id, **facts)
    return row


def _withdraw(ctx: Ctx, row: DatedSetting, reason: str, details: Mapping[str, Any] | None = None) -> DatedSetting:
    row.withdrawn_at, row.withdrawn_reason = ctx.now, reason
    ctx.session.flush()
    facts: dict[str, Any] = {"key": row.key, "valid_from": row.valid_from.isoformat(), **(details or {})}
    record(ctx, "setting.withdraw", "dated_setting", row.id, **facts)
    return row


def _propose(ctx: Ctx, proposal: SettingProposal) -> SettingProposal:
    waiting = select(SettingProposal).where(
        SettingProposal.key == proposal.key,
        SettingProposal.owner == proposal.owner,
        SettingProposal.state == ProposalState.PENDING,
    )
    earlier = ctx.session.scalars(waiting).one_or_none()
    if earlier is not None:
        sentence = _(
            "Tham số này đã có một đề xuất lúc %(moment)s đang chờ xác nhận; hãy quyết định hoặc rút đề xuất đó trước.",
            moment=format_datetime(earlier.proposed_at),
        )
        raise Conflict(sentence)
    open_proposal(ctx, proposal)
    ctx.session.add(proposal)
    ctx.session.flush()
    record(ctx, "setting.propose", "setting_proposal", proposal.id, key=proposal.key, kind=proposal.kind.value)
    notify_proposed(ctx, proposal)
    return proposal


def _apply(ctx: Ctx, proposal: SettingProposal) -> None:
    """Write what a proposal asks for, if it is still possible today."""
    history = _editable(ctx, proposal.key)
    if proposal.kind is ProposalKind.WITHDRAW and proposal.row_id is not None:
        _history, setting_row = get_row(ctx, proposal.row_id)
        try:
            _check_withdrawal(ctx, history, setting_row)
        except Invalid as refused:
            raise on_whole_form(refused) from refused
        _withdraw(ctx, setting_row.row, proposal.reason, {"proposal": proposal.id})
        return
    command = AddSetting(
        proposal.key,
        proposal.valid_from,
        proposal.value,
        proposal.source,
        proposal.needs_verification,
        proposal.reason,
        proposal.owner,
    )
    try:
        _check_new(ctx, history, command)
    except Invalid as refused:
        raise on_whole_form(refused) from refused
    proposal.row_id = _write(ctx, command, {"proposal": proposal.id}).id


def _open(ctx: Ctx, proposal_id: int) -> SettingProposal:
    """A proposal that waits, locked; Conflict for one that was decided or taken back."""
    require(ctx, P.SETTING_EDIT)
    ctx.session.execute(_LOCK)
    proposal = get_proposal(ctx, proposal_id)
    ctx.session.refresh(proposal, with_for_update=True)
    require_pending(proposal)
    return proposal


def _close(ctx: Ctx, proposal: SettingProposal, state: ProposalState, reason: str | None) -> None:
    close_proposal(ctx, proposal, state, reason)
    record(ctx, f"setting.propose.{MOVES[state]}", "setting_proposal", proposal.id, key=proposal.key)


def _editable(ctx: Ctx, key: str) -> SettingHistory:
    """The setting, locked against another change at the same time."""
    require(ctx, P.SETTING_EDIT)
    ctx.session.execute(_LOCK)
    history = get_setting(ctx, key)
    if history.declaration.fixed:
        raise Invalid({"": str(history.declaration.fixed)})
    return history
