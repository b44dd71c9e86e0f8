"""Feature: confirmation rounds, freshness of records, data checks."""

from __future__ import annotations

from registry.accounts.user_jobs import USER_JOBS
from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.notices.texts import notices
from registry.structures.filtering.checks import CHECKS
from registry.structures.filtering.extra import EXTRA_FILTERS
from registry.upkeep.api import bp as api_bp
from registry.upkeep.audit_subjects import subjects_of_rounds
from registry.upkeep.finding_list import FINDINGS, WITH_FINDINGS
from registry.upkeep.jobs import CONFIRM
from registry.upkeep.pages import CONSTRAINT_SENTENCES, bp
from registry.upkeep.queries import NO_CAPACITY
from registry.upkeep.service import EVENTS, KIND, read_notice
from registry.upkeep.settings import DECLARATIONS

FEATURE = Feature(
    name="upkeep",
    blueprints=(bp, api_bp),
    provides=(
        USER_JOBS.of(CONFIRM),
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        SETTINGS.of(*DECLARATIONS),
        CHECKS.of(NO_CAPACITY, order=10),
        EXTRA_FILTERS.of(WITH_FINDINGS),
        *lists(FINDINGS),
        *notices(EVENTS, read_notice),
        *subjects_of_rounds(KIND),
        OBJECT_LABELS.named({KIND: _l("Đợt xác nhận số liệu")}),
        ACTION_LABELS.named(
            {
                "upkeep.open": _l("Mở đợt xác nhận số liệu"),
                "upkeep.confirm": _l("Xác nhận số liệu còn đúng"),
                "upkeep.request": _l("Yêu cầu xác nhận nhiều công trình"),
                "upkeep.close": _l("Kết thúc đợt xác nhận số liệu"),
                "upkeep.remind": _l("Nhắc hạn xác nhận số liệu"),
                "upkeep.overdue": _l("Báo đợt xác nhận số liệu quá hạn"),
                "upkeep.refuse": _l("Xác nhận nhiều công trình không thành"),
            }
        ),
        NAVIGATION.of(NavItem(_l("Dữ liệu"), "upkeep.index", P.UPKEEP_READ, NavGroup.STRUCTURES), order=120),
    ),
)
