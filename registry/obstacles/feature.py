"""Feature: obstacles of operators and units."""

from __future__ import annotations

from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.obstacles.list_view import OBSTACLES
from registry.obstacles.pages import bp
from registry.obstacles.workflow import OBSTACLE
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases

FEATURE = Feature(
    name="obstacles",
    blueprints=(bp,),
    provides=(
        *workflow_contributions(OBSTACLE),
        *lists(OBSTACLES, order=92),
        SEARCH_SOURCES.named({"obstacles": search_cases(OBSTACLE)}, order=122),
        NAVIGATION.of(NavItem(_l("Vướng mắc"), "obstacles.index", P.OBSTACLE_READ, NavGroup.CASES), order=92),
    ),
)
