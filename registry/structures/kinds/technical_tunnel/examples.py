"""A filled example of technical_tunnel, shown in templates and used by tests."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "name": "Tuy nen khu kinh tế Nghi Sơn",
    "own_code": "TN-01",
    "inner_width_m": "2,4",
    "inner_height_m": "2,4",
    "access_point_count": "3",
    "has_ventilation": "true",
    "sharing_status": "available",
    "status": "active",
}
