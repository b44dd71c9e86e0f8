"""Bulk edits of Viettel: a tower that may be changed so, and a batch that may be taken back."""

from registry.structures.bulk_edit.commands import ApplyBulkEdit, Target
from registry.structures.bulk_edit.queries import preview
from registry.structures.bulk_edit.service import apply_bulk_edit, read_change
from tests.factories.structures import make

_WHY = {"field": "condition", "value": "dangerous", "reason": "kiểm tra thực địa"}
BULK_FIELDS = {
    "structures.bulk_preview": _WHY | {"code": "{code}"},
    "structures.bulk_apply": _WHY | {"code": "{code}", "digest": "{digest}"},
    "structures.bulk_undo": {"version": "{bulk_version}", "reason": "nhầm danh sách"},
}


def bulk_objects(ctx_of):
    """Object of the table -> what fills addresses and bodies."""
    with ctx_of("viettel") as ctx:
        towers = [make(ctx, condition="good") for _number in range(2)]
        change = read_change(ctx, "condition", "dangerous")
        target, done = (Target(codes=(tower.code,)) for tower in towers)
        digests = [preview(ctx, each, change).digest for each in (target, done)]
    with ctx_of("viettel") as ctx:
        batch = apply_bulk_edit(ctx, ApplyBulkEdit(done, change, "kiểm tra", digests[1]), lambda *_what: None)
        return {
            "viettel bulk target": {"code": towers[0].code, "digest": digests[0]},
            "viettel bulk batch": {"batch_id": batch.id, "bulk_version": batch.version},
        }
