"""Cables: the structures that carry them, and the figures of undergrounding."""

from __future__ import annotations

from registry.audit.labels import ACCESS_LABELS, ACTION_LABELS
from registry.cables.carriers import (
    CARRIER_CHECKS,
    CARRIERS,
    LIMITS_DECLARATION,
    over_changed,
    watch_cable,
    watch_carrier,
)
from registry.cables.forms import CONSTRAINT_SENTENCES
from registry.cables.list_view import CABLES
from registry.cables.pages import bp, members_panel, occupants_panel, past_members_panel
from registry.cables.queries import member_changes
from registry.cables.use_notices import EVENTS, read_notice
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.notices.texts import notices
from registry.structures.filtering.checks import CHANGED_SINCE, CHECKS
from registry.structures.history import TIMELINE_PARTS
from registry.structures.pages.panels import PANELS, PAST_PANELS
from registry.structures.relations import RELATION_WATCHES, RELATIONS

FEATURE = Feature(
    name="cables",
    blueprints=(bp,),
    provides=(
        PANELS.of(members_panel, order=20),
        PANELS.of(occupants_panel, order=50),
        PAST_PANELS.of(past_members_panel, order=10),
        TIMELINE_PARTS.of(member_changes, order=10),
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        RELATIONS.of(CARRIERS),
        RELATION_WATCHES.of(watch_cable, watch_carrier),
        SETTINGS.of(LIMITS_DECLARATION),
        CHECKS.of(*CARRIER_CHECKS, order=30),
        CHANGED_SINCE.of(over_changed),
        *notices(EVENTS, read_notice),
        *lists(CABLES, order=110),
        ACTION_LABELS.named(
            {
                "cable.members": _l("Đổi danh sách công trình mà cáp đi qua"),
            }
        ),
        ACCESS_LABELS.named(
            {
                "cable_members": _l("Tuyến cáp đi qua"),
            }
        ),
    ),
)
