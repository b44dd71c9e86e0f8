"""What the audit log shows of settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import url_for
from sqlalchemy import select

from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.dated_settings import SETTINGS, DatedSetting
from registry.kernel.i18n import _l, format_date
from registry.settings.models import SettingProposal
from registry.settings.queries import declared_key
from registry.settings.rules import described

_FIELDS: Final[Mapping[str, Any]] = {
    "valid_from": _l("Có hiệu lực từ ngày"),
    "value": _l("Giá trị"),
    "source": _l("Căn cứ"),
    "needs_verification": _l("Cần kiểm chứng"),
    "reason": _l("Lý do"),
    "withdrawn_reason": _l("Lý do rút"),
}


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.CASE_ACT):
        return {}
    query = select(DatedSetting.id, DatedSetting.key, DatedSetting.valid_from).where(DatedSetting.id.in_(ids))
    rows = ctx.session.execute(query)
    return {
        row.id: Named(f"{SETTINGS[key].label} – {format_date(row.valid_from)}", url_for("settings.detail", setting=key))
        for row in rows
        if (key := declared_key(row.key)) in SETTINGS
    }


def _show(name: str, value: Any, row: Any) -> str | None:
    """The parts of a value with their labels; one alone without."""
    if name != "value":
        return None
    key = declared_key(row["key"])
    parts = described(SETTINGS[key], value) if key in SETTINGS else []
    return parts[0][1] if len(parts) == 1 else "; ".join(f"{label}: {text}" for label, text in parts)


_PROPOSAL_FIELDS: Final[Mapping[str, Any]] = {
    "valid_from": _l("Có hiệu lực từ ngày"),
    "value": _l("Giá trị"),
    "source": _l("Căn cứ"),
    "needs_verification": _l("Cần kiểm chứng"),
    "reason": _l("Lý do"),
    "state": _l("Kết quả"),
    "decision_reason": _l("Lý do quyết định"),
}


def _proposal_names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.CASE_ACT):
        return {}
    query = select(SettingProposal.id, SettingProposal.key, SettingProposal.valid_from)
    return {
        row.id: Named(
            f"{SETTINGS[row.key].label} – {format_date(row.valid_from)}",
            url_for("settings.proposal", proposal_id=row.id) if holds(ctx.actor, P.SETTING_EDIT) else None,
        )
        for row in ctx.session.execute(query.where(SettingProposal.id.in_(ids), SettingProposal.key.in_(SETTINGS)))
    }


SUBJECTS_OF_PROPOSALS: Final = named_subject(
    "setting_proposal",
    Subject(_proposal_names),
    Tracked(
        SettingProposal, lambda: _PROPOSAL_FIELDS, "setting_proposal", shows_first=True, needs=("key",), show=_show
    ),
)
SUBJECTS_OF_SETTINGS: Final = named_subject(
    "dated_setting",
    Subject(_names),
    Tracked(DatedSetting, lambda: _FIELDS, "dated_setting", shows_first=True, needs=("key",), show=_show),
)
