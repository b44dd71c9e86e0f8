"""A filled example of technical_trench, shown in templates and used by tests."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "name": "Hào kỹ thuật đại lộ Nam Sông Mã",
    "own_code": "H-01",
    "inner_width_m": "1,2",
    "depth_m": "1,5",
    "services_inside": "Viễn thông, chiếu sáng",
    "sharing_status": "available",
    "status": "active",
}
