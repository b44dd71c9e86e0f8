"""Feature: the routes of all moves, the calendar and the legal terms, the document on workflows."""

from __future__ import annotations

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS, ORIGIN_LABELS
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.dated_rows.pages import with_row_pages
from registry.dated_rows.tables import DATED_TABLES
from registry.kernel.dated_rows import UNCONFIRMED, UnconfirmedSource
from registry.kernel.documents import DOCUMENTS
from registry.kernel.exports.lists import EXPORT_LISTS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.notices.texts import notices
from registry.workflow.audit_subjects import SUBJECTS_OF_TERMS
from registry.workflow.calendar_pages import ROW_PAGES
from registry.workflow.calendar_pages import bp as calendar_bp
from registry.workflow.calendar_service import TERMS, unconfirmed_days, unconfirmed_terms
from registry.workflow.documents import workflows_document
from registry.workflow.jobs import group
from registry.workflow.pages import bp
from registry.workflow.procedure_pages import PROCEDURES
from registry.workflow.procedure_pages import bp as procedures_bp
from registry.workflow.term_proposals import EVENTS, KIND, read_notice

FEATURE = Feature(
    name="workflow",
    blueprints=(bp, with_row_pages(calendar_bp, ROW_PAGES), procedures_bp),
    commands=(group,),
    provides=(
        DOCUMENTS.named({"docs/workflows.md": workflows_document}),
        DATED_TABLES.of(TERMS),
        *SUBJECTS_OF_TERMS,
        OBJECT_LABELS.named(
            {
                "calendar_day": _l("Ngày trong lịch làm việc"),
                "legal_term": _l("Thời hạn theo luật"),
                KIND: _l("Đề xuất thay đổi thời hạn"),
            }
        ),
        ACTION_LABELS.named(
            {
                "calendar.seed": _l("Nạp lịch nghỉ lễ, Tết"),
                "calendar.add": _l("Thêm ngày vào lịch làm việc"),
                "calendar.change": _l("Sửa ngày trong lịch làm việc"),
                "calendar.withdraw": _l("Bỏ ngày khỏi lịch làm việc"),
                "term.add": _l("Thêm thời hạn theo luật"),
                "term.confirm": _l("Xác nhận căn cứ của thời hạn"),
                "term.withdraw": _l("Rút dòng thời hạn"),
                "term.propose": _l("Đề xuất thay đổi thời hạn"),
                "term.propose.confirm": _l("Xác nhận thay đổi thời hạn"),
                "term.propose.refuse": _l("Không xác nhận thay đổi thời hạn"),
                "term.propose.cancel": _l("Rút đề xuất thay đổi thời hạn"),
            }
        ),
        *notices(EVENTS, read_notice),
        UNCONFIRMED.of(
            UnconfirmedSource(_l("Thời hạn theo luật"), unconfirmed_terms),
            UnconfirmedSource(_l("Ngày trong lịch làm việc"), unconfirmed_days),
            order=10,
        ),
        EXPORT_LISTS.of(PROCEDURES),
        ORIGIN_LABELS.named({"clock": _l("Đồng hồ thời hạn")}),
        NAVIGATION.of(
            NavItem(_l("Thời gian thủ tục"), "procedures.index", P.DASHBOARD_READ, NavGroup.FIGURES), order=65
        ),
        NAVIGATION.of(
            NavItem(_l("Lịch và thời hạn"), "calendar.index", P.CASE_ACT, NavGroup.ADMINISTRATION), order=150
        ),
    ),
)
