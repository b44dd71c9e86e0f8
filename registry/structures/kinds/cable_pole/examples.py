"""A filled example of cable_pole, shown in templates and used by tests."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "name": "Cột 12 đường Lê Lợi",
    "own_code": "C-0012",
    "material": "concrete",
    "length_m": "8,5",
    "setting_depth_m": "1,4",
    "pole_role": "straight",
    "lowest_cable_m": "5,8",
    "sharing_status": "available",
    "status": "active",
}
