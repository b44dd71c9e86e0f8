"""Notices of proposals: to those who decide, and of a confirmed change to the owners that it protects."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.accounts.queries import may_own
from registry.authz.actors import Ctx, Role
from registry.kernel.dated_settings import SETTINGS, Protects, setting
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.two_persons import ProposalKind
from registry.notices.events import ROLE_PARTIES, Audience, Party, Recipients, declare_events
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.settings.models import SettingProposal
from registry.settings.queries import NOTICE_DAYS, SettingHistory
from registry.settings.rules import described

#: Subject of the notices; its id is that of the proposal.
KIND: Final = "setting_proposal"
_PROPOSED, _CHANGED, _KEPT = "proposed", "changed", "kept"


def notify_proposed(ctx: Ctx, proposal: SettingProposal) -> None:
    """Ask the department for a second person, until the last day that leaves the days of notice."""
    days = timedelta(days=int(setting(ctx.session, NOTICE_DAYS, ctx.today)))
    by: dict[str, Any] = {}
    if proposal.kind is ProposalKind.ADD:
        by["by"] = (proposal.valid_from - days).isoformat()
    notify(ctx, EVENTS[_PROPOSED], proposal.id, proposal, key=proposal.key, **by)


def notify_decided(ctx: Ctx, history: SettingHistory, proposal: SettingProposal) -> None:
    """Show a confirmed change to the owners that the setting protects, with the value before it."""
    if history.declaration.protects is not Protects.OWNERS:
        return
    standing = [
        each.row
        for each in history.rows
        if each.owner == proposal.owner and each.row.withdrawn_at is None and each.row.valid_from < proposal.valid_from
    ]
    before = max(standing, key=lambda row: row.valid_from, default=None)
    notify(
        ctx,
        EVENTS[_CHANGED if proposal.kind is ProposalKind.ADD else _KEPT],
        proposal.id,
        proposal,
        key=proposal.key,
        day=proposal.valid_from.isoformat(),
        value=proposal.value,
        before=before.value if before is not None else None,
        source=proposal.source,
    )


def _owners(ctx: Ctx, code: str) -> frozenset[int]:
    """The organisations that may own structures today; with a code that one alone."""
    query = select(Organisation.id).where(Organisation.code == code if code else may_own(ctx.today))
    return frozenset(ctx.session.scalars(query))


_LEAD: Final = Role.LEAD_DEPARTMENT.value
EVENTS: Final = declare_events(
    KIND,
    _l("Đề xuất thay đổi tham số"),
    {
        **ROLE_PARTIES,
        "owners": Party(
            _l("Chủ sở hữu mà tham số bảo vệ"),
            lambda ctx, proposal: Audience(organisation_ids=_owners(ctx, proposal.owner)),
        ),
    },
    {
        _PROPOSED: (_l("Có đề xuất"), Recipients(act=(_LEAD,)), _l("Xác nhận hoặc không xác nhận đề xuất")),
        _CHANGED: (_l("Thay đổi đã được xác nhận"), Recipients(affected=("owners",))),
        _KEPT: (_l("Giá trị cũ được giữ"), Recipients(affected=("owners",))),
    },
)


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice; its title is the setting."""
    params = notice.params
    key = str(params.get("key", ""))
    declaration = SETTINGS.get(key)
    label = str(declaration.label) if declaration else key
    if notice.event == _PROPOSED:
        sentence = _("Có đề xuất thay đổi một tham số, đang chờ người thứ hai của Sở xác nhận.")
        return NoticeText(sentence, "settings.proposal", {"proposal_id": notice.subject_id}, title=label)
    facts = {
        "label": label,
        "day": format_date(date.fromisoformat(str(params["day"]))),
        "value": _text(key, params.get("value")),
        "before": _text(key, params.get("before")),
    }
    if notice.event == _KEPT:
        sentence = _(
            "Tham số “%(label)s” vẫn là %(before)s: giá trị %(value)s dự kiến từ ngày %(day)s đã được rút.", **facts
        )
    else:
        sentence = _("Từ ngày %(day)s tham số “%(label)s” đổi từ %(before)s thành %(value)s.", **facts)
    return NoticeText(sentence, "settings.detail", {"setting": key}, title=label)


def _text(key: str, value: Any) -> str:
    """A stored value in words: one part alone without its label."""
    declaration = SETTINGS.get(key)
    parts = described(declaration, value) if declaration and value is not None else []
    return parts[0][1] if len(parts) == 1 else "; ".join(f"{label}: {text}" for label, text in parts) or "–"
