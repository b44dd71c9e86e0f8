"""Feature: notices before building."""

from __future__ import annotations

from registry.authz.actors import Role
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.start_page import START_ACTS, StartAct
from registry.building_notices.checks import WITHOUT_NOTICE, changed_by_notices
from registry.building_notices.codes import BuildingNoticeState
from registry.building_notices.list_view import NOTICES
from registry.building_notices.pages import bp, notices_panel
from registry.building_notices.queries import count_on_street
from registry.building_notices.settings import DECLARATIONS
from registry.building_notices.workflow import BUILDING_NOTICE
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.structures.filtering.checks import CHANGED_SINCE, CHECKS
from registry.structures.nearby.corridor import STREET_CASES, StreetCases
from registry.structures.pages.panels import PANELS
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases

FEATURE = Feature(
    name="building_notices",
    blueprints=(bp,),
    provides=(
        SETTINGS.of(*DECLARATIONS),
        *workflow_contributions(BUILDING_NOTICE),
        CHECKS.of(WITHOUT_NOTICE, order=40),
        CHANGED_SINCE.of(changed_by_notices),
        PANELS.of(notices_panel, order=72),
        STREET_CASES.of(
            StreetCases(
                _l("Công trình đã thông báo xây dựng"),
                P.BUILDING_NOTICE_READ,
                count_on_street,
                BUILDING_NOTICE.index,
            ),
            order=30,
        ),
        START_ACTS.of(
            StartAct(
                _l("Thông báo xây dựng chờ tiếp nhận"),
                "building_notices.index",
                P.BUILDING_NOTICE_RECEIVE,
                "inbox",
                {"state": BuildingNoticeState.SENT.value},
                roles=frozenset({Role.ZONE_BOARD}),
            ),
            order=70,
        ),
        *lists(NOTICES, order=94),
        SEARCH_SOURCES.named({"building_notices": search_cases(BUILDING_NOTICE)}, order=124),
        NAVIGATION.of(
            NavItem(_l("Thông báo xây dựng"), "building_notices.index", P.BUILDING_NOTICE_READ, NavGroup.CASES),
            order=94,
        ),
    ),
)
