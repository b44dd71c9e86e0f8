"""A filled example of pole_line, shown in templates and used by tests."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "name": "Tuyến cột đường Quang Trung",
    "own_code": "TC-0003",
    "pole_count": "24",
    "usual_span_m": "40",
    "sharing_status": "available",
    "status": "active",
}
