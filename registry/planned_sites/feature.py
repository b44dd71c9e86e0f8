"""What can be shared near a planned site, and the spacing of masts."""

from __future__ import annotations

from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.planned_sites.api import bp as api_bp
from registry.planned_sites.pages import bp, plan_remarks
from registry.planned_sites.settings import DECLARATIONS
from registry.structures.map.workspace import MAP_TOOLS, MapTool
from registry.workflow.worklist import WORKLIST_TASKS

FEATURE = Feature(
    name="planned_sites",
    blueprints=(api_bp, bp),
    provides=(
        NAVIGATION.of(
            NavItem(
                _l("Tìm vị trí dùng chung"), "planned_sites.index", P.PUBLIC, NavGroup.STRUCTURES, own_icon="search"
            ),
            order=30,
        ),
        SETTINGS.of(*DECLARATIONS),
        WORKLIST_TASKS.of(plan_remarks, order=40),
        MAP_TOOLS.of(
            MapTool(_l("Quanh một vị trí"), "crosshair", "planned_sites.index", P.PUBLIC),
            order=20,
        ),
        MAP_TOOLS.of(MapTool(_l("Cột mới"), "radio-tower", "planned_sites.new_mast", P.MAST_SPACING), order=50),
    ),
)
