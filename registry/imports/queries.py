"""Reads of imports: batches of the actor's own owners, their rows and problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload

from registry.accounts.models import Organisation
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, CREATOR, get_visible, scopes_of, visible
from registry.imports.mapping import hint_of
from registry.imports.models import ImportBatch, ImportResult, ImportRow, RowOutcome, loud
from registry.imports.reading.protocol import Declared
from registry.imports.systems import SystemHint
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _

LISTED = 50
_LOOKED: Final = "import_rows"
_PORTION: Final = 1_000
#: Rows that are refused or have remarks; others may say how they were understood.
_WITH_PROBLEMS: Final = (
    ImportResult.problems.is_not(None),
    or_(ImportResult.outcome == RowOutcome.REFUSED, ImportResult.warned),
)


def list_batches(ctx: Ctx) -> list[ImportBatch]:
    """The latest imports that the actor may see, newest first, with their owners."""
    query = (
        select(ImportBatch)
        .where(visible(ctx, ImportBatch, P.IMPORT_RUN))
        .options(joinedload(ImportBatch.organisation, innerjoin=True))
        .order_by(ImportBatch.created_at.desc(), ImportBatch.id.desc())
        .limit(LISTED)
    )
    return list(ctx.session.scalars(query))


def get_batch(ctx: Ctx, batch_id: int, *, lock: bool = False) -> ImportBatch:
    """One import with its owner; NotFound where the actor may not know of it."""
    if lock:
        query = (
            select(ImportBatch)
            .where(ImportBatch.id == batch_id, visible(ctx, ImportBatch, P.IMPORT_RUN))
            # Its key stays, so that progress and decisions may refer to it meanwhile.
            .with_for_update(of=ImportBatch, key_share=True)
            .execution_options(populate_existing=True)
        )
        found = ctx.session.scalars(query).one_or_none()
        if found is None:
            raise NotFound(_no_batch(batch_id))
        return found
    return cast(
        "ImportBatch",
        get_visible(ctx, ImportBatch, P.IMPORT_RUN, ImportBatch.id == batch_id, message=_no_batch(batch_id)),
    )


def _no_batch(batch_id: int) -> str:
    return _("Không có lô nhập số %(number)d, hoặc bạn không có quyền biết đến nó.", number=batch_id)


def declared_in(batch: ImportBatch) -> Declared | None:
    """The coordinate system that the file itself names."""
    found = batch.found.get("crs")
    return Declared(**found) if found else None


def hint_of_batch(batch: ImportBatch, mapping: Mapping[str, str]) -> SystemHint:
    """The coordinate system that the file of a batch seems to be in, by the columns chosen."""
    found = batch.found
    return hint_of(
        found.get("title") or "",
        found.get("header") or (),
        mapping,
        declared=declared_in(batch),
        file_format=batch.file_format.value if batch.file_format else "",
        said=found.get("said") or (),
        degrees=bool(found.get("degrees")),
    )


def owner_of(ctx: Ctx, batch: ImportBatch) -> Organisation:
    """The owner of the structures of a batch."""
    return ctx.session.get_one(Organisation, batch.organisation_id)


@dataclass(frozen=True)
class ListedRow:
    """A row of the file beside what the last check found of it; `given` are its mapped cells by field."""

    number: int
    given: Mapping[str, str]
    result: ImportResult


def note_look(ctx: Ctx, batch: ImportBatch) -> None:
    """Rows of a file hold exact positions: whoever looks at those of another organisation is noted, once a request."""
    if ctx.memo.get(_LOOKED) != batch.id:
        ctx.memo[_LOOKED] = batch.id
        log_access(ctx, _LOOKED, [batch.organisation_id], rows=batch.counts.get("rows", 0), batch=batch.id)


def list_rows(
    ctx: Ctx, batch: ImportBatch, outcomes: tuple[RowOutcome, ...] = (), *, limit: int | None = None
) -> list[ListedRow]:
    """Checked rows of a batch by number, all or of some outcomes."""
    query = _checked(batch).order_by(ImportResult.number).limit(limit)
    if outcomes:
        query = query.where(ImportResult.outcome.in_(outcomes))
    return _listed(ctx, batch, query)


def list_problem_rows(ctx: Ctx, batch: ImportBatch, *, limit: int | None = None) -> list[ListedRow]:
    """Rows with anything to say about them, refused ones first, then by number."""
    query = (
        _checked(batch)
        .where(*_WITH_PROBLEMS)
        .order_by(ImportResult.outcome != RowOutcome.REFUSED, ImportResult.number)
        .limit(limit)
    )
    return _listed(ctx, batch, query)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a row, or worth a look (not `blocks`)."""

    row: int
    outcome: RowOutcome
    field: str
    column: str
    value: str
    reason: str
    blocks: bool


def stream_problems(ctx: Ctx, batch: ImportBatch) -> Iterator[Problem]:
    """All problems, in the order of `list_problem_rows`, read from the database as they are asked for."""
    note_look(ctx, batch)
    query = (
        select(ImportResult.number, ImportResult.outcome, ImportResult.problems)
        .where(ImportResult.batch_id == batch.id, *_WITH_PROBLEMS)
        .order_by(ImportResult.outcome != RowOutcome.REFUSED, ImportResult.number)
    )
    for row in ctx.session.execute(query, execution_options={"yield_per": _PORTION}):
        for found in loud(row.problems):
            texts = (found.get("field") or "", found["column"], found["value"], found["reason"])
            yield Problem(row.number, row.outcome, *texts, blocks=found["blocks"])


def _checked(batch: ImportBatch) -> Select[Any]:
    same = and_(ImportResult.batch_id == ImportRow.batch_id, ImportResult.number == ImportRow.number)
    query: Any = select(ImportRow, ImportResult)
    found: Select[Any] = query.join(ImportResult, same).where(ImportRow.batch_id == batch.id)
    return found


def _listed(ctx: Ctx, batch: ImportBatch, query: Select[Any]) -> list[ListedRow]:
    note_look(ctx, batch)
    header: list[str] = batch.found["header"]
    at = {field: header.index(word) for field, word in batch.mapping.items()}
    return [
        ListedRow(row.number, {field: row.cells[place] for field, place in at.items()}, result)
        for row, result in ctx.session.execute(query)
    ]


def list_owners(ctx: Ctx) -> list[Organisation]:
    """The organisations for which the actor may import: its own, or all that exist today."""
    query = select(Organisation).where(or_(Organisation.valid_to.is_(None), Organisation.valid_to >= ctx.today))
    if not {ALL, CREATOR}.intersection(scopes_of(ctx.actor, P.IMPORT_RUN)):
        query = query.where(Organisation.id.in_(ctx.actor.organisation_ids))
    return list(ctx.session.scalars(query.order_by(Organisation.short_name, Organisation.id)))
