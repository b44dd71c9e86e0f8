"""Feature: the catalogue of indicators with targets and values."""

from __future__ import annotations

from registry.audit.labels import record_labels
from registry.audit.undo import undoable
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.dated_rows.pages import with_row_pages
from registry.dated_rows.tables import DATED_TABLES
from registry.files.subjects import FILE_SUBJECTS, FileSubject
from registry.indicators.audit_subjects import AUDIT_SUBJECTS
from registry.indicators.documents import figures_document
from registry.indicators.list_view import INDICATORS
from registry.indicators.pages import ROW_PAGES, bp
from registry.indicators.plan_task_pages import PLAN_TASKS
from registry.indicators.plan_task_pages import bp as plan_tasks_bp
from registry.indicators.plan_tasks import PLAN_TASK
from registry.indicators.plan_tasks import UNDO as UNDO_TASK
from registry.indicators.population import POPULATION
from registry.indicators.population_pages import POPULATION_LIST
from registry.indicators.population_pages import bp as population_bp
from registry.indicators.published import SERIES
from registry.indicators.published import bp as published_bp
from registry.indicators.queries import unconfirmed_targets
from registry.indicators.service import (
    INDICATOR,
    TARGET,
    TARGETS,
    UNDO_INDICATOR,
    UNDO_TARGET,
    UNDO_VALUE,
    VALUE,
    owner_of_evidence,
)
from registry.kernel.dated_rows import UNCONFIRMED, UnconfirmedSource
from registry.kernel.documents import DOCUMENTS
from registry.kernel.exports.lists import EXPORT_LISTS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists

FEATURE = Feature(
    name="indicators",
    blueprints=(with_row_pages(bp, ROW_PAGES), published_bp, population_bp, plan_tasks_bp),
    provides=(
        *lists(INDICATORS, order=150),
        *lists(POPULATION_LIST, order=152),
        *lists(PLAN_TASKS, order=153),
        DOCUMENTS.named({"docs/figures.md": figures_document}),
        EXPORT_LISTS.of(SERIES),
        DATED_TABLES.of(TARGETS),
        *AUDIT_SUBJECTS,
        *undoable(UNDO_INDICATOR, "edit"),
        *undoable(UNDO_TARGET, "add"),
        *undoable(UNDO_VALUE, "correct"),
        *undoable(UNDO_TASK, "edit", "result"),
        FILE_SUBJECTS.of(
            FileSubject(VALUE, owner_of_evidence, "indicators.value", "value_id", is_locked=lambda _ctx, _id: True)
        ),
        UNCONFIRMED.of(UnconfirmedSource(_l("Chỉ tiêu của các kế hoạch"), unconfirmed_targets), order=40),
        *record_labels(INDICATOR, _l("Chỉ tiêu"), edit=_l("Sửa định nghĩa chỉ tiêu")),
        *record_labels(TARGET, _l("Mục tiêu của chỉ tiêu"), add=_l("Thêm mục tiêu"), withdraw=_l("Rút mục tiêu")),
        *record_labels(VALUE, _l("Số liệu của chỉ tiêu"), enter=_l("Nhập số liệu"), correct=_l("Đính chính số liệu")),
        *record_labels(POPULATION, _l("Dân số, số hộ của xã, phường"), enter=_l("Nhập dân số, số hộ")),
        *record_labels(
            PLAN_TASK,
            _l("Nhiệm vụ của kế hoạch"),
            add=_l("Thêm nhiệm vụ"),
            edit=_l("Sửa nhiệm vụ"),
            result=_l("Ghi kết quả"),
        ),
        NAVIGATION.of(
            NavItem(_l("Nhiệm vụ của kế hoạch"), "plan_tasks.index", P.INDICATOR_READ, NavGroup.FIGURES), order=61
        ),
        NAVIGATION.of(NavItem(_l("Chỉ tiêu"), "indicators.index", P.INDICATOR_READ, NavGroup.FIGURES), order=60),
    ),
)
