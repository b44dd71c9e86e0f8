"""A filled example of manhole, shown in templates and used by tests."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "name": "Bể cáp Lê Hoàn 01",
    "own_code": "BC-01",
    "depth_m": "1,5",
    "lid_count": "2",
    "lid_material": "cast_iron",
    "lid_present": "true",
    "sharing_status": "not_assessed",
    "status": "active",
}
