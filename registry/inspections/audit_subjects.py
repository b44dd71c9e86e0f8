"""What the audit log shows of proposed changes of the register."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import url_for
from sqlalchemy import select

from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.inspections.codes import CORRECTION, FINDING
from registry.inspections.models import InspectionCorrection, InspectionFinding
from registry.kernel.i18n import _l
from registry.structures.models import Structure

_FIELDS: Final[Mapping[str, Any]] = {"state": _l("Trạng thái"), "answer": _l("Trả lời")}


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    """By the structure, for who may see it."""
    query = (
        select(InspectionCorrection.id, Structure.code)
        .join(Structure, Structure.id == InspectionCorrection.structure_id)
        .where(InspectionCorrection.id.in_(ids), visible(ctx, Structure, P.STRUCTURE_READ))
    )
    return {row.id: Named(row.code, url_for("structures.detail", code=row.code)) for row in ctx.session.execute(query)}


SUBJECTS_OF_CORRECTIONS: Final = named_subject(
    CORRECTION,
    Subject(_names),
    Tracked(InspectionCorrection, lambda: _FIELDS, CORRECTION, permission=P.STRUCTURE_HISTORY),
)
_FINDING_FIELDS: Final[Mapping[str, Any]] = {
    "state": _l("Trạng thái"),
    "act": _l("Hành vi vi phạm"),
    "reason": _l("Lý do"),
    "statement": _l("Ý kiến của chủ sở hữu"),
    "statement_text": _l("Ý kiến"),
}


def _finding_names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    """By the structure, for who may see it."""
    query = (
        select(InspectionFinding.id, Structure.code)
        .join(Structure, Structure.id == InspectionFinding.structure_id)
        .where(InspectionFinding.id.in_(ids), visible(ctx, Structure, P.STRUCTURE_READ))
    )
    return {row.id: Named(row.code, url_for("structures.detail", code=row.code)) for row in ctx.session.execute(query)}


SUBJECTS_OF_FINDINGS: Final = named_subject(
    FINDING,
    Subject(_finding_names),
    Tracked(InspectionFinding, lambda: _FINDING_FIELDS, FINDING, permission=P.STRUCTURE_HISTORY),
)
