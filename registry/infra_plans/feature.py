"""Feature: plans of passive infrastructure, and whether structures are in them."""

from __future__ import annotations

from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.infra_plans.checks import NOT_IN_PLAN, changed_by_plans
from registry.infra_plans.conclusion_pages import bp as conclusions_bp
from registry.infra_plans.conclusion_pages import conformity_panel
from registry.infra_plans.forms import CONSTRAINT_SENTENCES
from registry.infra_plans.list_view import CONCLUSIONS, PLANS
from registry.infra_plans.map import LAYER
from registry.infra_plans.pages import bp
from registry.infra_plans.settings import DECLARATIONS
from registry.infra_plans.workflow import CONCLUSION, PLAN
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
    name="infra_plans",
    blueprints=(bp, conclusions_bp),
    provides=(
        SETTINGS.of(*DECLARATIONS),
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        *workflow_contributions(PLAN),
        *workflow_contributions(CONCLUSION),
        CHECKS.of(NOT_IN_PLAN, order=45),
        CHANGED_SINCE.of(changed_by_plans),
        MAP_LAYERS.of(LAYER, order=30),
        PANELS.of(conformity_panel, order=71),
        *lists(PLANS, order=106),
        *lists(CONCLUSIONS, order=107),
        SEARCH_SOURCES.named({"infra_plans": search_cases(PLAN)}, order=126),
        SEARCH_SOURCES.named({"plan_conclusions": search_cases(CONCLUSION)}, order=127),
        NAVIGATION.of(
            NavItem(_l("Quy hoạch hạ tầng"), "infra_plans.index", P.INFRA_PLAN_READ, NavGroup.CASES), order=96
        ),
        NAVIGATION.of(
            NavItem(_l("Kết luận quy hoạch"), "plan_conclusions.index", P.PLAN_CONCLUSION_READ, NavGroup.CASES),
            order=97,
        ),
    ),
)
