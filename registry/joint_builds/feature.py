"""Feature: announcements of joint building, and what others register in them."""

from __future__ import annotations

from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.joint_builds.checks import WITHOUT_ANNOUNCEMENT, changed_by_announcements
from registry.joint_builds.forms import CONSTRAINT_SENTENCES
from registry.joint_builds.interest_workflow import INTEREST
from registry.joint_builds.list_view import BUILDS, INTERESTS
from registry.joint_builds.map import LAYER
from registry.joint_builds.pages import bp, builds_panel, interests_bp
from registry.joint_builds.settings import DECLARATIONS
from registry.joint_builds.workflow import BUILD
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.structures.filtering.checks import CHANGED_SINCE, CHECKS
from registry.structures.map.layers import MAP_LAYERS
from registry.structures.pages.panels import PANELS
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases

FEATURE = Feature(
    name="joint_builds",
    blueprints=(bp, interests_bp),
    provides=(
        SETTINGS.of(*DECLARATIONS),
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        *workflow_contributions(BUILD),
        *workflow_contributions(INTEREST),
        CHECKS.of(WITHOUT_ANNOUNCEMENT, order=41),
        CHANGED_SINCE.of(changed_by_announcements),
        PANELS.of(builds_panel, order=71),
        MAP_LAYERS.of(LAYER, order=41),
        *lists(BUILDS, order=110),
        *lists(INTERESTS, order=111),
        SEARCH_SOURCES.named({"joint_builds": search_cases(BUILD)}, order=129),
        NAVIGATION.of(
            NavItem(_l("Phương án xây dựng dùng chung"), "joint_builds.index", P.JOINT_BUILD_READ, NavGroup.CASES),
            order=95,
        ),
    ),
)
