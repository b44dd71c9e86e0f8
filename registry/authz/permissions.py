"""The permissions, one name for each thing that can be done."""

from __future__ import annotations

from enum import StrEnum


class P(StrEnum):
    """`noun:verb`, alphabetical; PUBLIC marks a route that everybody may call and is spelt out at the route."""

    ACCOUNT_MANAGE = "account:manage"
    ACCOUNT_SELF = "account:self"
    AUDIT_READ = "audit:read"
    CAPACITY_EDIT = "capacity:edit"
    CAPACITY_HOLDERS = "capacity:holders"
    FILE_ADD = "file:add"
    FILE_READ = "file:read"
    IMPORT_RUN = "import:run"
    LOOK_LOG_READ = "look_log:read"
    PUBLIC = "public"
    STRUCTURE_CONFIRM = "structure:confirm"
    STRUCTURE_CREATE = "structure:create"
    STRUCTURE_DECOMMISSION = "structure:decommission"
    STRUCTURE_EDIT = "structure:edit"
    STRUCTURE_HISTORY = "structure:history"
    STRUCTURE_OUTSIDE_AREA = "structure:outside_area"
    STRUCTURE_READ = "structure:read"
    STRUCTURE_SUSPEND = "structure:suspend"
    TERRITORY_IMPORT = "territory:import"
