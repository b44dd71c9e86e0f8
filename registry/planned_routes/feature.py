"""Structures along a planned route, and paths between two points."""

from __future__ import annotations

from registry.audit.labels import ACCESS_LABELS
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.planned_routes.api import bp as api_bp
from registry.planned_routes.pages import bp
from registry.planned_routes.settings import DECLARATIONS
from registry.structures.map.workspace import MAP_TOOLS, MapTool

FEATURE = Feature(
    name="planned_routes",
    blueprints=(api_bp, bp),
    provides=(
        SETTINGS.of(*DECLARATIONS),
        MAP_TOOLS.of(
            MapTool(_l("Dọc một tuyến"), "waypoints", "planned_routes.index", P.STRUCTURE_READ),
            MapTool(_l("Phương án đào ít nhất"), "git-branch", "planned_routes.paths", P.STRUCTURE_READ),
            order=30,
        ),
        ACCESS_LABELS.named(
            {
                "planned_route": _l("Tìm theo tuyến"),
            }
        ),
        NAVIGATION.of(
            NavItem(
                _l("Tìm theo tuyến"),
                "planned_routes.index",
                P.STRUCTURE_READ,
                NavGroup.STRUCTURES,
                own_icon="waypoints",
            ),
            order=40,
        ),
    ),
)
