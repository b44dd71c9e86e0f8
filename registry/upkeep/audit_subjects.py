"""What the audit log shows of rounds of confirmation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import url_for
from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.i18n import _l, format_date
from registry.upkeep.models import AttestationRound

_FIELDS: Final[Mapping[str, Any]] = {
    "opened_on": _l("Mở ngày"),
    "due_on": _l("Hạn"),
    "state": _l("Trạng thái"),
    "total": _l("Số công trình"),
    "confirmed": _l("Đã xác nhận"),
    "statement": _l("Cam kết"),
}


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    query = (
        select(AttestationRound.id, AttestationRound.opened_on, Organisation.short_name)
        .join(Organisation, Organisation.id == AttestationRound.organisation_id)
        .where(AttestationRound.id.in_(ids), visible(ctx, AttestationRound, P.UPKEEP_READ))
    )
    return {
        row.id: Named(f"{row.short_name}, {format_date(row.opened_on)}", url_for("upkeep.round", round_id=row.id))
        for row in ctx.session.execute(query)
    }


def subjects_of_rounds(kind: str) -> Any:
    """`kind`: that of the rounds in audit events."""
    return named_subject(kind, Subject(_names), Tracked(AttestationRound, lambda: _FIELDS, kind))
