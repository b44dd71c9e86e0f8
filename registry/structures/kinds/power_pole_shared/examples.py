"""A filled example of power_pole_shared, shown in templates and used by tests."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "name": "Cột điện 35 tuyến Quảng Tiến",
    "own_code": "PC-0035",
    "material": "concrete",
    "length_m": "10",
    "voltage_kv": "0,4",
    "sharing_status": "available",
    "status": "active",
}
