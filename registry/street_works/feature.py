"""Feature: works in streets that their owners announce."""

from __future__ import annotations

from registry.authz.actors import Role
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.start_page import START_ACTS, StartAct
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.street_works.forms import CONSTRAINT_SENTENCES
from registry.street_works.list_view import WORKS
from registry.street_works.map import LAYER
from registry.street_works.pages import bp
from registry.street_works.panel import works_panel
from registry.street_works.queries import count_on_street
from registry.street_works.settings import DECLARATION
from registry.street_works.workflow import STREET_WORK
from registry.structures.map.layers import MAP_LAYERS
from registry.structures.nearby.corridor import STREET_CASES, StreetCases
from registry.structures.pages.panels import PANELS
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases

FEATURE = Feature(
    name="street_works",
    blueprints=(bp,),
    provides=(
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        SETTINGS.of(DECLARATION),
        *workflow_contributions(STREET_WORK),
        *lists(WORKS, order=106),
        MAP_LAYERS.of(LAYER, order=25),
        PANELS.of(works_panel, order=76),
        STREET_CASES.of(
            StreetCases(_l("Thi công đã thông báo"), P.STREET_WORK_READ, count_on_street, STREET_WORK.index), order=35
        ),
        SEARCH_SOURCES.named({"street_works": search_cases(STREET_WORK)}, order=96),
        START_ACTS.of(
            StartAct(
                _l("Thông báo thi công"),
                "street_works.new",
                P.STREET_WORK_ANNOUNCE,
                "plus",
                roles=frozenset({Role.INDUSTRY_TRADE_DEPARTMENT, Role.INFRA_OWNER}),
            ),
            order=60,
        ),
        NAVIGATION.of(
            NavItem(_l("Thi công trên tuyến phố"), "street_works.index", P.STREET_WORK_READ, NavGroup.CASES), order=86
        ),
    ),
)
