"""What operators report becomes values of the indicators when the consolidated report is locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.campaigns.models import ReportCampaign
from registry.indicators.commands import EnterValue
from registry.indicators.models import Indicator, IndicatorValue
from registry.indicators.population import province_total
from registry.indicators.queries import standing_value
from registry.indicators.rules import Typed
from registry.indicators.service import enter_value
from registry.kernel.errors import Invalid
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale, format_date

#: What a value is of an item that no operator reported, or of a commune without a denominator.
Missing = str


def take_reported(
    ctx: Ctx, campaign: ReportCampaign, items: Sequence[Mapping[str, Any]], edition: int
) -> dict[str, Missing]:
    """Enter the values of the day of the campaign's figures; returns why an indicator got none, by its code.

    `items`: the sums of the accepted reports (`total`, `reports`); `edition`: the version of the consolidated report. A
    value of the same day is corrected, one that an officer entered for a longer period stays.
    """
    sums = {item["code"]: item for item in items if item["total"] is not None}
    missing: dict[str, Missing] = {}
    query = select(Indicator).where(Indicator.numerator_item.in_([item["code"] for item in items]))
    # What is kept is in the language of the papers.
    with force_locale(DEFAULT_LANGUAGE):
        for indicator in ctx.session.scalars(query.order_by(Indicator.place)).all():
            reason = _take(ctx, campaign, indicator, sums, edition)
            if reason is not None:
                missing[indicator.code] = reason
    return missing


def _take(
    ctx: Ctx, campaign: ReportCampaign, indicator: Indicator, sums: Mapping[str, Mapping[str, Any]], edition: int
) -> Missing | None:
    on = campaign.cutoff_on
    numerator = sums.get(indicator.numerator_item or "")
    if numerator is None:
        return _("chưa doanh nghiệp nào báo cáo tử số")
    denominator, sources = _denominator(ctx, campaign, indicator, sums)
    if denominator is None:
        return sources
    source = _(
        "Báo cáo tổng hợp %(number)s, phiên bản %(version)d (%(reports)d báo cáo); mẫu số: %(sources)s",
        number=campaign.number,
        version=edition,
        reports=numerator["reports"],
        sources=sources,
    )
    former = _former(ctx, indicator, campaign)
    if former is not None and (former.period_from, former.period_to) != (on, on):
        return _("đã có số liệu do Sở nhập cho kỳ này")
    command = EnterValue(
        indicator.code,
        on,
        on,
        Typed(None, Decimal(numerator["total"]), denominator),
        source[:500],
        has_evidence=True,
        corrects_id=former.id if former is not None else None,
        reason=_("Khóa lại báo cáo tổng hợp, phiên bản %(version)d", version=edition) if former is not None else None,
    )
    try:
        enter_value(ctx, command)
    except Invalid as refused:
        return "; ".join(refused.sentences)
    return None


def _former(ctx: Ctx, indicator: Indicator, campaign: ReportCampaign) -> IndicatorValue | None:
    return standing_value(ctx, indicator.id, campaign.cutoff_on, campaign.cutoff_on)


def _denominator(
    ctx: Ctx, campaign: ReportCampaign, indicator: Indicator, sums: Mapping[str, Mapping[str, Any]]
) -> tuple[Decimal | None, str]:
    """The denominator with its source; None with the reason where there is none."""
    if indicator.denominator_item is not None:
        item = sums.get(indicator.denominator_item)
        if item is None or not Decimal(item["total"]):
            return None, _("chưa doanh nghiệp nào báo cáo mẫu số")
        return Decimal(item["total"]), _("cùng báo cáo")
    if indicator.denominator_basis is None:
        return None, _("chỉ tiêu chưa khai mẫu số")
    whole = province_total(ctx.session, indicator.denominator_basis, campaign.cutoff_on)
    if whole.missing or not whole.total:
        return None, _(
            "chưa có %(basis)s ngày %(day)s của %(count)d xã, phường",
            basis=indicator.denominator_basis.label,
            day=format_date(campaign.cutoff_on),
            count=whole.missing,
        )
    return whole.total, "; ".join(whole.sources)
