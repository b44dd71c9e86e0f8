"""The consolidated report of a campaign: what its papers show, frozen with the two times of the register."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Text, func, literal, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.campaigns.codes import CAMPAIGN, ReportState
from registry.campaigns.measures import (
    COUNTED_STATUSES,
    FORMER_STATUSES,
    allow_whole_histories,
    count_in_service,
    stations_by_technology,
    statuses_of,
)
from registry.campaigns.models import (
    Consolidation,
    OperatorReport,
    ReportCampaign,
    ReportRemark,
    ReportSubmission,
)
from registry.campaigns.reported import take_reported
from registry.campaigns.rules import as_text, digest_of
from registry.campaigns.submission import freeze_moment, utc_text
from registry.indicators.declared import FigureQuery, Parts, percent_of, read_figure
from registry.indicators.plan_tasks import list_tasks
from registry.indicators.queries import list_figures
from registry.kernel.clock import local_date
from registry.structures.fastpath import past_counts
from registry.structures.positions.moment import When
from registry.structures.positions.versions import units_at
from registry.territory.models import AdminUnit, UnitLevel
from registry.workflow.models import CaseEvent

#: The last day of districts (NQ 1686/NQ-UBTVQH15): the communes of later days are grouped by those of this day.
LAST_DISTRICTS: Final = date(2025, 6, 30)


def consolidate(ctx: Ctx, campaign: ReportCampaign) -> Consolidation:
    """A new version of the consolidated report of a campaign whose reports are all finished."""
    freeze_moment(ctx)
    former = last_consolidation(ctx, campaign.id)
    when = When(campaign.cutoff_on, ctx.now)
    register = register_figures(ctx, when)
    items = _items(ctx, campaign)
    missing = take_reported(ctx, campaign, items, 1 if former is None else former.place + 1)
    content = {
        "reports": _reports(ctx, campaign),
        "items": items,
        # Why what was reported gave no value of an indicator.
        "no_values": missing,
        "rates": rates_of(ctx, campaign),
        "indicators": indicators_at(ctx, campaign.cutoff_on, register["sharing"]),
        "tasks": _tasks(ctx),
        "remarks": _remarks(ctx, campaign),
        "register": register,
    }
    consolidation = Consolidation(
        campaign_id=campaign.id,
        place=1 if former is None else former.place + 1,
        reason=None if former is None else _reason_of_reopening(ctx, campaign),
        valid_on=campaign.cutoff_on,
        known_at=ctx.now,
        content=content,
        digest=consolidation_digest(campaign.id, campaign.cutoff_on, utc_text(ctx.now), content),
        locked_by_id=ctx.actor.id,
    )
    ctx.session.add(consolidation)
    ctx.session.flush()
    return consolidation


def consolidation_digest(campaign_id: int, valid_on: date, known_at: str, content: Mapping[str, Any]) -> str:
    """The digest of a consolidated report; `known_at` in ISO form in UTC."""
    return digest_of([campaign_id, valid_on.isoformat(), known_at, content])


def last_consolidation(ctx: Ctx, campaign_id: int) -> Consolidation | None:
    """The last version of a campaign's consolidated report."""
    query = select(Consolidation).where(Consolidation.campaign_id == campaign_id)
    return ctx.session.scalars(query.order_by(Consolidation.place.desc()).limit(1)).one_or_none()


def list_consolidations(ctx: Ctx, campaign_id: int) -> Sequence[Consolidation]:
    """All versions of a campaign's consolidated report, the last first."""
    query = select(Consolidation).where(Consolidation.campaign_id == campaign_id)
    return ctx.session.scalars(query.order_by(Consolidation.place.desc())).all()


def is_untouched(consolidation: Consolidation) -> bool:
    """Whether a consolidated report still has the digest that it was stored with."""
    return consolidation.digest == consolidation_digest(
        consolidation.campaign_id, consolidation.valid_on, utc_text(consolidation.known_at), consolidation.content
    )


def is_recomputed(ctx: Ctx, consolidation: Consolidation) -> bool:
    """Whether the register gives the same figures again for the day and the moment of a consolidated report."""
    frozen = consolidation.content["register"]
    when = When(consolidation.valid_on, consolidation.known_at)
    return bool(register_figures(ctx, when, statuses_of(frozen)) == {"statuses": list(FORMER_STATUSES)} | frozen)


