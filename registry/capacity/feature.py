"""Places on structures and who uses them."""

from __future__ import annotations

from registry.audit.labels import ACTION_LABELS
from registry.capacity.filters import ROOM
from registry.capacity.leaving import PlaceLedger
from registry.capacity.pages import bp, capacity_panel, past_capacity_panel
from registry.capacity.queries import place_changes
from registry.capacity.tint import ROOM_TINT
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.structures.further import FURTHER
from registry.structures.occupancy import LEDGER
from registry.structures.panels import PANELS, PAST_PANELS
from registry.structures.timeline import TIMELINE_PARTS
from registry.structures.tints import TINTS

FEATURE = Feature(
    name="capacity",
    blueprints=(bp,),
    provides=(
        PANELS.of(capacity_panel, order=30),
        PAST_PANELS.of(past_capacity_panel, order=20),
        LEDGER.of(PlaceLedger()),
        TIMELINE_PARTS.of(place_changes, order=20),
        FURTHER.of(ROOM, order=10),
        TINTS.of(ROOM_TINT, order=10),
        ACTION_LABELS.named(
            {
                "capacity.set_place": _l("Khai vị trí lắp đặt"),
                "capacity.add_entry": _l("Ghi đơn vị sử dụng"),
                "capacity.end_entry": _l("Kết thúc sử dụng"),
            }
        ),
    ),
)
