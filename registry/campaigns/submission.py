"""The figures of a report: what is typed, what the register gives, what was sent before; frozen when it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from psycopg.errors import LockNotAvailable
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from registry.authz.actors import Ctx
from registry.campaigns.codes import Closed, ReportState
from registry.campaigns.exceptions import last_day_of_entry
from registry.campaigns.measures import COUNTED_STATUSES, read_measures, statuses_of
from registry.campaigns.models import OperatorReport, ReportCampaign, ReportEntry, ReportSubmission
from registry.campaigns.rules import Item, ItemFigures, as_text, submission_digest
from registry.kernel.errors import Conflict
from registry.kernel.i18n import _, format_date, format_datetime
from registry.structures.positions.moment import When

_FREEZE: Final = text("SELECT freeze_history(:moment)")


@dataclass(frozen=True)
class Recomputed:
    """A figure of a submission that the register gave, computed again for the same two times."""

    code: str
    label: str
    frozen: str
    again: str | None

    @property
    def is_equal(self) -> bool:
        return self.frozen == self.again


def items_of(campaign: ReportCampaign) -> list[Item]:
    """The items of a campaign's form."""
    return [Item.of(row) for row in campaign.form]


def figures_of(ctx: Ctx, campaign: ReportCampaign, report: OperatorReport) -> dict[str, ItemFigures]:
    """The figures of a report that is being filled in, by code of the item.

    A figure of the register that was not typed over is its value.
    """
    register = read_measures(ctx, report.organisation_id, When(campaign.cutoff_on, ctx.now))
    typed = {
        entry.item: entry
        for entry in ctx.session.scalars(select(ReportEntry).where(ReportEntry.report_id == report.id))
    }
    former = former_figures(ctx, campaign, report)
    figures = {}
    for item in items_of(campaign):
        entry = typed.get(item.code)
        register_value = register.get(item.measure) if item.measure else None
        value = entry.value if entry is not None and entry.value is not None else register_value
        reason, content = (entry.reason, entry.content) if entry else (None, None)
        figures[item.code] = ItemFigures(value, register_value, former.get(item.code), reason, content)
    return figures


def former_figures(ctx: Ctx, campaign: ReportCampaign, report: OperatorReport) -> dict[str, Decimal]:
    """What the organisation's last report of the same kind for an earlier period said, by code of the item."""
    query = (
        select(ReportSubmission.figures)
        .join(OperatorReport, OperatorReport.id == ReportSubmission.report_id)
        .join(ReportCampaign, ReportCampaign.id == OperatorReport.campaign_id)
        .where(
            OperatorReport.organisation_id == report.organisation_id,
            ReportCampaign.kind == campaign.kind,
            ReportCampaign.period_to < campaign.period_to,
            OperatorReport.state == ReportState.ACCEPTED,
        )
        .order_by(ReportCampaign.period_to.desc(), ReportSubmission.place.desc())
        .limit(1)
    )
    rows: Sequence[Mapping[str, Any]] = ctx.session.scalar(query) or ()
    return {row["code"]: Decimal(row["value"]) for row in rows if row["value"] is not None}


def list_submissions(ctx: Ctx, report_id: int) -> Sequence[ReportSubmission]:
    """The submissions of a report, the last first."""
    query = select(ReportSubmission).where(ReportSubmission.report_id == report_id)
    return ctx.session.scalars(query.order_by(ReportSubmission.place.desc())).all()


def former_submission(ctx: Ctx, report_id: int) -> ReportSubmission | None:
    """The last submission of a report."""
    query = select(ReportSubmission).where(ReportSubmission.report_id == report_id)
    return ctx.session.scalars(query.order_by(ReportSubmission.place.desc()).limit(1)).one_or_none()


def freeze_moment(ctx: Ctx) -> None:
    """Nothing more becomes known as of this moment: changes that are being written are awaited, later ones come after.

    Conflict where one takes longer than a person waits.
    """
    try:
        ctx.session.execute(_FREEZE, {"moment": ctx.now})
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        sentence = _(
            "Chưa chốt được số liệu: một thay đổi lớn của cơ sở dữ liệu (nhập tệp, sửa hàng loạt) đang được "
            "ghi; chưa có gì được lưu, hãy thử lại sau ít phút."
        )
        raise Conflict(sentence) from error


