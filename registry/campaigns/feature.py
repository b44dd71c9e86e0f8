"""Feature: campaigns of reports, the reports of operators, the consolidated report."""

from __future__ import annotations

import registry.campaigns.jobs
from registry.audit.undo import undoable
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.campaigns.list_view import CAMPAIGN_LIST, REPORT_LIST
from registry.campaigns.measures import MEASURE_FIGURES
from registry.campaigns.pages import bp
from registry.campaigns.report_pages import assigned_desk_lines
from registry.campaigns.report_pages import bp as report_bp
from registry.campaigns.report_workflow import REPORTS
from registry.campaigns.service import REMARK_EVENTS, UNDO_CAMPAIGN, UNDO_REPORT, read_remark_notice
from registry.campaigns.settings import DECLARATIONS
from registry.campaigns.workflow import CAMPAIGNS
from registry.indicators.declared import FIGURES
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.notices.texts import notices
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases
from registry.workflow.worklist import WORKLIST_TASKS

FEATURE = Feature(
    name="campaigns",
    blueprints=(bp, report_bp),
    modules=(registry.campaigns.jobs,),
    provides=(
        SETTINGS.of(*DECLARATIONS),
        FIGURES.of(*MEASURE_FIGURES),
        *workflow_contributions(CAMPAIGNS),
        *workflow_contributions(REPORTS),
        *undoable(UNDO_CAMPAIGN, "edit", "questions"),
        *undoable(UNDO_REPORT, "edit"),
        WORKLIST_TASKS.of(assigned_desk_lines, order=30),
        *notices(REMARK_EVENTS, read_remark_notice),
        *lists(CAMPAIGN_LIST, REPORT_LIST, order=145),
        SEARCH_SOURCES.named(
            {"campaigns": search_cases(CAMPAIGNS), "operator_reports": search_cases(REPORTS)}, order=120
        ),
        NAVIGATION.of(NavItem(_l("Đợt báo cáo"), "campaigns.index", P.CAMPAIGN_READ, NavGroup.FIGURES), order=55),
        NAVIGATION.of(NavItem(_l("Báo cáo"), "operator_reports.index", P.REPORT_READ, NavGroup.FIGURES), order=56),
    ),
)
