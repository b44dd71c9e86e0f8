"""Commands of imports: upload, read, map columns, check, apply all valid rows in one transaction, undo."""

from registry.imports.service.apply import (
    apply_batch,
    can_apply,
    cancel_batch,
    fail_batch,
    good_rows,
    request_apply,
    request_undo,
    stop_batch,
    undo_batch,
    undo_obstacles,
    undo_rest,
)
from registry.imports.service.check import check_batch, recheck, set_mapping
from registry.imports.service.common import BUSY, OPEN, locked, note
from registry.imports.service.layouts import (
    delete_layout,
    edit_layout,
    forget_values,
    get_layout,
    layout_of,
    layouts_query,
    remembered_fields,
)
from registry.imports.service.read import choose_tables, read_batch, set_reading, upload

__all__ = [
    "BUSY",
    "OPEN",
    "apply_batch",
    "can_apply",
    "cancel_batch",
    "check_batch",
    "choose_tables",
    "delete_layout",
    "edit_layout",
    "fail_batch",
    "forget_values",
    "get_layout",
    "good_rows",
    "layout_of",
    "layouts_query",
    "locked",
    "note",
    "read_batch",
    "recheck",
    "remembered_fields",
    "request_apply",
    "request_undo",
    "set_mapping",
    "set_reading",
    "stop_batch",
    "undo_batch",
    "undo_obstacles",
    "undo_rest",
    "upload",
]
