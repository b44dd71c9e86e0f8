"""Feature: sites that offices offer, and requests for them."""

from __future__ import annotations

from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.offered_sites.forms import CONSTRAINT_SENTENCES
from registry.offered_sites.list_view import REQUESTS, SITES
from registry.offered_sites.map import LAYER
from registry.offered_sites.pages import bp, requests_bp
from registry.offered_sites.workflow import REQUEST, SITE
from registry.structures.map.layers import MAP_LAYERS
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases

FEATURE = Feature(
    name="offered_sites",
    blueprints=(bp, requests_bp),
    provides=(
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        *workflow_contributions(SITE),
        *workflow_contributions(REQUEST),
        MAP_LAYERS.of(LAYER, order=40),
        *lists(SITES, order=108),
        *lists(REQUESTS, order=109),
        SEARCH_SOURCES.named({"offered_sites": search_cases(SITE)}, order=128),
        NAVIGATION.of(
            NavItem(_l("Địa điểm cung cấp"), "offered_sites.index", P.OFFERED_SITE_READ, NavGroup.CASES), order=98
        ),
    ),
)
