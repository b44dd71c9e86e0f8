"""The kinds of structures: every module here with a `KIND` is one."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from registry.structures.kinds.kind import Kind

#: Order on the pages (DOMAIN section 6); kinds that are not listed here come last, by code.
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
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    kinds: list[Kind] = [module.KIND for module in modules if hasattr(module, "KIND")]
    ranked = sorted(
        kinds,
        key=lambda kind: (
            _ORDER.index(kind.code) if kind.code in _ORDER else len(_ORDER),
            kind.code,
        ),
    )
    return {kind.code: kind for kind in ranked}


KINDS: dict[str, Kind] = _discover()
#: The kinds on which others install equipment or cables.
HOSTS: dict[str, Kind] = {code: kind for code, kind in KINDS.items() if kind.hosting is not None}
