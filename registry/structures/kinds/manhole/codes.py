"""Closed lists of manholes."""

from __future__ import annotations

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l


class LidMaterial(Choice):
    """What the lid is made of."""

    CAST_IRON = "cast_iron", _l("Gang")
    CONCRETE = "concrete", _l("Bê tông")
    COMPOSITE = "composite", _l("Composite")
    STEEL = "steel", _l("Thép")
