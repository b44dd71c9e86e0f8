"""Structures that a full delivery does not list; they stay unchanged until a user decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, func, select, update

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, require, visible
from registry.imports.models import BatchState, ImportBatch, ImportMissing, MissingChoice
from registry.imports.queries import LISTED, read_page, structures_of
from registry.imports.service import locked, note
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _
from registry.kernel.paging import Cursor, Page
from registry.kernel.text import TextRefused, normalise
from registry.structures.commands import ChangeStatus
from registry.structures.models import Structure
from registry.structures.writing import decommission

#: Structures per decision: each is an audited change, and the user waits.
MOST_AT_ONCE: Final = 1_000


@dataclass(frozen=True)
class DecideMissing:
    """Decision on some structures, or on all open ones (`structure_ids` None)."""

    batch_id: int
    choice: MissingChoice
    reason: str
    structure_ids: tuple[int, ...] | None


@dataclass(frozen=True)
class MissingRow:
    """A structure that the delivery does not list, with its decision."""

    structure: Row[Any]
    choice: MissingChoice | None


@dataclass(frozen=True)
class OpenDelivery:
    """A full delivery with open decisions; `left` is their number."""

    batch_id: int
    file_name: str
    owner: str
    left: int


def list_missing(ctx: Ctx, batch: ImportBatch, cursor: Cursor | None = None) -> Page[MissingRow]:
    """One page of the missing structures, by id."""
    key = ImportMissing.structure_id
    query = select(key, ImportMissing.choice).where(ImportMissing.batch_id == batch.id)
    page_rows, following, previous = read_page(ctx, query, key, cursor, lambda row: int(row[0]))
    structures = structures_of(ctx, {row.structure_id for row in page_rows})
    rows = [MissingRow(structures[row.structure_id], row.choice) for row in page_rows if row.structure_id in structures]
    total = sum(count_missing(ctx, batch))
    return Page(rows, following, previous, total, total)


def count_missing(ctx: Ctx, batch: ImportBatch) -> tuple[int, int]:
    """Number of open and of decided structures."""
    open_ones = func.count().filter(ImportMissing.choice.is_(None))
    decided = func.count().filter(ImportMissing.choice.is_not(None))
    row = ctx.session.execute(select(open_ones, decided).where(ImportMissing.batch_id == batch.id)).one()
    return int(row[0]), int(row[1])


def list_open_deliveries(ctx: Ctx) -> list[OpenDelivery]:
    """The latest deliveries with open decisions, newest first."""
    if not holds(ctx.actor, P.IMPORT_RUN):
        return []
    left = func.count().label("left")
    query = (
        select(ImportBatch.id, ImportBatch.file_name, Organisation.short_name, left)
        .join(ImportMissing, ImportMissing.batch_id == ImportBatch.id)
        .join(Organisation, Organisation.id == ImportBatch.organisation_id)
        .where(
            visible(ctx, ImportBatch, P.IMPORT_RUN),
            ImportBatch.state == BatchState.APPLIED,
            ImportMissing.choice.is_(None),
        )
        .group_by(ImportBatch.id, ImportBatch.file_name, Organisation.short_name)
        .order_by(ImportBatch.id.desc())
        .limit(LISTED)
    )
    return [OpenDelivery(row.id, row.file_name, row.short_name, row.left) for row in ctx.session.execute(query)]


def decide_missing(ctx: Ctx, command: DecideMissing) -> int:
    """Keep or decommission; returns the number. One audit event names each decommissioned structure."""
    batch = locked(ctx, command.batch_id)
    if batch.state is not BatchState.APPLIED:
        raise Conflict(
            _("Lô nhập đang ở trạng thái “%(state)s”; chỉ quyết định được sau khi nhập.", state=batch.state.label)
        )
    try:
        reason = normalise(command.reason) or ""
    except TextRefused as refused:
        raise Invalid({"reason": str(refused)}) from refused
    if command.choice is MissingChoice.DECOMMISSION and not reason:
        raise Invalid({"reason": _("Chưa nhập lý do; hãy nêu ngắn gọn lý do các công trình này ngừng khai thác.")})
    ids = _open(ctx, batch, command.structure_ids)
    if not ids:
        raise Invalid({"": _("Chưa chọn công trình nào còn chờ quyết định.")})
    note(ctx, "import.missing", batch, choice=command.choice.value, reason=reason, count=len(ids))
    if command.choice is MissingChoice.DECOMMISSION:
        _decommission(ctx, ids, reason)
    ctx.session.execute(
        update(ImportMissing)
        .where(ImportMissing.batch_id == batch.id, ImportMissing.structure_id.in_(ids))
        .values(choice=command.choice, decided_by_id=ctx.actor.id, decided_at=ctx.now)
    )
    return len(ids)


def _open(ctx: Ctx, batch: ImportBatch, wanted: Iterable[int] | None) -> list[int]:
    query = (
        select(ImportMissing.structure_id)
        .where(ImportMissing.batch_id == batch.id, ImportMissing.choice.is_(None))
        .order_by(ImportMissing.structure_id)
        .limit(MOST_AT_ONCE)
        .with_for_update()
    )
    if wanted is not None:
        query = query.where(ImportMissing.structure_id.in_(list(wanted)))
    return list(ctx.session.scalars(query))


def _decommission(ctx: Ctx, ids: list[int], reason: str) -> None:
    require(ctx, P.STRUCTURE_DECOMMISSION)
    query = select(Structure.code, Structure.version).where(Structure.id.in_(ids)).order_by(Structure.id)
    for row in ctx.session.execute(query):
        decommission(ctx, ChangeStatus(row.code, row.version, reason))
