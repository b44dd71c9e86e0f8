"""The lists of campaigns and of reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.report_workflow import REPORTS
from registry.campaigns.workflow import CAMPAIGNS
from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column, On, declared_columns
from registry.kernel.lists.filters import Chosen
from registry.workflow.lists import case_list


def _with_organisation(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(Organisation.short_name.label("organisation"), ReportCampaign.number.label("campaign"))
        .join(Organisation, Organisation.id == OperatorReport.organisation_id)
        .join(ReportCampaign, ReportCampaign.id == OperatorReport.campaign_id)
    )


CAMPAIGN_LIST: Final = case_list(
    CAMPAIGNS,
    code="campaigns",
    stem="dot-bao-cao",
    columns=(
        *declared_columns(ReportCampaign, "kind", row="ReportCampaign"),
        *declared_columns(ReportCampaign, "period_from", row="ReportCampaign", on=On.FILES),
        *declared_columns(ReportCampaign, "period_to", "due_on", row="ReportCampaign"),
        *declared_columns(ReportCampaign, "closes_on", row="ReportCampaign", on=On.FILES),
    ),
)
REPORT_LIST: Final = case_list(
    REPORTS,
    code="operator_reports",
    stem="bao-cao-doanh-nghiep",
    joined=_with_organisation,
    columns=(
        # On the page the subject begins with it.
        Column("organisation", _l("Đơn vị"), sort="organisation", optional=True),
        Column("campaign", _l("Thuộc đợt báo cáo"), is_code=True),
        Column("submitted_at", _l("Gửi lúc"), "OperatorReport.submitted_at", datetime, on=On.FILES),
        Column("missing_reason", _l("Lý do không có báo cáo"), "OperatorReport.missing_reason", on=On.FILES),
    ),
)
