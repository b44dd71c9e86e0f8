"""Feature: rules of streets."""

from __future__ import annotations

from registry.audit.undo import undoable
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.dated_settings import SETTINGS, single_number
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.kernel.units import MONTH, M
from registry.streetrules.list_view import RULES
from registry.streetrules.map import LAYER
from registry.streetrules.pages import bp
from registry.streetrules.panel import rules_panel
from registry.streetrules.service import UNDO
from registry.streetrules.workflow import RULE
from registry.streets.rule_queries import NOTICE_MONTHS, REACH
from registry.structures.map.layers import MAP_LAYERS
from registry.structures.pages.panels import PANELS
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases

_SUBJECT = _l("Quy định của tuyến phố")

FEATURE = Feature(
    name="streetrules",
    blueprints=(bp,),
    provides=(
        SETTINGS.of(
            single_number(
                NOTICE_MONTHS, _l("Công bố “Hạn chế đào” trước ngày hiệu lực ít nhất"), _SUBJECT, MONTH, "0", "36"
            ),
            single_number(REACH, _l("Thuộc tuyến phố khi cách tim đường không quá"), _SUBJECT, M, "1", "100"),
        ),
        *workflow_contributions(RULE),
        *undoable(UNDO, "edit"),
        *lists(RULES, order=105),
        MAP_LAYERS.of(LAYER, order=20),
        PANELS.of(rules_panel, order=75),
        SEARCH_SOURCES.named({"street_rules": search_cases(RULE)}, order=95),
        NAVIGATION.of(
            NavItem(_l("Quy định tuyến phố"), "street_rules.index", P.STREET_RULE_READ, NavGroup.CASES), order=85
        ),
    ),
)
