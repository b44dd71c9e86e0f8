"""Values of villages, as their forms give them."""

from registry.villages.models import VillageKind


def coverage_values(households=None, mobile_on=None, ftth_on=None):
    return {"households": households, "mobile_on": mobile_on, "ftth_on": ftth_on}


def village_values(name="1", kind=VillageKind.THON, valid_from=None, legal_basis=None, **coverage):
    own = {"kind": kind, "name": name, "valid_from": valid_from, "legal_basis": legal_basis}
    return {**coverage_values(**coverage), **own}
