"""Changes of the dated settings, with reason and history.

One person does not change a setting that protects others: a change of it is a proposal, which a second person confirms
or refuses, and which begins at least `NOTICE_DAYS` days after both. What has begun stays as it was.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.dated_rows.proposals import ProposalTable, propose
from registry.dated_rows.service import (
    begin,
    check_first_day,
    get_row,
    require_withdrawable,
    standing_rows,
    undo_of_added_row,
    withdraw_row,
    write_row,
)
from registry.dated_rows.tables import DatedTable
from registry.kernel.dated_settings import SETTINGS, DatedSetting, SettingDeclaration, owner_key, setting
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, format_date
from registry.kernel.two_persons import ProposalKind
from registry.settings.commands import AddSetting, WithdrawSetting
from registry.settings.models import SettingProposal
from registry.settings.notices import notify_decided, notify_proposed
from registry.settings.queries import NOTICE_DAYS, declared_key, get_setting

TABLE: Final = DatedTable(
    DatedSetting,
    "setting",
    P.SETTING_EDIT,
    ("key",),
    facts=lambda row: {"value": row.value},
    inserts=True,
    # The rows of one owner may all go: the general ones apply then.
    keeps_first=lambda row: declared_key(row.key) == row.key,
)


def add_setting(ctx: Ctx, command: AddSetting) -> DatedSetting | SettingProposal:
    """Add a value from a day on, which holds until the next row begins; of a setting that protects others, propose it.

    Invalid for a day before the first row or one that another row begins on, for an unknown owner, and for the value
    that is in force on that day already.
    """
    declaration = _editable(ctx, command.key)
    row = _checked(ctx, declaration, command)
    if declaration.protects is None:
        return write_row(ctx, TABLE, row)
    proposal = SettingProposal(
        key=command.key,
        owner=command.owner,
        kind=ProposalKind.ADD,
        valid_from=command.valid_from,
        value=command.value,
        source=command.source,
        needs_verification=command.needs_verification,
        reason=command.reason,
    )
    return propose(ctx, PROPOSALS, proposal)


def withdraw_setting(ctx: Ctx, command: WithdrawSetting) -> DatedSetting | SettingProposal:
    """Withdraw a mistaken row; the row before it is in force again. Of a setting that protects others, propose it.

    Conflict if it was withdrawn already; Invalid if no general row is before it, or if it protects others and began.
    """
    row = get_row(ctx, TABLE, command.row_id)
    declaration = _editable(ctx, declared_key(row.key))
    _check_withdrawal(ctx, declaration, row.id)
    if declaration.protects is None:
        return withdraw_row(ctx, TABLE, row.id, command.reason)
    proposal = SettingProposal(
        key=declaration.key,
        owner=row.key.removeprefix(declaration.key).removeprefix(owner_key("", "")),
        kind=ProposalKind.WITHDRAW,
        row_id=row.id,
        valid_from=row.valid_from,
        value=row.value,
        source=row.source,
        needs_verification=row.needs_verification,
        reason=command.reason,
    )
    return propose(ctx, PROPOSALS, proposal)


def first_possible_day(ctx: Ctx) -> date:
    """The first day that a change of a setting that protects others may begin on, if it were confirmed today."""
    return ctx.today + timedelta(days=int(setting(ctx.session, NOTICE_DAYS, ctx.today)))


def _editable(ctx: Ctx, key: str) -> SettingDeclaration:
    """The setting, locked against another change at the same time."""
    begin(ctx, TABLE)
    declaration = get_setting(ctx, key).declaration
    if declaration.fixed:
        raise Invalid({"": str(declaration.fixed)})
    return declaration


def _checked(ctx: Ctx, declaration: SettingDeclaration, command: AddSetting) -> DatedSetting:
    """The row of a command, which may be written today."""
    if command.owner:
        if not declaration.per_owner:
            raise Invalid({"owner": _("Tham số này chung cho mọi chủ sở hữu; không đặt riêng được.")})
        if ctx.session.scalar(select(Organisation.id).where(Organisation.code == command.owner)) is None:
            raise Invalid({"owner": _("Không có đơn vị nào mang mã “%(code)s”.", code=command.owner)})
    row = DatedSetting(
        key=owner_key(command.key, command.owner) if command.owner else command.key,
        valid_from=command.valid_from,
        value=command.value,
        source=command.source,
        needs_verification=command.needs_verification,
        reason=command.reason,
    )
    _check_day(ctx, declaration, row)
    problems = declaration.check(ctx, command.value) if declaration.check else {}
    if problems:
        raise Invalid(dict(problems))
    return row


def _check_day(ctx: Ctx, declaration: SettingDeclaration, row: DatedSetting) -> None:
    if declaration.protects is not None and row.valid_from < first_possible_day(ctx):
        sentence = _(
            "Tham số này bảo vệ %(protected)s nên không đổi từ ngày %(day)s được; cần một ngày từ %(first)s trở đi.",
            protected=declaration.protects.label,
            day=format_date(row.valid_from),
            first=format_date(first_possible_day(ctx)),
        )
        raise Invalid({"valid_from": sentence})
    standing = standing_rows(ctx, TABLE, row)
    check_first_day(ctx, TABLE, row, standing)
    before = next((other for other in standing if other.valid_from < row.valid_from), None)
    if before is not None and before.value == row.value and before.source == row.source:
        sentence = _(
            "Giá trị này đã áp dụng từ ngày %(day)s; cần một giá trị hoặc một căn cứ khác.",
            day=format_date(before.valid_from),
        )
        raise Invalid({"": sentence})


def _check_withdrawal(ctx: Ctx, declaration: SettingDeclaration, row_id: int) -> None:
    row = require_withdrawable(ctx, TABLE, row_id)
    if declaration.protects is not None and row.valid_from <= ctx.today:
        sentence = _(
            "Tham số này bảo vệ %(protected)s và dòng từ %(day)s đã có hiệu lực nên không rút được; cần thêm dòng đúng"
            " từ ngày %(first)s trở đi.",
            protected=declaration.protects.label,
            day=format_date(row.valid_from),
            first=format_date(first_possible_day(ctx)),
        )
        raise Invalid({"reason": sentence})


def _apply(ctx: Ctx, proposal: SettingProposal) -> DatedSetting:
    """Write what a proposal asks for, if it is still possible today."""
    declaration = _editable(ctx, proposal.key)
    if proposal.kind is ProposalKind.WITHDRAW and proposal.row_id is not None:
        _check_withdrawal(ctx, declaration, proposal.row_id)
        return withdraw_row(ctx, TABLE, proposal.row_id, proposal.reason, proposal=proposal.id)
    command = AddSetting(
        proposal.key,
        proposal.valid_from,
        proposal.value,
        proposal.source,
        proposal.needs_verification,
        proposal.reason,
        proposal.owner,
    )
    row = write_row(ctx, TABLE, _checked(ctx, declaration, command), proposal=proposal.id)
    proposal.row_id = row.id
    return row


def _notify_confirmed(ctx: Ctx, proposal: SettingProposal) -> None:
    notify_decided(ctx, get_setting(ctx, proposal.key), proposal)


PROPOSALS: Final = ProposalTable(
    SettingProposal,
    TABLE,
    ("key", "owner"),
    _apply,
    notify_proposed=notify_proposed,
    notify_confirmed=_notify_confirmed,
    is_current=lambda proposal: proposal.key in SETTINGS,
)


def _refuse_protected(_ctx: Ctx, row: DatedSetting) -> None:
    if SETTINGS[declared_key(row.key)].protects is not None:
        raise Conflict(_("Tham số này cần hai người quyết định nên không hoàn tác một mình được."))


UNDO: Final = undo_of_added_row(
    TABLE, lambda _ctx, row: ("settings.detail", {"setting": declared_key(row.key)}), _refuse_protected
)
