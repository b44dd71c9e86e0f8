"""Conditions and effects of the moves of incidents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from registry.accounts.models import Organisation
from registry.accounts.queries import may_own
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.incidents.codes import (
    AGENCY_ROLES,
    CODE,
    ENDED,
    Agency,
    Basis,
    IncidentKind,
    IncidentState,
    Severity,
    Stance,
)
from registry.incidents.models import Incident, IncidentProof, IncidentReport
from registry.incidents.public_place import check_street
from registry.kernel.db.base import Choice
from registry.kernel.errors import Invalid
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _n, format_date, in_language
from registry.kernel.text import register_code
from registry.structures.models import Structure
from registry.workflow.definition import Data
from registry.workflow.engine import note_event
from registry.workflow.referrals import Referral, create_referral


@dataclass(frozen=True)
class Act:
    """An act of the catalogue of violations: id, code and label."""

    id: int
    code: str
    label: str


#: The acts that may be prosecuted today, which the feature of violations knows.
ACTS = ExtensionPoint[Callable[[Ctx], Sequence[Act]]]("incidents.acts")
#: The event of an incident into which another was merged.
MERGED: Final = "merged"


def title_of(kind: IncidentKind) -> str:
    """The kind in Vietnamese, as all stored titles; the commune of an exact place is not everybody's to read."""
    return in_language(kind.label, DEFAULT_LANGUAGE)


def keeps_overdue(state: IncidentState) -> Callable[[Ctx, Any], Choice]:
    """A choice of the next state: an overdue case stays overdue, any other comes to `state`."""

    def choose(_ctx: Ctx, case: Incident) -> Choice:
        """An overdue case stays overdue."""
        return case.state if case.state is IncidentState.OVERDUE else state

    return choose


def in_charge_clause(ctx: Ctx, model: Any) -> ColumnElement[bool]:
    """SQL: the actor's authority is in charge, or is asked to take over."""
    mine = [agency for agency, roles in AGENCY_ROLES.items() if roles & ctx.actor.roles]
    return or_(model.agency.in_(mine), model.agency_asked.in_(mine))


def report_clause(ctx: Ctx, typed: str) -> ColumnElement[bool] | None:
    """SQL: the incident that the report with this number belongs to, for who may read its reports."""
    numbered = IncidentReport.is_numbered_rule(typed)
    if numbered is None:
        return None
    return Incident.id.in_(select(IncidentReport.incident_id).where(numbered)) & visible(
        ctx, Incident, P.INCIDENT_TRIAGE
    )


def as_reported(ctx: Ctx, case: Incident) -> Mapping[str, Any]:
    """Kind and severity as far as they are known; what was published stays so."""
    del ctx
    return {
        "kind": case.kind,
        "severity": case.severity,
        "summary": case.summary,
        "publish": case.is_published,
        "public_street": case.public_street,
    }


def may_triage(ctx: Ctx, case: Incident, data: Data) -> None:
    """A street is public only where the structure is."""
    check_street(ctx, case, data.get("public_street"))


def triage(ctx: Ctx, case: Incident, data: Data) -> None:
    """Kind, severity and summary become those that the authority found; the clock of the kind starts."""
    case.kind, case.severity = IncidentKind(data["kind"]), Severity(data["severity"])
    case.summary, case.is_published = data["summary"], bool(data["publish"])
    case.public_street = data.get("public_street")
    case.title = title_of(case.kind)
    case.triaged_at = ctx.now


def reject(ctx: Ctx, case: Incident, data: Data) -> None:
    """It is not published; its photos are deleted after a while."""
    del ctx, data
    case.is_published = False


def may_merge(ctx: Ctx, case: Incident, data: Data) -> None:
    """The other incident is one that the actor may triage, is open and is not this one."""
    main = _main_of(ctx, data)
    if main is None or main.id == case.id:
        raise Invalid(
            {
                "main_number": _(
                    "Không có hồ sơ «%(number)s» khác trong địa bàn; hãy nhập số hồ sơ, ví dụ SC-2026-000012.",
                    number=str(data["main_number"])[:40],
                )
            }
        )
    if main.state is IncidentState.DUPLICATE:
        raise Invalid(
            {
                "main_number": _(
                    "%(number)s cũng đã được gộp vào hồ sơ khác; hãy nhập số hồ sơ chính.", number=main.number
                )
            }
        )


def merge(ctx: Ctx, case: Incident, data: Data) -> None:
    """Reports, with their followers and photos, go to the other incident; both name each other."""
    main = _main_of(ctx, data)
    if main is None:
        message = f"incident {case.id}: no main incident"
        raise RuntimeError(message)
    # It writes what was changed so far, so it comes before the facts that go with the new state.
    note_event(ctx, CODE, main, MERGED, reason=_("%(number)s được gộp vào hồ sơ này", number=case.number))
    ctx.session.execute(update(IncidentReport).where(IncidentReport.incident_id == case.id).values(incident_id=main.id))
    # Those merged earlier follow, too: a chain of duplicates has one end.
    for earlier in ctx.session.scalars(select(Incident).where(Incident.duplicate_of_id == case.id)):
        earlier.duplicate_of_id = main.id
    main.is_repeated = main.is_repeated or case.is_repeated
    case.duplicate_of_id = main.id
    case.is_published = False


