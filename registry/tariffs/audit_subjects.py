"""What the audit log shows of prices."""

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
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _l
from registry.structures.kinds import KINDS
from registry.tariffs.models import Tariff

_PLACES: Final[Mapping[str, Any]] = {"admin_unit_id": _l("Địa bàn"), "structure_id": _l("Công trình")}


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    query = (
        select(Tariff.id, Tariff.kind, Organisation.short_name)
        .join(Organisation, Organisation.id == Tariff.organisation_id)
        .where(Tariff.id.in_(ids), visible(ctx, Tariff, P.TARIFF_READ))
    )
    return {
        row.id: Named(f"{row.short_name}: {KINDS[row.kind].label}", url_for("tariffs.detail", tariff_id=row.id))
        for row in ctx.session.execute(query)
    }


SUBJECTS_OF_PRICES: Final = named_subject(
    Tariff.__tablename__,
    Subject(_names),
    Tracked(Tariff, lambda: {**fields_of(Tariff), **_PLACES}, Tariff.__tablename__, shows_first=True),
)
