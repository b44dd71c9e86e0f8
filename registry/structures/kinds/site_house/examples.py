"""A filled example of site_house, shown in templates and used by tests."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "name": "Nhà trạm Lam Sơn",
    "own_code": "NT-0001",
    "floor_area_m2": "24",
    "power_kva": "25",
    "fire_safety": "self_checked",
    "sharing_status": "not_assessed",
    "status": "active",
}
