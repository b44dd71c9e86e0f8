"""Occupation without a contract."""

from __future__ import annotations

from registry.audit.undo import undoable
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.dated_settings import SETTINGS, single_number
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.kernel.units import DAY
from registry.occupations.list_view import OCCUPATIONS
from registry.occupations.pages import bp
from registry.occupations.panel import occupations_panel, unclaimed_desk_lines
from registry.occupations.service import UNDO
from registry.occupations.workflow import OCCUPATION
from registry.structures.pages.panels import PANELS
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases
from registry.workflow.worklist import WORKLIST_TASKS

_SETTINGS = (
    single_number(
        "occupations.removal_days", _l("Thời hạn tháo dỡ tối đa"), _l("Chiếm dụng không hợp đồng"), DAY, "1", "3650"
    ),
)

FEATURE = Feature(
    name="occupations",
    blueprints=(bp,),
    provides=(
        SETTINGS.of(*_SETTINGS),
        *workflow_contributions(OCCUPATION),
        *undoable(UNDO, "edit"),
        PANELS.of(occupations_panel, order=70),
        WORKLIST_TASKS.of(unclaimed_desk_lines, order=20),
        *lists(OCCUPATIONS, order=90),
        SEARCH_SOURCES.named({"occupations": search_cases(OCCUPATION)}, order=120),
        NAVIGATION.of(NavItem(_l("Chiếm dụng"), "occupations.index", P.OCCUPATION_READ, NavGroup.CASES), order=90),
    ),
)
