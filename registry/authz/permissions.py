"""The permissions, one name for each thing that can be done."""

from __future__ import annotations

from enum import StrEnum


class P(StrEnum):
    """`noun:verb`, alphabetical; PUBLIC marks a route that everybody may call and is spelt out at the route.

    CLOCK marks the moves that the overdue job makes: no role has it.
    """

    ACCOUNT_MANAGE = "account:manage"
    ACCOUNT_SELF = "account:self"
    AUDIT_READ = "audit:read"
    CALENDAR_EDIT = "calendar:edit"
    CAPACITY_EDIT = "capacity:edit"
    CAPACITY_HOLDERS = "capacity:holders"
    CASE_ACT = "case:act"
    CLOCK = "clock"
    COLOCATION_DECIDE = "colocation:decide"
    COLOCATION_READ = "colocation:read"
    COLOCATION_REQUEST = "colocation:request"
    COLOCATION_SETTLE = "colocation:settle"
    DASHBOARD_READ = "dashboard:read"
    FILE_ADD = "file:add"
    FILE_READ = "file:read"
    IMPORT_RUN = "import:run"
    LABEL_PRINT = "label:print"
    LOOK_LOG_READ = "look_log:read"
    MAST_SPACING = "mast:spacing"
    NOTICE_READ = "notice:read"
    PUBLIC = "public"
    ROUTELIST_ISSUE = "routelist:issue"
    ROUTELIST_ITEMS = "routelist:items"
    ROUTELIST_PAPERS = "routelist:papers"
    ROUTELIST_PROPOSE = "routelist:propose"
    ROUTELIST_READ = "routelist:read"
    ROUTELIST_REVIEW = "routelist:review"
    SAVED_SEARCH_EDIT = "saved_search:edit"
    SAVED_SEARCH_READ = "saved_search:read"
    STRUCTURE_CONFIRM = "structure:confirm"
    STRUCTURE_CREATE = "structure:create"
    STRUCTURE_DECOMMISSION = "structure:decommission"
    STRUCTURE_EDIT = "structure:edit"
    STRUCTURE_HISTORY = "structure:history"
    STRUCTURE_OUTSIDE_AREA = "structure:outside_area"
    STRUCTURE_READ = "structure:read"
    STRUCTURE_SUSPEND = "structure:suspend"
    TERRITORY_IMPORT = "territory:import"
    UPKEEP_READ = "upkeep:read"
    VIOLATION_DECIDE = "violation:decide"
    VIOLATION_EVIDENCE = "violation:evidence"
    VIOLATION_HANDLE = "violation:handle"
    VIOLATION_LOG = "violation:log"
    VIOLATION_READ = "violation:read"
    VIOLATION_TAKE_OVER = "violation:take_over"