def _main_of(ctx: Ctx, data: Data) -> Incident | None:
    number = register_code(str(data["main_number"]))
    query = select(Incident).where(Incident.number == number, visible(ctx, Incident, P.INCIDENT_TRIAGE))
    return ctx.session.scalars(query).one_or_none()


def organisation_options(ctx: Ctx, case: Incident) -> Sequence[tuple[int, str]]:
    """All organisations that own or use structures today, those of the structure first; the case shows candidates."""
    near = tenants_of(ctx, case)
    query = select(Organisation.id, Organisation.short_name).where(may_own(ctx.today)).order_by(Organisation.short_name)
    options = [(row.id, row.short_name) for row in ctx.session.execute(query)]
    return sorted(options, key=lambda option: option[0] not in near)


def organisation_names(ctx: Ctx, case: Incident | None = None) -> Mapping[int, str]:
    """The names of all organisations."""
    del case
    rows = ctx.session.execute(select(Organisation.id, Organisation.short_name))
    return {row.id: row.short_name for row in rows}


def acknowledge(ctx: Ctx, case: Incident, data: Data) -> None:
    """The organisation accepts; that is logged as proof."""
    case.acknowledged_at = ctx.now
    log_proof(ctx, case, case.organisation_id, Stance.ACCEPTED, Basis.STATEMENT, data.get("text"))


def has_acknowledged(ctx: Ctx, case: Incident) -> str | None:
    """The organisation has not confirmed yet that it deals with it."""
    del ctx
    if case.acknowledged_at is None:
        return None
    return _("Đơn vị đã xác nhận nhận việc %(number)s.", number=case.number)


def deny(ctx: Ctx, case: Incident, data: Data) -> None:
    """No organisation is responsible any more; the denial is logged."""
    log_proof(ctx, case, case.organisation_id, Stance.DENIED, Basis.STATEMENT, data["text"])
    case.organisation_id = case.assigned_at = case.acknowledged_at = None


def log_proof(
    ctx: Ctx, case: Incident, organisation_id: int | None, stance: Stance, basis: Basis, text: str | None
) -> None:
    """Add a statement to the log of proof."""
    if organisation_id is None:
        return
    ctx.session.add(
        IncidentProof(
            incident_id=case.id,
            organisation_id=organisation_id,
            stance=stance,
            basis=basis,
            text=text or None,
            said_at=ctx.now,
            said_by_id=ctx.actor.id,
            said_by=ctx.actor.display_name,
        )
    )


def make_safe(ctx: Ctx, case: Incident, data: Data) -> None:
    """The moment counts for the time to make safe."""
    del data
    case.safe_at = ctx.now


def may_fix(ctx: Ctx, case: Incident, data: Data) -> None:
    """At least one photo shows the repair."""
    del ctx, case
    names: list[str] = data["photos"]
    endings = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
    if not any(name.lower().endswith(endings) for name in names):
        raise Invalid({"photos": _("Chưa có ảnh sau khi khắc phục; hãy gửi ít nhất một ảnh (JPG, PNG, WEBP, HEIC).")})


def fix(ctx: Ctx, case: Incident, data: Data) -> None:
    """Store cause and scope."""
    case.cause, case.scope, case.fixed_at = data["cause"], data["scope"], ctx.now


def close(ctx: Ctx, case: Incident, data: Data) -> None:
    """From now on the contact of reporters is kept for the days of the setting only."""
    del data
    case.closed_at = ctx.now


def reopen(ctx: Ctx, case: Incident, data: Data) -> None:
    """It waits for triage again, as urgent as it was."""
    del ctx, data
    case.reopened += 1
    case.closed_at = case.fixed_at = case.safe_at = None


def has_open_handover(ctx: Ctx, case: Incident) -> str | None:
    """No other authority is asked already."""
    del ctx
    if case.agency_asked is None:
        return None
    return _("Đã đề nghị %(agency)s tiếp nhận; hãy đợi trả lời.", agency=case.agency_asked.label)


def is_asked(ctx: Ctx, case: Incident) -> str | None:
    """The authority of the actor was asked to take over."""
    if case.agency_asked is not None and AGENCY_ROLES[case.agency_asked] & ctx.actor.roles:
        return None
    return _("Hồ sơ không được chuyển đến cơ quan của tài khoản này.")


def ask_handover(ctx: Ctx, case: Incident, data: Data) -> None:
    """The present authority stays in charge until the other one accepts."""
    del ctx
    agency = Agency(data["agency"])
    if agency is case.agency:
        raise Invalid({"agency": _("%(agency)s đang thụ lý hồ sơ này; hãy chọn cơ quan khác.", agency=agency.label)})
    case.agency_asked = agency


def accept_handover(ctx: Ctx, case: Incident, data: Data) -> None:
    """The authority that was asked is in charge."""
    del ctx, data
    if case.agency_asked is not None:
        case.agency, case.agency_asked = case.agency_asked, None


