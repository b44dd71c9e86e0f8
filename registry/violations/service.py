"""Writes of violations that are no moves: log one, correct one."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import func

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.clock import local_date
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _, format_date
from registry.structures.models import WGS84
from registry.territory.models import AdminUnit
from registry.violations.catalogue import act_of, kind_on
from registry.violations.codes import ViolationState
from registry.violations.commands import EditViolation, LogViolation, ViolationFacts
from registry.violations.models import Violation, ViolationKind
from registry.violations.places import STRUCTURE_REACH_M, list_structures_near, place_of, unit_for
from registry.violations.rules import day_problem, law_day
from registry.violations.workflow import VIOLATION
from registry.workflow.engine import check_version, lock_case, open_case, touch

#: Facts may be corrected until somebody decided on them.
EDITABLE: Final = frozenset(
    {
        ViolationState.REPORTED,
        ViolationState.VERIFYING,
        ViolationState.MINUTES_MADE,
        ViolationState.TRANSFERRED,
        ViolationState.DECISION_OVERDUE,
    }
)


def log_violation(ctx: Ctx, command: LogViolation) -> Violation:
    """Report an act in the actor's own area; it has its number at once. Invalid names every field that is wrong.

    Needs VIOLATION_LOG. Unit and act are those of the law on the day of the act (of today where it goes on).
    """
    require(ctx, P.VIOLATION_LOG)
    handler_id = ctx.actor.organisation_id
    if handler_id is None:
        raise Forbidden
    errors: dict[str, list[str]] = {}
    late = day_problem(command.occurred_on, ctx.today)
    if late:
        raise Invalid({"occurred_on": late})
    lon, lat = command.place.lon, command.place.lat
    unit_id = _tried(errors, lambda: unit_for(ctx, lon, lat, command.occurred_on).id)
    violation = Violation(
        handler_organisation_id=handler_id,
        occurred_on=command.occurred_on,
        is_continuing=command.is_continuing,
        found_at=ctx.now,
        place=func.ST_SetSRID(func.ST_GeomFromGeoJSON(json.dumps({"type": "Point", "coordinates": [lon, lat]})), WGS84),
        given_place=command.place.original_text,
        given_srid=command.place.srid,
        place_operation=command.place.operation,
        accuracy_m=command.accuracy_m,
        unit_id=unit_id,
        version=1,
    )
    _tried(errors, lambda: _apply(ctx, violation, command.facts, (lon, lat)))
    if errors:
        raise Invalid(errors)
    made: Violation = open_case(ctx, VIOLATION, violation, numbered=True)
    return made


def edit_violation(ctx: Ctx, command: EditViolation) -> Violation:
    """Correct the facts before a decision; needs VIOLATION_HANDLE. Conflict where somebody changed it meanwhile."""
    violation: Violation = lock_case(ctx, VIOLATION, command.violation_id)
    require(ctx, P.VIOLATION_HANDLE, violation)
    check_version(violation, command.version)
    check_editable(violation)
    _apply(ctx, violation, command.facts, place_of(ctx, violation.id))
    touch(ctx, VIOLATION, violation, "edit")
    return violation


def check_editable(violation: Violation) -> None:
    """MoveRefused once a decision stands or the case is over."""
    if violation.state not in EDITABLE:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái «%(state)s» nên không sửa được nữa.",
                number=violation.number,
                state=violation.state.label,
            )
        )


def _tried(errors: dict[str, list[str]], call: Any) -> Any:
    """What a step gives; its refusals are gathered, so that all are said at once."""
    try:
        return call()
    except Invalid as refused:
        errors.update(refused.fields)
        return None


def _apply(ctx: Ctx, violation: Violation, facts: ViolationFacts, place: tuple[float, float]) -> None:
    errors: dict[str, str] = {}
    kind = _kind(ctx, violation, facts.kind)
    if kind is None:
        errors["kind"] = _(
            "Hành vi «%(act)s» không có trong danh mục áp dụng cho ngày %(day)s; hãy chọn hành vi khác hoặc sửa ngày.",
            act=act_of(ctx.session, facts.kind) or facts.kind[:60],
            day=format_date(violation.occurred_on),
        )
    structure_id = _structure(ctx, facts.structure_code, place, errors)
    if facts.organisation_id is not None:
        organisation = ctx.session.get(Organisation, facts.organisation_id)
        if organisation is None:
            errors["organisation"] = _("Không có tổ chức đã chọn; hãy chọn tổ chức khác hoặc để trống.")
    if errors or kind is None:
        raise Invalid(errors)
    violation.kind_id, violation.structure_id = kind.id, structure_id
    violation.organisation_id, violation.suspects = facts.organisation_id, facts.suspects
    violation.description, violation.address = facts.description, facts.address
    violation.title = _title(ctx, violation, kind)


def _kind(ctx: Ctx, violation: Violation, code: str) -> ViolationKind | None:
    day = law_day(violation.occurred_on, local_date(violation.found_at), is_continuing=violation.is_continuing)
    return kind_on(ctx.session, code, day, violation.occurred_on)


def _title(ctx: Ctx, violation: Violation, kind: ViolationKind) -> str:
    """The act and where, as both are called on the day of the act."""
    unit = ctx.session.get(AdminUnit, violation.unit_id) if violation.unit_id else None
    return f"{kind.act} – {unit.name}" if unit else kind.act


def _structure(ctx: Ctx, code: str | None, place: tuple[float, float], errors: dict[str, str]) -> int | None:
    """The structure of a code among those near."""
    if not code:
        return None
    found = next((row for row in list_structures_near(ctx, *place) if row.code == code), None)
    if found is None:
        errors["structure"] = _(
            "Không thấy công trình «%(code)s» trong phạm vi %(reach)d m quanh vị trí; hãy chọn công trình khác.",
            code=code[:60],
            reach=STRUCTURE_REACH_M,
        )
        return None
    found_id: int = found.id
    return found_id
