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
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _l, format_date
from registry.kernel.i18n.stored import stored_text
from registry.violations.catalogue_forms import COMPETENCE_FIELDS, KIND_FIELDS
from registry.violations.codes import DelegatedPower, Sector
from registry.violations.delegation_models import ViolationDelegation
from registry.violations.delegations import DELEGATION, delegations_query
from registry.violations.models import ViolationCompetence, ViolationKind
from registry.violations.rules import labels_of_codes, remedy_labels

_ALSO: Final[Mapping[str, Any]] = {
    "remedies": _l("Biện pháp khắc phục hậu quả"),
    "withdrawn_reason": _l("Lý do rút"),
}
_GRANTED: Final[Mapping[str, Any]] = {"powers": _l("Quyền được giao"), "sectors": _l("Lĩnh vực được giao")}
_KIND: Final[Mapping[str, Any]] = {**{field.name: field for field in KIND_FIELDS}, **_ALSO}
_COMPETENCE: Final[Mapping[str, Any]] = {**{field.name: field for field in COMPETENCE_FIELDS}, **_ALSO}


def _show(column: str, value: Any, row: Any) -> str | None:
    del row
    return remedy_labels(value) if column == "remedies" else None


def _kinds(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.VIOLATION_READ):
        return {}
    rows = ctx.session.execute(
        select(ViolationKind.id, ViolationKind.code, ViolationKind.act, ViolationKind.valid_from).where(
            ViolationKind.id.in_(ids)
        )
    )
    return {
        row.id: Named(
            f"{stored_text(row.act)} – {format_date(row.valid_from)}", url_for("catalogue.kind", act=row.code)
        )
        for row in rows
    }


def _competences(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.VIOLATION_READ):
        return {}
    rows = ctx.session.execute(
        select(
            ViolationCompetence.id,
            ViolationCompetence.authority,
            ViolationCompetence.sector,
            ViolationCompetence.valid_from,
        ).where(ViolationCompetence.id.in_(ids))
    )
    return {
        row.id: Named(
            f"{row.authority.label}, {str(row.sector.label).lower()} – {format_date(row.valid_from)}",
            url_for("catalogue.competence", authority=row.authority.value),
        )
        for row in rows
    }


def _show_delegation(column: str, value: Any, row: Any) -> str | None:
    del row
    choices = {"powers": DelegatedPower, "sectors": Sector}.get(column)
    return None if choices is None else labels_of_codes(choices, value)


def _delegations(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.DELEGATION_KEEP):
        return {}
    rows = ctx.session.scalars(delegations_query(ctx).where(ViolationDelegation.id.in_(ids)))
    return {row.id: Named(row.number, url_for("violation_delegations.detail", delegation_id=row.id)) for row in rows}


SUBJECTS_OF_CATALOGUE: Final = (
    *named_subject(
        DELEGATION,
        Subject(_delegations),
        Tracked(
            ViolationDelegation,
            lambda: {**fields_of(ViolationDelegation), **_GRANTED},
            DELEGATION,
            shows_first=True,
            show=_show_delegation,
        ),
    ),
    *named_subject(
        "violation_kind",
        Subject(_kinds),
        Tracked(ViolationKind, lambda: _KIND, "violation_kind", shows_first=True, show=_show),
    ),
    *named_subject(
        "violation_competence",
        Subject(_competences),
        Tracked(ViolationCompetence, lambda: _COMPETENCE, "violation_competence", shows_first=True, show=_show),
    ),
)