def decline_handover(ctx: Ctx, case: Incident, data: Data) -> None:
    """The former authority stays in charge."""
    del ctx, data
    case.agency_asked = None


def was_referred(ctx: Ctx, case: Incident) -> str | None:
    """It was not referred to the police before."""
    del ctx
    if case.police_letter is None:
        return None
    return _("Đã chuyển công an theo văn bản %(letter)s.", letter=case.police_letter)


def to_receipt(ctx: Ctx, case: Incident) -> str | None:
    """It was referred, and the receipt is not there yet."""
    del ctx
    if case.police_letter is None:
        return _("Hồ sơ chưa chuyển cơ quan công an.")
    return None if case.police_receipt is None else _("Đã có biên nhận %(number)s.", number=case.police_receipt)


def may_refer(ctx: Ctx, case: Incident, data: Data) -> None:
    """The day is not in the future, and a receipt not before its letter."""
    name = "police_received_on" if "police_received_on" in data else "police_referred_on"
    day: date = data[name]
    if day > ctx.today:
        raise Invalid({name: _("Ngày %(day)s chưa tới; cần ngày hôm nay hoặc trước đó.", day=format_date(day))})
    if name == "police_received_on" and case.police_referred_on is not None and day < case.police_referred_on:
        raise Invalid(
            {
                name: _(
                    "Ngày %(day)s trước ngày chuyển (%(referred)s); cần ngày chuyển hoặc sau đó.",
                    day=format_date(day),
                    referred=format_date(case.police_referred_on),
                )
            }
        )


def refer_to_police(ctx: Ctx, case: Incident, data: Data) -> None:
    """Store number and day of the letter."""
    del ctx
    case.police_letter, case.police_referred_on = data["police_letter"], data["police_referred_on"]


def take_receipt(ctx: Ctx, case: Incident, data: Data) -> None:
    """Store number and day of the receipt."""
    del ctx
    case.police_receipt, case.police_received_on = data["police_receipt"], data["police_received_on"]


def violation_options(ctx: Ctx, case: Incident) -> Sequence[tuple[int, str]]:
    """The acts of the catalogue in force today."""
    del case
    acts = ACTS.only()
    return [(act.id, act.label) for act in acts(ctx)] if acts is not None else []


def violation_names(ctx: Ctx, case: Incident) -> Mapping[int, str]:
    """The labels of the acts."""
    return dict(violation_options(ctx, case))


def may_open_violation(ctx: Ctx, case: Incident, data: Data) -> None:
    """One act is chosen, and the place is known: a structure or a position."""
    if len(data["act"]) != 1:
        raise Invalid(
            {
                "act": _n(
                    "Đã chọn %(count)d hành vi; hãy chọn đúng một hành vi.", len(data["act"]), count=len(data["act"])
                )
            }
        )
    if case.structure_id is None and position_of_case(ctx, case) is None:
        raise Invalid({"": _("Hồ sơ chưa có tọa độ hoặc công trình; hãy lập hồ sơ vi phạm tại mục «Vi phạm».")})


def open_violation(ctx: Ctx, case: Incident, data: Data) -> None:
    """Hand the breach to the feature of violations, with the responsible organisation as the accused."""
    acts = ACTS.only()
    code = next(act.code for act in acts(ctx) if act.id == data["act"][0]) if acts is not None else ""
    position = position_of_case(ctx, case)
    create_referral(
        ctx,
        Referral(
            kind=code,
            structure_id=case.structure_id,
            accused_organisation_id=case.organisation_id,
            origin=CODE,
            origin_id=case.id,
            origin_number=case.number or "",
            text=data["text"],
            lon=position[0] if position and case.structure_id is None else None,
            lat=position[1] if position and case.structure_id is None else None,
        ),
    )


def position_of_case(ctx: Ctx, case: Incident) -> tuple[float, float] | None:
    """Longitude and latitude that the reporter gave; the caller has read the case."""
    row = ctx.session.execute(
        select(func.ST_X(Incident.place), func.ST_Y(Incident.place)).where(
            Incident.id == case.id, Incident.place.is_not(None)
        )
    ).one_or_none()
    return None if row is None else (float(row[0]), float(row[1]))


def tenants_of(ctx: Ctx, case: Incident) -> frozenset[int]:
    """The organisations that own the structure of a case or have something on it."""
    if case.structure_id is None:
        return frozenset()
    holders = (
        select(CapacityEntry.holder_id)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .where(
            and_(CapacityPlace.structure_id == case.structure_id, CapacityEntry.state == EntryState.USED),
            CapacityEntry.holder_id.is_not(None),
        )
    )
    owner = select(Structure.owner_organisation_id).where(Structure.id == case.structure_id)
    organisation_ids = {*ctx.session.scalars(holders), *ctx.session.scalars(owner)}
    return frozenset(each for each in organisation_ids if each is not None)


def is_ended(case: Incident) -> bool:
    """Whether nothing more is to be done."""
    return case.state in ENDED
