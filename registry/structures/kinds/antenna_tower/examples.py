"""A filled example of antenna_tower, shown in templates and used by tests."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "name": "Trạm Hàm Rồng 1",
    "own_code": "THA-0001",
    "mast_class": "A2b",
    "mast_form": "self_supporting",
    "mount": "ground",
    "height_m": "42",
    "sharing_status": "available",
    "status": "active",
}
