"""What the audit log shows of the catalogue of violations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import url_for
from sqlalchemy import select

from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.i18n import _l, format_date
from registry.kernel.i18n.stored import stored_text
from registry.violations.catalogue_forms import COMPETENCE_FIELDS, KIND_FIELDS
from registry.violations.models import ViolationCompetence, ViolationKind

_WITHDRAWN: Final[Mapping[str, Any]] = {"withdrawn_reason": _l("Lý do rút")}
_KIND: Final[Mapping[str, Any]] = {**{field.name: field for field in KIND_FIELDS}, **_WITHDRAWN}
_COMPETENCE: Final[Mapping[str, Any]] = {**{field.name: field for field in COMPETENCE_FIELDS}, **_WITHDRAWN}


def _kinds(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.VIOLATION_READ):
        return {}
    found = ctx.session.execute(
        select(ViolationKind.id, ViolationKind.code, ViolationKind.act, ViolationKind.valid_from).where(
            ViolationKind.id.in_(ids)
        )
    )
    return {
        row.id: Named(
            f"{stored_text(row.act)} – {format_date(row.valid_from)}", url_for("catalogue.kind", act=row.code)
        )
        for row in found
    }


def _competences(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.VIOLATION_READ):
        return {}
    found = ctx.session.execute(
        select(ViolationCompetence.id, ViolationCompetence.authority, ViolationCompetence.valid_from).where(
            ViolationCompetence.id.in_(ids)
        )
    )
    return {
        row.id: Named(
            f"{row.authority.label} – {format_date(row.valid_from)}",
            url_for("catalogue.competence", authority=row.authority.value),
        )
        for row in found
    }


SUBJECTS_OF_CATALOGUE: Final = (
    *named_subject(
        "violation_kind", Subject(_kinds), Tracked(ViolationKind, lambda: _KIND, "violation_kind", shows_first=True)
    ),
    *named_subject(
        "violation_competence",
        Subject(_competences),
        Tracked(ViolationCompetence, lambda: _COMPETENCE, "violation_competence", shows_first=True),
    ),
)
