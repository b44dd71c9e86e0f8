"""Feature: inspection plans, suggestion by risk, results by structure; failures become violations or corrections."""

from __future__ import annotations

from registry.accounts.held_work import NO_WORK
from registry.audit.labels import ACCESS_LABELS, ACTION_LABELS, OBJECT_LABELS
from registry.audit.undo import undoable
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.files.subjects import FILE_SUBJECTS
from registry.inspections.audit_subjects import SUBJECTS_OF_CORRECTIONS, SUBJECTS_OF_FINDINGS
from registry.inspections.codes import CORRECTION, FINDING, ITEM
from registry.inspections.finding_pages import bp as findings_bp
from registry.inspections.findings import FINDING_EVENTS, read_finding_notice
from registry.inspections.item_list import ITEMS
from registry.inspections.list_view import PLANS
from registry.inspections.map import IN_PLAN
from registry.inspections.models import InspectionItem
from registry.inspections.pages import board_bp, bp, inspections_panel
from registry.inspections.paper_pages import bp as papers_bp
from registry.inspections.photos import ITEM_FILES
from registry.inspections.service import EVENTS, UNDO, read_notice
from registry.inspections.settings import DECLARATIONS
from registry.inspections.workflow import INSPECTION
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.notices.texts import notices
from registry.structures.filtering.extra import EXTRA_FILTERS
from registry.structures.pages.panels import PANELS
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases

FEATURE = Feature(
    name="inspections",
    blueprints=(bp, papers_bp, board_bp, findings_bp),
    provides=(
        SETTINGS.of(*DECLARATIONS),
        *workflow_contributions(INSPECTION),
        *undoable(UNDO, "edit"),
        *SUBJECTS_OF_CORRECTIONS,
        *SUBJECTS_OF_FINDINGS,
        OBJECT_LABELS.named(
            {
                CORRECTION: _l("Đề nghị sửa số liệu sau kiểm tra"),
                FINDING: _l("Phát hiện khi kiểm tra"),
                ITEM: _l("Công trình của kế hoạch kiểm tra"),
            }
        ),
        ACCESS_LABELS.named({"inspection": _l("Kế hoạch kiểm tra")}),
        FILE_SUBJECTS.of(ITEM_FILES),
        EXTRA_FILTERS.of(IN_PLAN, order=40),
        ACTION_LABELS.named(
            {
                f"{CORRECTION}.accepted": _l("Chủ sở hữu đồng ý sửa số liệu"),
                f"{CORRECTION}.declined": _l("Chủ sở hữu không đồng ý sửa số liệu"),
                f"{FINDING}.case": _l("Lập hồ sơ vi phạm từ phát hiện khi kiểm tra"),
                f"{FINDING}.dropped": _l("Không lập hồ sơ từ phát hiện khi kiểm tra"),
                f"{FINDING}.accepted": _l("Chủ sở hữu thừa nhận phát hiện"),
                f"{FINDING}.disputed": _l("Chủ sở hữu không đồng ý phát hiện"),
            }
        ),
        *notices(EVENTS, read_notice),
        *notices(FINDING_EVENTS, read_finding_notice),
        NO_WORK.of(InspectionItem.added_by_id),
        PANELS.of(inspections_panel, order=65),
        *lists(PLANS, ITEMS, order=85),
        SEARCH_SOURCES.named({"inspections": search_cases(INSPECTION)}, order=115),
        NAVIGATION.of(NavItem(_l("Kiểm tra"), "inspections.index", P.INSPECTION_READ, NavGroup.CASES), order=105),
    ),
)
