"""Places on structures and their occupants."""

from __future__ import annotations

from registry.audit.labels import ACTION_LABELS
from registry.capacity.audit_subjects import SUBJECTS_OF_PLACES
from registry.capacity.card import capacity_card
from registry.capacity.checks import UNFIT_PLACES, UNPLACED_CABLES, USED_EARLY, with_changed_places
from registry.capacity.forms import CONSTRAINT_SENTENCES
from registry.capacity.ledger import PlaceLedger
from registry.capacity.offers import OFFERED_FULL_CHECK, OFFERS, refuse_in_bulk, watch_offer
from registry.capacity.pages import bp, capacity_panel, past_capacity_panel
from registry.capacity.place_fit import watch_places
from registry.capacity.queries import place_changes
from registry.capacity.room import ROOM, ROOM_COLOUR, SCARCE, USED
from registry.capacity.use_notices import EVENTS, read_notice
from registry.kernel.dated_settings import SETTINGS, single_number
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.units import PERCENT
from registry.notices.texts import notices
from registry.structures.bulk_edit.queries import BULK_RULES
from registry.structures.filtering.checks import CHANGED_SINCE, CHECKS
from registry.structures.filtering.extra import EXTRA_FILTERS
from registry.structures.history import TIMELINE_PARTS
from registry.structures.map.card import CARD_PARTS
from registry.structures.map.colours import MAP_COLOURS
from registry.structures.pages.panels import PANELS, PAST_PANELS
from registry.structures.relations import RELATION_WATCHES, RELATIONS
from registry.structures.writing.occupants import LEDGER

_SETTINGS = (
    single_number(SCARCE, _l("Báo sắp hết chỗ khi còn trống không quá"), _l("Hồ sơ công trình"), PERCENT, "0", "100"),
)

FEATURE = Feature(
    name="capacity",
    blueprints=(bp,),
    provides=(
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        SETTINGS.of(*_SETTINGS),
        PANELS.of(capacity_panel, order=30),
        PAST_PANELS.of(past_capacity_panel, order=20),
        CARD_PARTS.of(capacity_card, order=10),
        LEDGER.of(PlaceLedger()),
        TIMELINE_PARTS.of(place_changes, order=20),
        CHECKS.of(UNFIT_PLACES, UNPLACED_CABLES, USED_EARLY, OFFERED_FULL_CHECK, order=20),
        CHANGED_SINCE.of(with_changed_places),
        RELATIONS.of(OFFERS),
        RELATION_WATCHES.of(watch_offer, watch_places),
        BULK_RULES.of(refuse_in_bulk),
        EXTRA_FILTERS.of(ROOM, USED, order=10),
        MAP_COLOURS.of(ROOM_COLOUR, order=10),
        *notices(EVENTS, read_notice),
        *SUBJECTS_OF_PLACES,
        ACTION_LABELS.named(
            {
                "capacity.set_place": _l("Khai vị trí lắp đặt"),
                "capacity.add_entry": _l("Ghi đơn vị sử dụng"),
                "capacity.end_entry": _l("Kết thúc sử dụng"),
            }
        ),
    ),
)
