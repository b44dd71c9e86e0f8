"""What the audit log shows of villages."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flask import url_for
from sqlalchemy import select

from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.fields import fields_of
from registry.villages.forms import title_of
from registry.villages.models import Village
from registry.villages.service import VILLAGE


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.VILLAGE_READ):
        return {}
    villages = ctx.session.scalars(select(Village).where(Village.id.in_(ids)))
    return {
        village.id: Named(title_of(village), url_for("villages.detail", village_id=village.id)) for village in villages
    }


SUBJECTS_OF_VILLAGES: Final = named_subject(
    VILLAGE, Subject(_names), Tracked(Village, lambda: fields_of(Village), VILLAGE)
)
