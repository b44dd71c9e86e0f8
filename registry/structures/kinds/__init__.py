"""The kinds of structures: every folder here that has a `kind.py` is one."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from registry.structures.contract import Kind

#: Order in which people list them (DOMAIN section 6); kinds unknown to it come last, by code.
_ORDER = (
    "antenna_tower",
    "site_house",
    "cable_pole",
    "pole_line",
    "power_pole_shared",
    "cable_duct",
    "manhole",
    "technical_trench",
    "technical_tunnel",
    "cable_route",
)


def _discover() -> dict[str, Kind]:
    found = [import_module(f"{__name__}.{module.name}.kind").KIND for module in iter_modules(__path__)]
    ranked = sorted(
        found,
        key=lambda kind: (
            _ORDER.index(kind.code) if kind.code in _ORDER else len(_ORDER),
            kind.code,
        ),
    )
    return {kind.code: kind for kind in ranked}


KINDS: dict[str, Kind] = _discover()
#: Those on which others install something: what is built to be shared.
HOSTS: dict[str, Kind] = {code: kind for code, kind in KINDS.items() if kind.hosting is not None}
