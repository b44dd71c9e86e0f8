"""Published prices."""

from __future__ import annotations

from registry.audit.labels import record_labels
from registry.authz.navigation import NAVIGATION, NavItem
from registry.authz.permissions import P
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.notices.texts import NOTICE_TEXTS
from registry.structures.nearby.nearest import COMPARISON_COLUMNS
from registry.structures.pages.panels import PANELS
from registry.tariffs.list_view import OWN_TARIFFS, TARIFFS
from registry.tariffs.notices import read_notice
from registry.tariffs.pages import bp
from registry.tariffs.panel import PRICE, tariffs_panel
from registry.tariffs.service import KIND

FEATURE = Feature(
    name="tariffs",
    blueprints=(bp,),
    provides=(
        PANELS.of(tariffs_panel, order=40),
        COMPARISON_COLUMNS.of(PRICE, order=10),
        *lists(TARIFFS, OWN_TARIFFS, order=120),
        NOTICE_TEXTS.named({KIND: read_notice}),
        *record_labels(
            KIND,
            _l("Giá thuê"),
            publish=_l("Công bố giá thuê"),
            replace=_l("Thay giá thuê"),
            end=_l("Kết thúc giá thuê"),
        ),
        NAVIGATION.of(NavItem(_l("Giá thuê"), "tariffs.index", P.TARIFF_READ), order=130),
    ),
)
