"""Reads of incidents: the public's view, the whole case, its reports, and who may be responsible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation, OrganisationAlias
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, get_visible, holds, visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.incidents.case_facts import position_of_case, rated_until
from registry.incidents.codes import ENDED, Basis, IncidentKind, IncidentState, ReportKind
from registry.incidents.limits import NEAR
from registry.incidents.models import Incident, IncidentPhoto, IncidentProof, IncidentReport
from registry.incidents.photos import cleared_photos, first_cleared_photo, photos_of_case
from registry.incidents.public_place import (
    is_in_cell_of,
    is_public,
    knows_place,
    public_street,
    public_unit,
    unit_for,
)
from registry.incidents.rules import digest_of, rough_age
from registry.kernel.dated_settings import setting
from registry.kernel.db.row_access import sees_all_rows
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _, _l, format_metres
from registry.kernel.text import fold
from registry.structures import positions
from registry.structures.models import Structure
from registry.structures.positions.points import grid_point
from registry.territory.models import AdminUnit
from registry.territory.queries import point
from registry.workflow.models import CaseEvent

_MOST_NEAR: Final = 5
_MOST_STRUCTURES: Final = 8
_MOST_ON_STRUCTURE: Final = 10
#: Degrees that cover the search for owners at this latitude, for the index; the distance decides.
_DEGREES_A_METRE: Final = 1 / 90_000
_LEAST_MARK: Final = 3


@dataclass(frozen=True)
class NearReport:
    """A published incident of the same public cell, or on the structure of a label, that may be the same."""

    number: str
    kind: IncidentKind
    age: str
    #: A cleared photo; None without any.
    photo_id: int | None
    is_ended: bool


@dataclass(frozen=True)
class PublicView:
    """An incident as its reporter, or anyone if it is published, sees it: its public place, no words."""

    incident_id: int
    number: str
    kind: IncidentKind
    state: IncidentState
    #: The commune and the street that are public; "" where none is.
    unit: str
    street: str
    reported_at: datetime
    #: Steps with their moments, oldest first.
    steps: Sequence[tuple[str, datetime]]
    due_at: datetime | None
    photos: Sequence[IncidentPhoto]
    #: How many people reported it; None where its reader is one of them.
    reports: int | None
    #: Why it was not taken; "" for others.
    reason: str
    #: Photos of the reader's own report that found no room.
    left_out: int = 0
    #: The own report's satisfaction, words of it, and the last day to state or change it; None: not asked, or no more.
    satisfaction: int | None = None
    satisfaction_text: str = ""
    rated_until: date | None = None


@dataclass(frozen=True)
class ResponsibleCandidate:
    """An organisation that may be responsible, and what speaks for it."""

    organisation_id: int
    name: str
    hotline: str | None
    #: Each with its text and, if it is about a structure, that code.
    reasons: tuple[tuple[Basis, str, str], ...]


@dataclass(frozen=True)
class IncidentView:
    """A case as its page shows it; what its reader may not see is None or empty."""

    #: The commune that the reader is given, and whether it may read the exact place.
    unit: str | None
    knows_place: bool
    organisation: str | None
    structure_code: str | None
    place: tuple[float, float] | None
    follows: bool
    moderates: bool
    main_number: str | None
    street: str
    merged: Sequence[Row[Any]] = ()
    proofs: Sequence[Row[Any]] = ()
    reports: Sequence[IncidentReport] = ()
    photos: Sequence[IncidentPhoto] = ()
    candidates: Sequence[ResponsibleCandidate] = field(default_factory=tuple)
    similar: Sequence[Incident] = ()


@sees_all_rows(Incident.__tablename__)
def find_by_code(ctx: Ctx, code: str | None) -> PublicView | None:
    """The incident of a tracking code; None for an unknown code."""
    if code is None:
        return None
    query = (
        select(Incident, IncidentReport)
        .join(IncidentReport, IncidentReport.incident_id == Incident.id)
        .where(IncidentReport.code_digest == digest_of(code))
    )
    row = ctx.session.execute(query).one_or_none()
    return None if row is None else view_of_report(ctx, row[0], row[1])


def view_of_report(ctx: Ctx, incident: Incident, report: IncidentReport) -> PublicView:
    """An incident as the sender of one of its reports sees it."""
    until = rated_until(ctx, incident)
    return _own_view(_public_view(ctx, incident), report, until if until and until >= ctx.today else None)


def _own_view(view: PublicView, report: IncidentReport, until: date | None) -> PublicView:
    """What a reporter sees: the own report, so that nothing says whether it opened the case or joined one."""
    own = replace(
        view,
        left_out=report.photos_left_out,
        reports=None,
        satisfaction=report.satisfaction,
        satisfaction_text=report.satisfaction_text or "",
        rated_until=until,
    )
    if report.kind in (ReportKind.ME_TOO, ReportKind.REOPEN):
        return own
    steps = [(label, max(at, report.received_at)) for label, at in view.steps]
    return replace(own, number=report.number, reported_at=report.received_at, steps=steps)


@sees_all_rows(Incident.__tablename__)
def get_published(ctx: Ctx, number: str) -> PublicView:
    """A published incident by its number; NotFound for any other number."""
    query = select(Incident).where(Incident.number == number, is_public())
    incident = ctx.session.scalars(query).one_or_none()
    if incident is None:
        raise NotFound(_("Không có sự cố này, hoặc sự cố chưa được công khai."))
    return _public_view(ctx, incident)


def _public_view(ctx: Ctx, incident: Incident) -> PublicView:
    unit = select(AdminUnit.name).join(Incident, AdminUnit.id == public_unit(ctx)).where(Incident.id == incident.id)
    reports = select(func.count()).select_from(IncidentReport).where(IncidentReport.incident_id == incident.id)
    rejected = select(CaseEvent.said["text"].astext).where(
        CaseEvent.workflow == "incident", CaseEvent.case_id == incident.id, CaseEvent.move == "reject"
    )
    is_rejected = incident.state is IncidentState.REJECTED
    shown = ctx.session.scalar(select(Incident.id).where(Incident.id == incident.id, is_public())) is not None
    return PublicView(
        incident.id,
        incident.number or "",
        incident.kind,
        incident.state,
        ctx.session.scalar(unit) or "",
        public_street(ctx, incident),
        incident.reported_at,
        _public_steps(ctx, incident),
        incident.due_at if incident.state in (IncidentState.ASSIGNED, IncidentState.ACKNOWLEDGED) else None,
        cleared_photos(ctx, incident.id) if shown else (),
        int(ctx.session.scalar(reports) or 0),
        str(ctx.session.scalar(rejected.order_by(CaseEvent.id.desc()).limit(1)) or "") if is_rejected else "",
    )


#: Moves of the time before an incident was opened again: their moments are no longer those of the incident.
_EARLIER: Final = {
    "make_safe": _l("Đã bảo đảm an toàn"),
    "secure": _l("Đã bảo đảm an toàn"),
    "fix": _l("Đã khắc phục"),
    "confirm": _l("Đã đóng hồ sơ"),
    "stand_fixed": _l("Đã đóng hồ sơ"),
    "reopen": _l("Mở lại theo phản ánh"),
}


def _public_steps(ctx: Ctx, incident: Incident) -> list[tuple[str, datetime]]:
    """What happened, in order; of a reopened incident with what happened before."""
    earlier: set[tuple[str, datetime]] = set()
    if incident.reopened:
        events = select(CaseEvent.move, CaseEvent.occurred_at).where(
            CaseEvent.workflow == "incident", CaseEvent.case_id == incident.id, CaseEvent.move.in_(_EARLIER)
        )
        earlier = {(str(_EARLIER[row.move]), row.occurred_at) for row in ctx.session.execute(events)}
    moments = (
        (_("Đã nhận phản ánh"), incident.reported_at),
        (_("Đã phân loại, tiếp nhận"), incident.triaged_at),
        (_("Đã giao đơn vị xử lý"), incident.assigned_at),
        (_("Đơn vị đã nhận việc"), incident.acknowledged_at),
        (_("Đã bảo đảm an toàn"), incident.safe_at),
        (_("Đã khắc phục"), incident.fixed_at),
        (_("Đã đóng hồ sơ"), incident.closed_at),
    )
    steps = earlier | {(label, at) for label, at in moments if at is not None}
    return sorted(steps, key=lambda step: step[1])


@sees_all_rows(Incident.__tablename__)
def list_near(
    ctx: Ctx, *, position: tuple[float, float] | None, structure_id: int | None, kind: IncidentKind | None = None
) -> list[NearReport]:
    """Published incidents of the public cell of a place, or on the structure of the reporter's label, newest first.

    The answer is one for the whole cell (docs/hidden.md). Incidents without a position of their own are listed for
    their structure alone: its position stays hidden.
    """
    reach = setting(ctx.session, NEAR, ctx.today)
    if position is not None:
        at = is_in_cell_of(*position)
    elif structure_id is not None:
        at = Incident.structure_id == structure_id
    else:
        return []
    opened = and_(Incident.state.not_in(ENDED), Incident.reported_at >= ctx.now - timedelta(days=reach["open_days"]))
    closed = and_(
        Incident.state == IncidentState.CLOSED,
        Incident.state_since >= ctx.now - timedelta(days=reach["closed_days"]),
    )
    query = select(
        Incident.number, Incident.kind, Incident.reported_at, Incident.state, first_cleared_photo().label("photo_id")
    ).where(at, is_public(), or_(opened, closed))
    if kind is not None:
        query = query.where(Incident.kind == kind)
    rows = ctx.session.execute(query.order_by(Incident.id.desc()).limit(_MOST_NEAR))
    return [
        NearReport(
            row.number,
            row.kind,
            rough_age((ctx.now - row.reported_at).total_seconds()),
            row.photo_id,
            row.state in ENDED,
        )
        for row in rows
    ]


def get_incident(ctx: Ctx, incident_id: int) -> Incident:
    """An incident that the actor may see; NotFound otherwise."""
    message = _("Không có hồ sơ sự cố này, hoặc không có quyền xem.")
    incident: Incident = get_visible(ctx, Incident, P.INCIDENT_READ, Incident.id == incident_id, message=message)
    return incident


def view_incident(ctx: Ctx, incident: Incident) -> IncidentView:
    main, owner = aliased(Incident), aliased(Organisation)
    row = ctx.session.execute(
        select(
            AdminUnit.name.label("unit"),
            knows_place(ctx).label("knows_place"),
            owner.short_name.label("owner"),
            main.number.label("main"),
        )
        .select_from(Incident)
        .outerjoin(AdminUnit, AdminUnit.id == unit_for(ctx))
        .outerjoin(owner, owner.id == Incident.organisation_id)
        .outerjoin(main, main.id == Incident.duplicate_of_id)
        .where(Incident.id == incident.id)
    ).one()
    follows, moderates = allowed(ctx, P.INCIDENT_FOLLOW, incident), allowed(ctx, P.INCIDENT_TRIAGE, incident)
    position = position_of_case(ctx, incident) if follows and row.knows_place else None
    view = IncidentView(
        row.unit,
        row.knows_place,
        row.owner if follows else None,
        _structure_code(ctx, incident),
        position,
        follows,
        moderates,
        row.main,
        public_street(ctx, incident),
    )
    if not follows:
        return view
    facts = vars(view) | {"proofs": _proofs(ctx, incident.id), "merged": _merged(ctx, incident.id)}
    if not moderates:
        return IncidentView(**facts | {"photos": cleared_photos(ctx, incident.id)})
    reports = list_reports(ctx, incident.id)
    return IncidentView(
        **facts
        | {
            "reports": reports,
            "photos": photos_of_case(ctx, incident.id),
            "candidates": list_candidates(
                ctx, incident, position, [report.marks for report in reports if report.marks]
            ),
            "similar": _similar(ctx, incident, position),
        }
    )


def list_reports(ctx: Ctx, incident_id: int) -> list[IncidentReport]:
    """What people sent, oldest first; for moderators of the case: the caller checks that."""
    query = select(IncidentReport).where(IncidentReport.incident_id == incident_id).order_by(IncidentReport.id)
    return list(ctx.session.scalars(query))


def _structure_code(ctx: Ctx, incident: Incident) -> str | None:
    if incident.structure_id is None:
        return None
    query = select(Structure.code).where(
        Structure.id == incident.structure_id, visible(ctx, Structure, P.STRUCTURE_READ)
    )
    return ctx.session.scalar(query)


def _proofs(ctx: Ctx, incident_id: int) -> Sequence[Row[Any]]:
    query = (
        select(
            Organisation.short_name.label("organisation"),
            IncidentProof.stance,
            IncidentProof.basis,
            IncidentProof.text,
            IncidentProof.said_at,
            IncidentProof.said_by,
        )
        .join(Organisation, Organisation.id == IncidentProof.organisation_id)
        .where(IncidentProof.incident_id == incident_id)
    )
    return [*ctx.session.execute(query.order_by(IncidentProof.id))]


def _merged(ctx: Ctx, incident_id: int) -> Sequence[Row[Any]]:
    query = select(Incident.id, Incident.number).where(
        Incident.duplicate_of_id == incident_id, visible(ctx, Incident, P.INCIDENT_READ)
    )
    return [*ctx.session.execute(query.order_by(Incident.id))]


def _similar(ctx: Ctx, incident: Incident, position: tuple[float, float] | None) -> Sequence[Incident]:
    """Other incidents of the last year at this place, of any kind: the same one, or one that comes back."""
    reach = setting(ctx.session, "incident.repeated", ctx.today)
    same: list[ColumnElement[bool]] = []
    if position is not None:
        here = grid_point(*position)
        same.append(func.ST_DWithin(Incident.place_m, here, reach["metres"]))
    if incident.structure_id is not None:
        same.append(Incident.structure_id == incident.structure_id)
    if not same:
        return ()
    query = select(Incident).where(
        Incident.id != incident.id,
        or_(*same),
        Incident.state.not_in((IncidentState.REJECTED, IncidentState.DUPLICATE)),
        Incident.reported_at >= ctx.now - timedelta(days=reach["days"]),
        visible(ctx, Incident, P.INCIDENT_TRIAGE),
    )
    return ctx.session.scalars(query.order_by(Incident.id.desc()).limit(_MOST_NEAR)).all()


def list_candidates(
    ctx: Ctx, incident: Incident, position: tuple[float, float] | None, marks: Sequence[str]
) -> list[ResponsibleCandidate]:
    """Owners and occupants of the nearest structures that the actor sees exactly, and who the marks name.

    The looks at others' positions are logged. The organisation with the most reasons comes first.
    """
    reasons: dict[int, list[tuple[Basis, str, str]]] = {}
    for structure in _structures_near(ctx, incident, position):
        reasons.setdefault(structure.owner_id, []).append((Basis.STRUCTURE, structure.distance, structure.code))
        for holder in _holders(ctx, structure.id):
            reasons.setdefault(holder, []).append((Basis.OCCUPANT, structure.distance, structure.code))
    for mark in marks:
        for organisation_id in _named_by(ctx, mark):
            reasons.setdefault(organisation_id, []).append((Basis.MARK, f"“{mark}”", ""))
    rows = ctx.session.scalars(select(Organisation).where(Organisation.id.in_(reasons)))
    candidates = [ResponsibleCandidate(row.id, row.short_name, row.hotline, tuple(reasons[row.id])) for row in rows]
    return sorted(candidates, key=lambda candidate: (-len(candidate.reasons), candidate.name))


@dataclass(frozen=True)
class _Near:
    id: int
    code: str
    owner_id: int
    distance: str


def _structures_near(ctx: Ctx, incident: Incident, position: tuple[float, float] | None) -> list[_Near]:
    readable_rows = positions.readable(ctx)
    if position is None:
        query = select(readable_rows.c.id, readable_rows.c.code, readable_rows.c.owner_organisation_id).where(
            readable_rows.c.exact, readable_rows.c.id == incident.structure_id
        )
        rows = positions.run(ctx, query).all()
        structures = [_Near(row.id, row.code, row.owner_organisation_id, _("công trình của nhãn")) for row in rows]
    else:
        reach = setting(ctx.session, "incident.owner_search_m", ctx.today)
        here = point(*position)
        metres = func.ST_Distance(func.Geography(readable_rows.c.geom), func.Geography(here)).label("metres")
        around = (
            select(readable_rows.c.id, readable_rows.c.code, readable_rows.c.owner_organisation_id, metres)
            .where(
                readable_rows.c.exact,
                readable_rows.c.geom.op("&&")(func.ST_Expand(here, reach * _DEGREES_A_METRE)),
                metres <= reach,
            )
            .order_by(metres, readable_rows.c.id)
            .limit(_MOST_STRUCTURES)
        )
        rows = positions.run(ctx, around).all()
        structures = [
            _Near(
                row.id,
                row.code,
                row.owner_organisation_id,
                _("cách %(distance)s", distance=format_metres(round(row.metres))),
            )
            for row in rows
        ]
    log_access(ctx, "incident", {each.owner_id for each in structures}, rows=len(structures))
    return structures


def _holders(ctx: Ctx, structure_id: int) -> set[int]:
    if not holds(ctx.actor, P.CAPACITY_HOLDERS):
        return set()
    query = (
        select(CapacityEntry.holder_id)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .where(
            CapacityPlace.structure_id == structure_id,
            CapacityEntry.state == EntryState.USED,
            CapacityEntry.holder_id.is_not(None),
        )
    )
    return {holder for holder in ctx.session.scalars(query) if holder is not None}


def _named_by(ctx: Ctx, mark: str) -> set[int]:
    """The organisations whose short name or spelling is in the text of a tag."""
    folded = fold(mark)
    names = select(Organisation.id, Organisation.short_name)
    organisation_ids = {row.id for row in ctx.session.execute(names) if _is_in(fold(row.short_name), folded)}
    spelt = select(OrganisationAlias.organisation_id, OrganisationAlias.folded).where(OrganisationAlias.is_active)
    return organisation_ids | {row.organisation_id for row in ctx.session.execute(spelt) if _is_in(row.folded, folded)}


def _is_in(name: str, text: str) -> bool:
    return len(name) >= _LEAST_MARK and f" {name} " in f" {text} "


def list_on_structure(ctx: Ctx, structure_id: int) -> Sequence[Incident]:
    """The newest visible incidents of a structure."""
    if not holds(ctx.actor, P.INCIDENT_READ):
        return ()
    query = (
        select(Incident)
        .where(Incident.structure_id == structure_id, visible(ctx, Incident, P.INCIDENT_READ))
        .order_by(Incident.id.desc())
        .limit(_MOST_ON_STRUCTURE)
    )
    return ctx.session.scalars(query).all()


@dataclass(frozen=True)
class Rights:
    """Whether the actor follows a case, and whether it moderates it."""

    follows: bool
    moderates: bool


def rights_to(ctx: Ctx, incident: Incident) -> Rights:
    return Rights(allowed(ctx, P.INCIDENT_FOLLOW, incident), allowed(ctx, P.INCIDENT_TRIAGE, incident))
