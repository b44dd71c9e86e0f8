"""A filled example of cable_duct, shown in templates and used by tests."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "name": "Cống cáp Lê Hoàn 01-02",
    "own_code": "CC-0102",
    "bore_count": "4",
    "bore_diameter_mm": "110",
    "duct_material": "pvc",
    "cover_depth_m": "0,7",
    "sharing_status": "available",
    "status": "active",
}
