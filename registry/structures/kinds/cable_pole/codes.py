"""Closed lists of poles, used by cable poles and shared power poles alike."""

from __future__ import annotations

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l


class PoleMaterial(Choice):
    """What the pole is made of."""

    CONCRETE = "concrete", _l("Bê tông ly tâm")
    STEEL = "steel", _l("Thép")
    WOOD = "wood", _l("Gỗ")
    COMPOSITE = "composite", _l("Composite")


class PoleRole(Choice):
    """What the pole does in its line."""

    STRAIGHT = "straight", _l("Cột thẳng")
    CORNER = "corner", _l("Cột góc")
    CROSSING = "crossing", _l("Cột vượt đường")
    END = "end", _l("Cột cuối")
