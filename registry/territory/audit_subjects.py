"""Names of units for the audit log; everyone may see them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flask import url_for
from sqlalchemy import select

from registry.audit.subjects import Named, Subject, named_subject
from registry.authz.actors import Ctx
from registry.territory.models import AdminUnit


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    rows = ctx.session.execute(select(AdminUnit.id, AdminUnit.name).where(AdminUnit.id.in_(ids)))
    return {row.id: Named(row.name, url_for("territory.unit", unit_id=row.id)) for row in rows}


SUBJECTS_OF_TERRITORY: Final = named_subject("admin_unit", Subject(_names))
