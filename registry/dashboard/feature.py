"""The start page, the figures of the province, the switch of language."""

from __future__ import annotations

from registry.authz.navigation import NAVIGATION, NavItem
from registry.authz.permissions import P
from registry.dashboard.indicators import INDICATORS
from registry.dashboard.list_view import TOWERS
from registry.dashboard.lookup import bp as lookup_bp
from registry.dashboard.pages import bp, preferences_bp
from registry.indicators.computations import COMPUTATIONS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists

FEATURE = Feature(
    name="dashboard",
    blueprints=(bp, lookup_bp, preferences_bp),
    provides=(
        COMPUTATIONS.of(*INDICATORS),
        *lists(TOWERS, order=140),
        NAVIGATION.of(NavItem(_l("Việc của tôi"), "home.index", P.ACCOUNT_SELF), order=10),
        NAVIGATION.of(NavItem(_l("Tổng quan"), "home.dashboard", P.DASHBOARD_READ), order=50),
    ),
)
