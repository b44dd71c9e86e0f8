"""Closed lists of antenna towers (DOMAIN section 6; exact wording of A1a and A2c to be verified)."""

from __future__ import annotations

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l


class MastClass(Choice):
    """Class of mast in provincial plans."""

    A1A = "A1a", _l("A1a: không cồng kềnh, tự đứng trên công trình")
    A1B = "A1b", _l("A1b: thân thiện môi trường")
    A2A = "A2a", _l("A2a: cồng kềnh trên công trình")
    A2B = "A2b", _l("A2b: cồng kềnh trên mặt đất")
    A2C = "A2c", _l("A2c: cồng kềnh khác")


class MastForm(Choice):
    """How the mast is built."""

    SELF_SUPPORTING = "self_supporting", _l("Tự đứng")
    GUYED = "guyed", _l("Dây co")
    MONOPOLE = "monopole", _l("Đơn thân (monopole)")
    DISGUISED = "disguised", _l("Ngụy trang")


class Mount(Choice):
    """What the mast stands on."""

    GROUND = "ground", _l("Trên mặt đất")
    ROOF = "roof", _l("Trên công trình xây dựng")
