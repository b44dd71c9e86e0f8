"""Administrative units: pages, search, commands."""

from __future__ import annotations

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.authz.navigation import NAVIGATION, NavItem
from registry.authz.permissions import P
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.search import SEARCH_SOURCES
from registry.territory.jobs import group
from registry.territory.pages import bp
from registry.territory.search import units

FEATURE = Feature(
    name="territory",
    blueprints=(bp,),
    commands=(group,),
    provides=(
        SEARCH_SOURCES.named({"units": units}, order=50),
        OBJECT_LABELS.named(
            {
                "admin_unit": _l("Đơn vị hành chính"),
            }
        ),
        ACTION_LABELS.named(
            {
                "territory.seed": _l("Nạp danh mục đơn vị hành chính"),
                "territory.import": _l("Nhập ranh giới hành chính"),
            }
        ),
        NAVIGATION.of(NavItem(_l("Địa bàn"), "territory.index", P.PUBLIC), order=140),
    ),
)