def register_figures(ctx: Ctx, when: When, statuses: Sequence[str] = COUNTED_STATUSES) -> dict[str, Any]:
    """Figures of the whole register: structures in service by commune and kind, ratios of sharing, stations by
    technology; restricted ones are in none of them.

    From the history alone (measures.py), so that they can be computed again. A commune of a later day than
    LAST_DISTRICTS belongs to the former district that contains its middle.
    """
    allow_whole_histories(ctx)
    counts: dict[int | None, dict[str, int]] = defaultdict(dict)
    for (commune, kind), number in count_in_service(
        ctx, when, past_counts.COMMUNE_THEN, "kind", statuses=statuses
    ).items():
        counts[commune][kind] = number
    names = _unit_names(ctx, when, [unit_id for unit_id in counts if unit_id is not None])
    units = [
        {"id": unit_id, "name": names[unit_id][0], "district": names[unit_id][1], "kinds": _in_order(kinds)}
        for unit_id, kinds in counts.items()
        if unit_id is not None
    ]
    point = when.at(ctx.now)
    positions, stations = (
        read_figure(ctx, code, FigureQuery(point.day, point.known_at)) or Parts(Decimal(0), Decimal(0))
        for code in ("shared_positions", "shared_stations")
    )
    return {
        "statuses": list(statuses),
        "units": sorted(units, key=lambda unit: (unit["name"], unit["id"])),
        "unplaced": _in_order(counts.get(None, {})),
        "sharing": {
            "positions": int(positions.denominator or 0),
            "shared_positions": int(positions.numerator),
            "position_pct": as_text(positions.value),
            "stations": int(stations.denominator or 0),
            "shared_stations": int(stations.numerator),
            "station_pct": as_text(stations.value),
        },
        "technologies": [
            {
                "user": station.user,
                "technology": station.technology.value,
                "in_use": station.in_use,
                "stopped_on": station.stopped_on.isoformat() if station.stopped_on else None,
            }
            for station in stations_by_technology(ctx, when, statuses)
        ],
    }


def _in_order(kinds: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(kinds.items()))


def _ratio(part: int, whole: int) -> str | None:
    return as_text(percent_of(part, whole))


def _unit_names(ctx: Ctx, when: When, unit_ids: Sequence[int]) -> dict[int, tuple[str, str | None]]:
    """Unit id -> its name at the time, and the former district that contains its middle."""
    point = when.at(ctx.now)
    units = units_at(point, "then")
    district = aliased(AdminUnit, name="district")
    inside = func.unit_known_at(
        func.ST_PointOnSurface(AdminUnit.geom), literal(UnitLevel.DISTRICT.value, Text), LAST_DISTRICTS, point.known_at
    )
    query = (
        select(units.c.id, units.c.name, district.name.label("district"))
        .join(AdminUnit, AdminUnit.id == units.c.id)
        .outerjoin(district, district.id == inside)
        .where(units.c.id.in_(unit_ids))
    )
    return {row.id: (row.name, row.district) for row in ctx.session.execute(query)}


def standing_submissions(ctx: Ctx, campaign_id: int) -> dict[int, ReportSubmission]:
    """Report id -> the submission that was accepted."""
    query = (
        select(ReportSubmission)
        .join(OperatorReport, OperatorReport.id == ReportSubmission.report_id)
        .where(OperatorReport.campaign_id == campaign_id, OperatorReport.state == ReportState.ACCEPTED)
        .order_by(ReportSubmission.place)
    )
    return {submission.report_id: submission for submission in ctx.session.scalars(query)}


def list_reports(ctx: Ctx, campaign_id: int) -> list[tuple[OperatorReport, str]]:
    """The reports of a campaign with the short names of their organisations, by name."""
    query = (
        select(OperatorReport, Organisation.short_name)
        .join(Organisation, Organisation.id == OperatorReport.organisation_id)
        .where(OperatorReport.campaign_id == campaign_id)
        .order_by(Organisation.short_name, OperatorReport.id)
    )
    return [(row.OperatorReport, row.short_name) for row in ctx.session.execute(query)]


def _first_sent(ctx: Ctx, campaign_id: int) -> dict[int, date]:
    """Report id -> the day of its first submission."""
    query = (
        select(ReportSubmission.report_id, ReportSubmission.sent_at)
        .join(OperatorReport, OperatorReport.id == ReportSubmission.report_id)
        .where(OperatorReport.campaign_id == campaign_id, ReportSubmission.place == 1)
    )
    return {row.report_id: local_date(row.sent_at) for row in ctx.session.execute(query)}


def _reports(ctx: Ctx, campaign: ReportCampaign) -> list[dict[str, Any]]:
    standing, sent = standing_submissions(ctx, campaign.id), _first_sent(ctx, campaign.id)
    reports = []
    for report, name in list_reports(ctx, campaign.id):
        submission = standing.get(report.id)
        first = sent.get(report.id)
        reports.append(
            {
                "number": report.number,
                "organisation_id": report.organisation_id,
                "organisation": name,
                "state": report.state.value,
                "sent_on": first.isoformat() if first and submission else None,
                "is_late": bool(submission and first and first > campaign.due_on),
                "missing_reason": report.missing_reason,
                "submission": submission.place if submission else None,
                "digest": submission.digest if submission else None,
                "figures": submission.figures if submission else [],
            }
        )
    return reports


