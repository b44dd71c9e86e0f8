"""Take back what has just been saved of a case that may still be edited; its moves are taken back by other moves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from registry.audit.undo import Undoable, restorable
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.db.base import Base
from registry.workflow.definition import Workflow
from registry.workflow.engine import lock_case


def undo_of_case(
    workflow: Workflow,
    permission: P,
    check: Callable[[Ctx, Any], None],
    *,
    parts: Sequence[type[Base]] = (),
    columns: Collection[str] | None = None,
    after: Callable[[Ctx, Any], None] | None = None,
    rebuilt: Collection[str] = (),
) -> Undoable:
    """Edits of a case by those with the permission, while `check` lets them edit it; the rest as in `restorable`."""

    def editable(ctx: Ctx, case_id: int) -> Any:
        case = lock_case(ctx, workflow, case_id)
        require(ctx, permission, case)
        check(ctx, case)
        return case

    return restorable(
        workflow.code,
        workflow.model,
        editable,
        lambda _ctx, case: (workflow.page, {"case_id": case.id}),
        parts=parts,
        columns=columns,
        after=after,
        rebuilt=rebuilt,
    )
