"""Feature: areas that the plan puts first."""

from __future__ import annotations

from collections.abc import Collection

from flask import url_for
from sqlalchemy import select

from registry.audit.labels import record_labels
from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.indicators.declared import FIGURES
from registry.kernel.dated_rows import UNCONFIRMED, UnconfirmedSource
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.fields import fields_of
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.priority_areas.figures import FIGURE
from registry.priority_areas.forms import CONSTRAINT_SENTENCES
from registry.priority_areas.list_view import AREAS
from registry.priority_areas.map import LAYER
from registry.priority_areas.models import PriorityArea
from registry.priority_areas.pages import areas_panel, bp
from registry.priority_areas.queries import AREA, IN_AREA, unconfirmed_areas
from registry.priority_areas.settings import DECLARATIONS
from registry.structures.filtering.extra import EXTRA_FILTERS
from registry.structures.map.layers import MAP_LAYERS
from registry.structures.pages.panels import PANELS


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.PRIORITY_AREA_READ):
        return {}
    areas = ctx.session.scalars(select(PriorityArea).where(PriorityArea.id.in_(ids)))
    return {area.id: Named(area.name, url_for("priority_areas.detail", area_id=area.id)) for area in areas}


FEATURE = Feature(
    name="priority_areas",
    blueprints=(bp,),
    provides=(
        SETTINGS.of(*DECLARATIONS),
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        *named_subject(AREA, Subject(_names), Tracked(PriorityArea, lambda: fields_of(PriorityArea), AREA)),
        *record_labels(AREA, _l("Khu vực ưu tiên"), add=_l("Thêm khu vực ưu tiên"), edit=_l("Sửa khu vực ưu tiên")),
        *lists(AREAS, order=108),
        FIGURES.of(FIGURE),
        UNCONFIRMED.of(UnconfirmedSource(_l("Khu vực ưu tiên"), unconfirmed_areas), order=60),
        EXTRA_FILTERS.of(IN_AREA, order=60),
        MAP_LAYERS.of(LAYER, order=35),
        PANELS.of(areas_panel, order=73),
        NAVIGATION.of(
            NavItem(_l("Khu vực ưu tiên"), "priority_areas.index", P.PRIORITY_AREA_READ, NavGroup.CASES), order=98
        ),
    ),
)
