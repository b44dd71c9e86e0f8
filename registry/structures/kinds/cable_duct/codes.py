"""Closed lists of cable ducts."""

from __future__ import annotations

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l


class DuctMaterial(Choice):
    """What the pipes are made of."""

    PVC = "pvc", _l("PVC")
    HDPE = "hdpe", _l("HDPE")
    STEEL = "steel", _l("Thép")
    CONCRETE = "concrete", _l("Bê tông")
