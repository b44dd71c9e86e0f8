"""Writes of violations outside of moves: report, correct, open from a referral."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Final

from sqlalchemy import func, select

from registry.accounts.models import Organisation, UserAccount
from registry.accounts.queries import lead_organisation_id
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.files.service import copy_links
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale, format_date
from registry.kernel.i18n.stored import stored_text
from registry.structures import positions
from registry.structures.models import WGS84, Structure
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import part_inside, point, unit_at
from registry.violations.codes import NUMBERED, PaperKind, ViolationState
from registry.violations.commands import EditViolation, LogViolation, ViolationFacts
from registry.violations.location import STRUCTURE_REACH_M, list_nearby_structures, position_of, unit_for
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import issue_paper, papers_of
from registry.violations.papers import available_kinds, freeze_papers
from registry.violations.queries import acts_of_office, find_act, find_kind
from registry.violations.rules import day_problems, is_outdated_without_range, law_day
from registry.violations.workflow import VIOLATION
from registry.workflow.clocks import sync_clock
from registry.workflow.engine import check_version, fire, lock_case, note_event, open_case, touch
from registry.workflow.referrals import Referral
from registry.workflow.undo import undo_of_case

#: Facts may be corrected until the minutes; then verification records correct them, and changes of decisions.
EDITABLE: Final = frozenset(
    {
        ViolationState.REPORTED,
        ViolationState.VERIFYING,
        ViolationState.COMPLEX,
        ViolationState.MINUTES_OVERDUE,
        ViolationState.OPEN_FINDING,
    }
)
#: Papers that get their number on the page of papers; minutes and decision get theirs with the move.
NUMBERED_APART: Final = frozenset({PaperKind.NOTICE, PaperKind.REMEDY_CHECK})
_DECIMALS: Final = 7


def log_violation(ctx: Ctx, command: LogViolation) -> Violation:
    """Report an act in the actor's own area; it gets its number at once. Invalid names every wrong field.

    Needs VIOLATION_LOG. Unit and act are those of the law on the day of the act (of today if it continues).
    """
    require(ctx, P.VIOLATION_LOG)
    handler_id = ctx.actor.organisation_id
    if handler_id is None:
        raise Forbidden
    errors: dict[str, list[str]] = {}
    found_on = command.found_on or ctx.today
    wrong_days = day_problems(command.occurred_on, command.ended_on, found_on, ctx.today)
    if command.ended_on is not None and command.is_continuing:
        wrong_days["ended_on"] = _("Hành vi đang tiếp diễn thì chưa có ngày chấm dứt; hãy bỏ một trong hai.")
    if wrong_days:
        raise Invalid(wrong_days)
    lon, lat = command.place.lon, command.place.lat
    unit_id = _tried(errors, lambda: unit_for(ctx, lon, lat, command.occurred_on).id)
    violation = Violation(
        handler_organisation_id=handler_id,
        occurred_on=command.occurred_on,
        is_continuing=command.is_continuing,
        ended_on=command.ended_on,
        found_at=ctx.now if found_on == ctx.today else datetime.combine(found_on, time.min, tzinfo=LOCAL_ZONE),
        place=point(lon, lat),
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
    logged: Violation = open_case(ctx, VIOLATION, violation, numbered=True)
    kind = ctx.session.get_one(ViolationKind, logged.kind_id)
    if kind.owner_first and logged.organisation_id is None:
        # No term runs against an owner who is not known.
        fire(ctx, VIOLATION, logged.id, "hold_open", {"text": logged.description}, version=logged.version)
    return logged


def edit_violation(ctx: Ctx, command: EditViolation) -> Violation:
    """Correct the facts before the minutes; needs VIOLATION_HANDLE. Conflict if the case has changed."""
    violation: Violation = lock_case(ctx, VIOLATION, command.violation_id)
    require(ctx, P.VIOLATION_HANDLE, violation)
    check_version(violation, command.version)
    check_editable(violation)
    _apply(ctx, violation, command.facts, position_of(ctx, violation.id))
    ctx.session.flush()
    # Another act may have another limitation period.
    sync_clock(ctx, VIOLATION, violation)
    touch(ctx, VIOLATION, violation, "edit")
    return violation


def number_paper(ctx: Ctx, violation_id: int, kind: PaperKind) -> str:
    """Give a notice or a check of the remedy its number, as it is signed today; needs VIOLATION_HANDLE.

    MoveRefused before its time, and where one of today has its number already (a second click).
    """
    violation: Violation = lock_case(ctx, VIOLATION, violation_id)
    require(ctx, P.VIOLATION_HANDLE, violation)
    if kind not in NUMBERED_APART:
        raise MoveRefused(_("“%(paper)s” được cấp số khi ghi vào hồ sơ.", paper=str(kind.label)))
    if kind not in available_kinds(violation):
        raise MoveRefused(
            _("%(number)s chưa đến bước lập “%(paper)s”.", number=violation.number, paper=str(kind.label))
        )
    numbered = next((paper for paper in papers_of(ctx, violation).get(kind, ()) if paper.given_on == ctx.today), None)
    if numbered is not None:
        raise MoveRefused(_("“%(paper)s” hôm nay đã có số %(number)s.", paper=str(kind.label), number=numbered.text))
    number = issue_paper(ctx, violation, kind, ctx.today)
    ctx.session.flush()
    with force_locale(DEFAULT_LANGUAGE):
        freeze_papers(ctx, violation)
    touch(ctx, VIOLATION, violation, NUMBERED, new_version=False, paper=kind.value, paper_number=number)
    note_event(ctx, VIOLATION.code, violation, NUMBERED, number=number)
    return number


def check_editable(violation: Violation) -> None:
    """MoveRefused once minutes were issued, or the case is closed."""
    if violation.minutes_number is not None:
        raise MoveRefused(
            _(
                "Biên bản %(minutes)s của %(number)s đã ban hành nên thông tin không sửa được nữa; sai sót được ghi"
                " bằng biên bản xác minh, quyết định sai được đính chính, sửa đổi hoặc hủy bỏ.",
                minutes=violation.minutes_number,
                number=violation.number,
            )
        )
    if violation.state not in EDITABLE:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái “%(state)s” nên không sửa được nữa.",
                number=violation.number,
                state=violation.state.label,
            )
        )


def _tried(errors: dict[str, list[str]], call: Any) -> Any:
    """The result of a step; its refusals are collected, so that all are reported at once."""
    try:
        return call()
    except Invalid as refused:
        errors.update(refused.fields)
        return None


def _apply(ctx: Ctx, violation: Violation, facts: ViolationFacts, position: tuple[float, float]) -> None:
    errors: dict[str, str] = {}
    kind, is_new = _kind(ctx, violation, facts.kind), violation.id is None
    if kind is None:
        errors["kind"] = _(
            "Hành vi “%(act)s” không có trong danh mục áp dụng cho ngày %(day)s; hãy chọn hành vi khác hoặc sửa ngày.",
            act=find_act(ctx.session, facts.kind) or facts.kind[:60],
            day=format_date(violation.occurred_on),
        )
    elif is_new and not acts_of_office(ctx, [kind]):
        errors["kind"] = _(
            "Hành vi “%(act)s” ngoài lĩnh vực của cơ quan (xây dựng, công trình, đường phố); hãy báo Sở Khoa học và"
            " Công nghệ hoặc UBND xã, phường.",
            act=stored_text(kind.act),
        )
    elif is_outdated_without_range(kind):
        errors["kind"] = _(
            "Hành vi “%(act)s” ngày %(day)s theo %(decree)s chưa có khung phạt đã đối chiếu nên chưa lập hồ sơ được; Sở"
            " Khoa học và Công nghệ bổ sung khung phạt vào danh mục trước.",
            act=stored_text(kind.act),
            day=format_date(violation.occurred_on),
            decree=stored_text(kind.decree),
        )
    structure_id = _structure(ctx, facts.structure_code, position, errors)
    if facts.organisation_id is not None:
        organisation = ctx.session.get(Organisation, facts.organisation_id)
        if organisation is None:
            errors["organisation"] = _("Không có tổ chức đã chọn; hãy chọn tổ chức khác hoặc để trống.")
    if errors or kind is None:
        raise Invalid(errors)
    violation.kind_id, violation.structure_id = kind.id, structure_id
    violation.organisation_id, violation.suspects = facts.organisation_id, facts.suspects
    violation.description, violation.address = facts.description or kind.act, facts.address
    # Without the commune: it would narrow the public cell for readers who know that only.
    violation.title = kind.act


def _kind(ctx: Ctx, violation: Violation, code: str) -> ViolationKind | None:
    day = law_day(violation.occurred_on, local_date(violation.found_at), is_continuing=violation.is_continuing)
    return find_kind(ctx.session, code, day, violation.occurred_on)


def _structure(ctx: Ctx, code: str | None, position: tuple[float, float], errors: dict[str, str]) -> int | None:
    """The nearby structure with a code; otherwise an error is added."""
    if not code:
        return None
    row = next((row for row in list_nearby_structures(ctx, *position) if row.code == code), None)
    if row is None:
        errors["structure"] = _(
            "Không thấy công trình “%(code)s” trong phạm vi %(reach)d m quanh vị trí; hãy chọn công trình khác.",
            code=code[:60],
            reach=STRUCTURE_REACH_M,
        )
        return None
    found_id: int = row.id
    return found_id


def open_from_referral(ctx: Ctx, referral: Referral) -> tuple[str, int]:
    """Open a violation from a referral; returns workflow code and case id.

    What an officer has judged has its days, is of the officer's agency, and takes its photos along; anything else goes
    on today, by today's law, and the lead department handles it until an inspector of the area takes over. LookupError
    if the act is not in force on these days, or there is no lead department: the job is retried.
    """
    found_on = referral.found_on or ctx.today
    occurred_on = referral.occurred_on or found_on
    law_on = law_day(occurred_on, found_on, is_continuing=referral.is_continuing)
    kind = find_kind(ctx.session, referral.kind, law_on, occurred_on)
    if kind is None:
        message = f"referral of {referral.origin_number}: no act {referral.kind!r} is in force on {law_on}"
        raise LookupError(message)
    (lon, lat), unit = _place_of(ctx, referral)
    officer = None if referral.raised_by_id is None else ctx.session.get_one(UserAccount, referral.raised_by_id)
    agency = officer.organisation_id if officer is not None else None
    violation = Violation(
        handler_organisation_id=agency if agency is not None else lead_organisation_id(ctx),
        kind_id=kind.id,
        title=kind.act,
        occurred_on=occurred_on,
        is_continuing=referral.is_continuing,
        found_at=datetime.combine(found_on, time.min, tzinfo=LOCAL_ZONE) if referral.found_on else ctx.now,
        place=point(lon, lat),
        given_place=f"{lat:.6f}, {lon:.6f}",
        given_srid=WGS84,
        place_operation="",
        unit_id=unit.id,
        description=f"{referral.origin_number}: {referral.text}",
        structure_id=referral.structure_id,
        organisation_id=referral.accused_organisation_id,
        version=1,
    )
    open_case(ctx, VIOLATION, violation, numbered=True)
    violation.created_by_id = referral.raised_by_id
    if referral.photos_kind is not None and referral.photos_id is not None:
        copy_links(ctx, (referral.photos_kind, referral.photos_id), (VIOLATION.code, violation.id))
    ctx.session.flush()
    return VIOLATION.code, violation.id


def _place_of(ctx: Ctx, referral: Referral) -> tuple[tuple[float, float], AdminUnit]:
    """Place and commune of a referral: those of its structure, or the place that it names."""
    if referral.structure_id is not None:
        structure = ctx.session.get_one(Structure, referral.structure_id)
        middle = _middle(ctx, structure)
        return middle, _unit(ctx, structure, *middle)
    lon, lat = referral.lon or 0.0, referral.lat or 0.0
    hit = unit_at(ctx.session, lon, lat, UnitLevel.COMMUNE, ctx.today)
    if hit is None:
        message = f"referral of {referral.origin_number}: its place is in no commune"
        raise LookupError(message)
    return (lon, lat), ctx.session.get_one(AdminUnit, hit.id)


def _middle(ctx: Ctx, structure: Structure) -> tuple[float, float]:
    """A point of the structure: itself, on the line, or inside the area; of several communes, in its recorded one."""
    readable_rows = positions.readable(ctx)
    inside = func.ST_PointOnSurface(part_inside(readable_rows.c.geom, structure.commune_id))
    query = select(func.ST_X(inside).label("lon"), func.ST_Y(inside).label("lat")).where(
        readable_rows.c.id == structure.id
    )
    row = positions.run(ctx, query).one()
    return round(row.lon, _DECIMALS), round(row.lat, _DECIMALS)


def _unit(ctx: Ctx, structure: Structure, lon: float, lat: float) -> AdminUnit:
    """The commune of the structure as recorded if still in force, else the one at its position today."""
    recorded = None if structure.commune_id is None else ctx.session.get(AdminUnit, structure.commune_id)
    if recorded is not None and recorded.is_in_force(ctx.today):
        return recorded
    hit = unit_at(ctx.session, lon, lat, UnitLevel.COMMUNE, ctx.today)
    unit = recorded if hit is None else ctx.session.get_one(AdminUnit, hit.id)
    if unit is None:
        message = f"structure {structure.code} is in no commune"
        raise LookupError(message)
    return unit


UNDO: Final = undo_of_case(
    VIOLATION,
    P.VIOLATION_HANDLE,
    lambda _ctx, violation: check_editable(violation),
    after=lambda ctx, violation: sync_clock(ctx, VIOLATION, violation),
    rebuilt=("case_clock",),
)
