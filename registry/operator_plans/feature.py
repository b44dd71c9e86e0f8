"""Feature: yearly building plans of operators."""

from __future__ import annotations

from registry.audit.labels import record_labels
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.operator_plans.list_view import FILINGS, PLANNED
from registry.operator_plans.map import LAYER
from registry.operator_plans.pages import bp
from registry.operator_plans.service import OPERATOR_PLAN
from registry.operator_plans.settings import DECLARATIONS
from registry.structures.map.layers import MAP_LAYERS

FEATURE = Feature(
    name="operator_plans",
    blueprints=(bp,),
    provides=(
        SETTINGS.of(*DECLARATIONS),
        *record_labels(OPERATOR_PLAN, _l("Kế hoạch xây dựng hằng năm"), file=_l("Nộp kế hoạch xây dựng hằng năm")),
        *lists(FILINGS, order=175),
        *lists(PLANNED, order=176),
        MAP_LAYERS.of(LAYER, order=40),
        NAVIGATION.of(
            NavItem(_l("Kế hoạch xây dựng hằng năm"), "operator_plans.index", P.OPERATOR_PLAN_READ, NavGroup.CASES),
            order=185,
        ),
    ),
)
