"""Feature: violations as cases, map layer and export; they also take the referrals of other cases."""

from __future__ import annotations

from registry.audit.labels import ACCESS_LABELS
from registry.authz.navigation import NAVIGATION, NavItem
from registry.authz.permissions import P
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.structures.map.layers import MAP_LAYERS
from registry.structures.pages.panels import PANELS
from registry.violations.list_view import VIOLATIONS as EXPORT
from registry.violations.map import VIOLATIONS as LAYER
from registry.violations.pages import bp, violations_panel
from registry.violations.service import open_from_referral
from registry.violations.workflow import VIOLATION
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases
from registry.workflow.referrals import REFERRAL_HANDLERS

FEATURE = Feature(
    name="violations",
    blueprints=(bp,),
    provides=(
        *workflow_contributions(VIOLATION),
        REFERRAL_HANDLERS.of(open_from_referral),
        PANELS.of(violations_panel, order=60),
        MAP_LAYERS.of(LAYER, order=20),
        *lists(EXPORT, order=80),
        SEARCH_SOURCES.named({"violations": search_cases(VIOLATION)}, order=110),
        ACCESS_LABELS.named({"violation": _l("Vi phạm")}),
        NAVIGATION.of(NavItem(_l("Vi phạm"), "violations.index", P.VIOLATION_READ), order=100),
    ),
)
