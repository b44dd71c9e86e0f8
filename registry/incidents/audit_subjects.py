"""What the audit log shows of storms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import url_for
from sqlalchemy import select

from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.incidents.models import Storm
from registry.incidents.parties import STORM
from registry.kernel.i18n import _l

_FIELDS: Final[Mapping[str, Any]] = {
    "name": _l("Tên đợt thiên tai"),
    "started_at": _l("Bắt đầu"),
    "ended_at": _l("Kết thúc"),
}


def _storms(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.INCIDENT_READ):
        return {}
    rows = ctx.session.execute(select(Storm.id, Storm.name).where(Storm.id.in_(ids)))
    return {row.id: Named(row.name, url_for("storms.detail", storm_id=row.id)) for row in rows}


SUBJECTS_OF_STORMS: Final = named_subject(
    STORM, Subject(_storms), Tracked(Storm, lambda: _FIELDS, STORM, shows_first=True)
)
