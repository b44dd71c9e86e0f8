"""Set the mapping of columns and check all rows."""

from __future__ import annotations

from sqlalchemy import delete

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.imports.checking.batch import BatchCheck
from registry.imports.checking.parse import count_open_texts
from registry.imports.checking.results import save_results
from registry.imports.checking.run import run_check
from registry.imports.checking.shown_nodes import notes_on_shown_nodes
from registry.imports.checking.unpublished import notes_on_unpublished
from registry.imports.commands import SetMapping
from registry.imports.mapping.plan import mapping_problems
from registry.imports.mapping.units import unit_problems
from registry.imports.models import BatchState, ImportBatch, ImportResult
from registry.imports.progress import NO_PROGRESS, Progress
from registry.imports.queries import batches_of_same_file, hint_of_batch
from registry.imports.service.common import OPEN, locked, note, require_state
from registry.imports.service.layouts import REMEMBERED_OPTIONS
from registry.kernel.errors import Invalid
from registry.structures.kinds import KINDS


def set_mapping(ctx: Ctx, command: SetMapping) -> ImportBatch:
    """Set the mapping; the rows must then be checked again."""
    batch = locked(ctx, command.batch_id, command.version)
    require_state(batch, OPEN)
    if command.outside_area:
        require(ctx, P.STRUCTURE_OUTSIDE_AREA)
    description = batch.found
    problems = mapping_problems(
        batch.kind,
        description.get("header", []),
        command.mapping,
        command.system,
        geometry_type=description.get("geometry_type"),
        constants=command.constants,
        empty=description.get("empty") or (),
        rivals=description.get("rivals") or {},
    )
    if command.system is None and "system" in problems:
        problems["system"] += " " + hint_of_batch(batch, command.mapping).sentence
    problems |= unit_problems(batch.kind, command.units)
    if problems:
        raise Invalid(problems)
    same_columns = {name for name, word in command.mapping.items() if batch.mapping.get(name) == word}
    batch.mapping = dict(command.mapping)
    batch.options = batch.options | {
        # What was said of values holds for the column of which it was said.
        **{
            name: {
                field: choices for field, choices in (batch.options.get(name) or {}).items() if field in same_columns
            }
            for name in REMEMBERED_OPTIONS
            if batch.options.get(name)
        },
        "system": command.system.value if command.system else None,
        "outside_area": command.outside_area,
        "full_delivery": command.full_delivery,
        "units": dict(command.units),
        "constants": dict(command.constants),
        "system_confirmed": command.system_confirmed,
    }
    batch.state, batch.failure = BatchState.CHECKING, None
    ctx.session.execute(delete(ImportResult).where(ImportResult.batch_id == batch.id))
    ctx.session.flush()
    note(
        ctx,
        "import.map",
        batch,
        mapping=batch.mapping,
        constants=dict(command.constants),
        outside_area=command.outside_area,
        **({"system_confirmed": True} if command.system_confirmed else {}),
    )
    return batch


def recheck(ctx: Ctx, batch: ImportBatch) -> None:
    """Request another check, after corrections or decisions; the caller has locked the batch."""
    require_state(batch, OPEN)
    batch.state, batch.failure = BatchState.CHECKING, None
    ctx.session.flush()


def recheck_lines(ctx: Ctx, batch: ImportBatch) -> list[ImportBatch]:
    """Request another check of the tables of the same file whose lines may name what a batch brought."""
    waiting = [
        each
        for each in batches_of_same_file(ctx, batch)
        if each.state is BatchState.CHECKED and (KINDS[each.kind].relations or KINDS[each.kind].references)
    ]
    for each in waiting:
        recheck(ctx, locked(ctx, each.id))
    return waiting


def preview_notes(check: BatchCheck) -> list[str]:
    """Notes that only a preview has: what the import will do to lines, and what lies in the cells of the rows."""
    return [*notes_on_shown_nodes(check), *notes_on_unpublished(check)]


def check_batch(ctx: Ctx, batch_id: int, progress: Progress = NO_PROGRESS) -> ImportBatch:
    """Check every row and store the results; a batch in another state is left unchanged.

    A file in another system than chosen fails as a whole, with one sentence.
    """
    batch = locked(ctx, batch_id)
    if batch.state is not BatchState.CHECKING:
        return batch
    checked = run_check(ctx, batch, progress)
    if checked.shift:
        batch.state, batch.failure = BatchState.FAILED, checked.shift
        batch.options = batch.options | {"system_doubted": True}
        batch.counts, batch.notes, batch.checked_at = {"rows": checked.counts["rows"]}, [], None
        ctx.session.flush()
        note(ctx, "import.fail", batch, reason=checked.shift)
        return batch
    save_results(checked.check)
    open_texts = count_open_texts(checked.check)
    batch.found = batch.found | {"open_values": sum(open_texts.values()), "open_by_field": open_texts}
    batch.counts, batch.notes = checked.counts, [*checked.notes, *preview_notes(checked.check)]
    batch.state = BatchState.CHECKED
    batch.checked_at = ctx.now
    ctx.session.flush()
    note(ctx, "import.check", batch, counts=batch.counts)
    return batch
