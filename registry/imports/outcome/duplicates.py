"""Decisions on rows that may already be registered: new, update or skip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import literal
from sqlalchemy.dialects.postgresql import Insert, insert

from registry.authz.actors import Ctx
from registry.imports.models import ImportBatch, ImportDecision, ImportResult, RowChoice
from registry.imports.outcome.corrections import lock_checked_batch
from registry.imports.queries import duplicates
from registry.imports.service import note, recheck
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _


@dataclass(frozen=True)
class Decide:
    """Choices by row number, or one for all duplicates; `version` is that of the batch that the user saw."""

    batch_id: int
    version: int
    choices: Mapping[int, RowChoice]
    for_all: RowChoice | None = None


def decide(ctx: Ctx, command: Decide) -> ImportBatch:
    """Store the choices; the batch must be checked again. Invalid where a row is no duplicate."""
    batch = lock_checked_batch(ctx, command.batch_id, command.version)
    numbers = set(ctx.session.scalars(duplicates(ctx, batch).with_only_columns(ImportResult.number)))
    if command.for_all is None:
        strange = sorted(command.choices.keys() - numbers)
        if strange:
            raise Invalid({"": _("Dòng %(number)d không phải dòng trùng; hãy tải lại trang.", number=strange[0])})
    if not numbers or (command.for_all is None and not command.choices):
        raise Invalid({"": _("Chưa chọn cách xử lý cho dòng nào.")})
    if command.for_all is not None:
        _decide_all(ctx, batch, command.for_all)
    else:
        _decide_some(ctx, batch, command.choices)
    recheck(ctx, batch)
    codes = [choice.value for choice in command.choices.values()]
    rows = {choice.value: codes.count(choice.value) for choice in RowChoice}
    if command.for_all is not None:
        rows = {command.for_all.value: len(numbers)}
    note(ctx, "import.decide", batch, rows=rows)
    return batch


def _decide_all(ctx: Ctx, batch: ImportBatch, choice: RowChoice) -> None:
    rows = duplicates(ctx, batch).with_only_columns(
        ImportResult.batch_id, ImportResult.number, literal(choice.value), literal(ctx.actor.id), literal(ctx.now)
    )
    insertion = insert(ImportDecision).from_select(
        ["batch_id", "number", "choice", "decided_by_id", "decided_at"], rows, include_defaults=False
    )
    _keep(ctx, insertion)


def _decide_some(ctx: Ctx, batch: ImportBatch, choices: Mapping[int, RowChoice]) -> None:
    rows = [
        {
            "batch_id": batch.id,
            "number": number,
            "choice": choice,
            "decided_by_id": ctx.actor.id,
            "decided_at": ctx.now,
        }
        for number, choice in choices.items()
    ]
    _keep(ctx, insert(ImportDecision).values(rows))


def _keep(ctx: Ctx, insertion: Insert) -> None:
    ctx.session.execute(
        insertion.on_conflict_do_update(
            index_elements=["batch_id", "number"],
            set_={name: insertion.excluded[name] for name in ("choice", "merged_into", "decided_by_id", "decided_at")},
        )
    )