def _items(ctx: Ctx, campaign: ReportCampaign) -> list[dict[str, Any]]:
    """Each item of the form with the sum of the accepted reports, and how many gave it."""
    standing = standing_submissions(ctx, campaign.id).values()
    items = []
    for row in campaign.form:
        answers = [figure for submission in standing for figure in submission.figures if figure["code"] == row["code"]]
        values = [Decimal(figure["value"]) for figure in answers if figure["value"] is not None]
        items.append(
            {
                "code": row["code"],
                "label": row["label"],
                "unit": row.get("unit") or "",
                "total": as_text(sum(values, Decimal(0))) if values else None,
                "reports": sum(1 for figure in answers if figure["value"] is not None or figure.get("content")),
            }
        )
    return items


def rates_of(ctx: Ctx, campaign: ReportCampaign) -> dict[str, Any]:
    """How many were expected to report, did, and did on time; the rates are percentages of the expected.

    On time is a first submission by the due date; an exception permits a late report, and does not make it one in time.
    """
    standing, sent = standing_submissions(ctx, campaign.id), _first_sent(ctx, campaign.id)
    expected = len(campaign.audience)
    on_time = sum(1 for report_id in standing if sent[report_id] <= campaign.due_on)
    return {
        "expected": expected,
        "received": len(standing),
        "on_time": on_time,
        "reporting_pct": _ratio(len(standing), expected),
        "on_time_pct": _ratio(on_time, expected),
    }


def indicators_at(ctx: Ctx, on: date, sharing: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The catalogue with the figures and targets of a day, and the figures of a year before; the ratios of sharing are
    those that can be recomputed.
    """
    former = {figure.indicator.id: figure.value for figure in list_figures(ctx, _year_before(on))}
    ratios = {"shared_positions": sharing["position_pct"], "shared_stations": sharing["station_pct"]}
    return [
        {
            "code": figure.indicator.code,
            "name": figure.indicator.name,
            "unit": str(figure.indicator.unit.value),
            "value": ratios.get(figure.indicator.computation or "", as_text(figure.value)),
            "on": figure.on.isoformat() if figure.on else None,
            "former": as_text(former[figure.indicator.id]),
            "reached": figure.is_reached,
            "target": as_text(figure.target.value) if figure.target else None,
            "year": figure.target.year if figure.target else None,
            "plan": figure.target.citation if figure.target else None,
        }
        for figure in list_figures(ctx, on)
    ]


def _tasks(ctx: Ctx) -> list[dict[str, Any]]:
    """The tasks of the plans with their results as they are known when the report is locked."""
    return [
        {
            "plan": task.plan,
            "item": task.item,
            "responsible": task.responsible,
            "duty": task.duty,
            "planned_on": task.planned_on.isoformat() if task.planned_on else None,
            "state": task.state.value,
            "is_late": task.is_late(ctx.today),
            "result": task.result,
            "result_on": task.result_on.isoformat() if task.result_on else None,
        }
        for task, _agency in list_tasks(ctx)
    ]


def _year_before(on: date) -> date:
    # 29 February has none.
    return on.replace(year=on.year - 1, day=min(on.day, monthrange(on.year - 1, on.month)[1]))


def _remarks(ctx: Ctx, campaign: ReportCampaign) -> list[dict[str, Any]]:
    agency = aliased(Organisation, name="agency")
    query = (
        select(ReportRemark, Organisation.short_name, agency.short_name.label("agency"))
        .join(OperatorReport, OperatorReport.id == ReportRemark.report_id)
        .join(Organisation, Organisation.id == OperatorReport.organisation_id)
        .outerjoin(agency, agency.id == ReportRemark.agency_id)
        .where(OperatorReport.campaign_id == campaign.id, ReportRemark.withdrawn_at.is_(None))
        .order_by(ReportRemark.kind, Organisation.short_name, ReportRemark.id)
    )
    return [
        {
            "kind": row.ReportRemark.kind.value,
            "organisation": row.short_name,
            "text": row.ReportRemark.text,
            "agency": row.agency,
            "due_on": row.ReportRemark.due_on.isoformat() if row.ReportRemark.due_on else None,
            "outcome": row.ReportRemark.outcome,
        }
        for row in ctx.session.execute(query)
    ]


def _reason_of_reopening(ctx: Ctx, campaign: ReportCampaign) -> str:
    """What was said when the campaign was opened again."""
    query = (
        select(CaseEvent.said)
        .where(CaseEvent.workflow == CAMPAIGN, CaseEvent.case_id == campaign.id, CaseEvent.move == "reopen")
        .order_by(CaseEvent.id.desc())
        .limit(1)
    )
    event_data: Mapping[str, str] = ctx.session.execute(query).scalar_one()
    return event_data["reason"]