def freeze(
    ctx: Ctx, campaign: ReportCampaign, report: OperatorReport, reason: str | None, signed_by: str | None
) -> ReportSubmission:
    """Store the figures of a report as they are now, with the moment of the register and their digest."""
    freeze_moment(ctx)
    former = former_submission(ctx, report.id)
    figures = figures_of(ctx, campaign, report)
    rows = [_frozen(item, figures[item.code]) for item in items_of(campaign)]
    submission = ReportSubmission(
        report_id=report.id,
        place=1 if former is None else former.place + 1,
        reason=None if former is None else reason,
        valid_on=campaign.cutoff_on,
        known_at=ctx.now,
        organisation_id=report.organisation_id,
        figures=rows,
        digest=submission_digest(report.organisation_id, campaign.cutoff_on, utc_text(ctx.now), rows),
        signed_by=signed_by,
        sent_at=ctx.now,
        sent_by_id=ctx.actor.id,
    )
    ctx.session.add(submission)
    ctx.session.flush()
    return submission


def _frozen(item: Item, figures: ItemFigures) -> dict[str, Any]:
    frozen = {
        "code": item.code,
        "label": item.label,
        "unit": item.unit,
        "measure": item.measure,
        "indicator": item.indicator,
        "value": as_text(figures.value),
        "register": as_text(figures.register),
        "statuses": list(COUNTED_STATUSES) if item.measure else None,
        "former": as_text(figures.former),
        "reason": figures.reason,
    }
    return frozen if item.is_number else {**frozen, "kind": item.kind.value, "content": figures.content}


def is_untouched(submission: ReportSubmission) -> bool:
    """Whether a submission still has the digest that it was stored with."""
    return submission.digest == submission_digest(
        submission.organisation_id, submission.valid_on, utc_text(submission.known_at), submission.figures
    )


def recompute(ctx: Ctx, submission: ReportSubmission) -> list[Recomputed]:
    """The register's figures of a submission once more, for the day and the moment that it states."""
    measured = next((row for row in submission.figures if row["measure"]), {})
    when = When(submission.valid_on, submission.known_at)
    again = read_measures(ctx, submission.organisation_id, when, statuses_of(measured))
    return [
        Recomputed(row["code"], row["label"], row["register"], as_text(again.get(row["measure"])))
        for row in submission.figures
        if row["measure"]
    ]


def utc_text(moment: datetime) -> str:
    """A moment in ISO form in UTC, as digests read it."""
    return moment.astimezone(UTC).isoformat()


def closed_sentence(ctx: Ctx, report: OperatorReport, reason: Closed) -> str:
    """Why nothing can be entered, and what is to be done: one sentence for each reason."""
    campaign = ctx.session.get_one(ReportCampaign, report.campaign_id)
    if reason is Closed.NOT_BEGUN:
        return _(
            "Chưa nhập được: đợt báo cáo %(number)s nhận số liệu từ ngày %(day)s.",
            number=campaign.number,
            day=format_date(campaign.opens_on),
        )
    if reason is Closed.ENDED:
        until = last_day_of_entry(ctx, report.id)
        return _(
            "Không nhập được nữa: ngày cuối được nhập là %(day)s; hãy đề nghị Sở cho phép nhập muộn.",
            day=format_date(max(campaign.closes_on, until or campaign.closes_on)),
        )
    if reason is Closed.SENT:
        return _(
            "Không sửa được: báo cáo đang ở trạng thái “%(state)s” từ %(moment)s; chỉ sửa được sau khi rút"
            " lại hoặc được trả lại.",
            state=report.state.label,
            moment=format_datetime(report.state_since),
        )
    return _(
        "Không sửa được: đợt báo cáo %(number)s đang ở trạng thái “%(state)s” từ %(moment)s.",
        number=campaign.number,
        state=campaign.state.label,
        moment=format_datetime(campaign.state_since),
    )
