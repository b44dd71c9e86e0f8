"""Closed lists of cables."""

from __future__ import annotations

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l


class CableKind(Choice):
    """What the cable is made of."""

    FIBRE = "fibre", _l("Cáp quang")
    COPPER = "copper", _l("Cáp đồng")
    COAXIAL = "coaxial", _l("Cáp đồng trục")


class Laying(Choice):
    """Whether the cable hangs in the air or lies in the ground."""

    AERIAL = "aerial", _l("Đi treo")
    UNDERGROUND = "underground", _l("Đi ngầm")
    MIXED = "mixed", _l("Vừa treo vừa ngầm")
