"""The start page, the figures of the province, the switch of language."""

from __future__ import annotations

from registry.authz.navigation import NAVIGATION, NavItem
from registry.authz.permissions import P
from registry.dashboard.list_view import TOWERS
from registry.dashboard.lookup import bp as lookup_bp
from registry.dashboard.pages import bp, preferences_bp
from registry.dashboard.sharing import TARGET
from registry.kernel.dated_settings import SETTINGS, single_number
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.units import PERCENT

_SETTINGS = (
    single_number(TARGET, _l("Trạm BTS dùng chung vị trí"), _l("Chỉ tiêu của tỉnh"), PERCENT, "0", "100", decimals=2),
)


FEATURE = Feature(
    name="dashboard",
    blueprints=(bp, lookup_bp, preferences_bp),
    provides=(
        SETTINGS.of(*_SETTINGS),
        *lists(TOWERS, order=140),
        NAVIGATION.of(NavItem(_l("Việc của tôi"), "home.index", P.ACCOUNT_SELF), order=10),
        NAVIGATION.of(NavItem(_l("Tổng quan"), "home.dashboard", P.DASHBOARD_READ), order=50),
    ),
)
