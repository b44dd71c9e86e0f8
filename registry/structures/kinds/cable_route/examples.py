"""A filled example of cable_route, shown in templates and used by tests."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "name": "Cáp quang 24FO đường Quang Trung",
    "own_code": "CQ-0024",
    "cable_kind": "fibre",
    "fibre_count": "24",
    "lit_fibre_count": "12",
    "laying": "aerial",
    "installed_on": "15/06/2019",
    "dead_flag": "false",
    "sharing_status": "not_applicable",
    "status": "active",
}
