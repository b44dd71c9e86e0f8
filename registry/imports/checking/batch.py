"""State shared by all steps of one check: the batch, its plan, and scratch tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Executable,
    Identity,
    MetaData,
    Select,
    Table,
    Text,
    all_,
    and_,
    case,
    false,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.schema import CreateTable

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.imports.bulk_copy import copy_values
from registry.imports.mapping.fields import ANGLE_PARTS, ANGLES, END_OF, GEOMETRY
from registry.imports.mapping.plan import Plan
from registry.imports.models import ImportBatch, ImportDecision, ImportRow, RowChoice
from registry.imports.progress import Progress
from registry.imports.reading.limits import storable
from registry.kernel.db.compiled import run_plain
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Kind, RuleContext
from registry.structures.positions import sees_all_of
from registry.territory.gazetteer import Gazetteer, read_gazetteer

#: Rows fetched at once for Python.
FETCHED: Final = 2_000


@dataclass(frozen=True)
class RowProblem:
    """A problem of a row: the field (or two joined by a comma), the reason, and whether it blocks the row.

    `value` is the given text; None means the cell of the field. `quiet` marks a note on how the row was understood.
    """

    number: int
    field: str
    reason: str
    blocks: bool = True
    value: str | None = None
    quiet: bool = False
    #: Number of another row that it is about.
    other: int | None = None


def scratch_table(name: str, *columns: Column[Any]) -> Table:
    """A temporary table, dropped at the end of the transaction."""
    return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


@cache
def _creation(table: Table) -> str:
    """Both statements in one round trip: a check makes twenty scratch tables, most of them for a few rows."""
    created = CreateTable(table).compile(dialect=PGDialect_psycopg())  # type: ignore[no-untyped-call]
    return f"DROP TABLE IF EXISTS pg_temp.{table.name}; {created}"


ROW_PROBLEMS: Final = scratch_table(
    "check_problem",
    Column("seq", BigInteger, Identity()),
    Column("number", BigInteger),
    Column("field", Text),
    Column("reason", Text),
    Column("blocks", Boolean),
    Column("value", Text),
    Column("quiet", Boolean, server_default=false(), nullable=False),
    Column("other", BigInteger),
)


@dataclass(frozen=True)
class BatchCheck:
    """One check of one batch. With `locking` the matched structures are locked, because the result is written."""

    ctx: Ctx
    batch: ImportBatch
    plan: Plan
    owner: Organisation
    bounds: Bounds | None
    context: RuleContext
    progress: Progress
    locking: bool = False
    #: Notes on the whole file.
    notes: list[str] = field(default_factory=list)

    @cached_property
    def kind(self) -> Kind:
        return KINDS[self.plan.kind]

    @cached_property
    def sees_owner(self) -> bool:
        """Whether the user sees all structures of the owner, so that sentences may name them; the console does."""
        return self.ctx.actor.id is None or sees_all_of(self.ctx, self.owner.id)

    @cached_property
    def column_numbers(self) -> Mapping[str, int]:
        """Field -> number of its column, from 1; 0 where all rows have the same constant."""
        header: list[str] = self.batch.found["header"]
        columns = {field: header.index(word) + 1 for field, word in self.plan.mapping.items()}
        return dict.fromkeys(self.plan.constants, 0) | columns

    @cached_property
    def gazetteer(self) -> Gazetteer:
        return read_gazetteer(self.ctx.session, self.ctx.today)

    @cached_property
    def written(self) -> set[str]:
        """Declared fields that the file sets; fields derived from them are added later."""
        return {name for name in self.kind.fields() if name in self.column_numbers}

    @cached_property
    def position_fields(self) -> tuple[str, ...]:
        for fields in (("position",), ("x", "y"), ("latitude", "longitude")):
            if fields[0] in self.column_numbers:
                ends = tuple(END_OF[name] for name in fields if name in END_OF)
                return (*fields, *ends) if self.column_numbers.keys() & set(ends) else fields
        return (GEOMETRY,)

    @property
    def number(self) -> ColumnElement[int]:
        return ImportRow.number.expression

    def cell(self, field: str) -> ColumnElement[str]:
        """Text of a field in `import_row`; "" where no column holds it."""
        if field == GEOMETRY:
            return func.coalesce(ImportRow.geometry, "")
        if field in ANGLES and any(f"{field}_{part}" in self.column_numbers for part in ANGLE_PARTS):
            return self._angle(field)
        if field not in self.column_numbers and (ends := self.relation_ends(field)):
            return func.concat_ws("; ", *(func.nullif(func.btrim(self._column(end)), "") for end in ends))
        return self._column(field)

    def relation_ends(self, field: str) -> list[str]:
        """Columns that name the ends of a relation, where the file has no list of it."""
        relation = next((each for each in self.kind.relations if each.name == field), None)
        if relation is None or field in self.column_numbers:
            return []
        return [end.name for end in relation.ends if end.name in self.column_numbers]

    def _angle(self, field: str) -> ColumnElement[str]:
        """Degrees, minutes, seconds and hemisphere of four columns as one angle; "" where degrees are empty."""
        parts = [self._column(field), *(self._column(f"{field}_{part}") for part in ANGLE_PARTS)]
        *numbers, hemisphere = parts
        degrees, minutes, seconds = (func.regexp_replace(part, "[^0-9.,+-]", "", "g") for part in numbers)
        # Only the last given part may have decimals, so missing parts are left out.
        behind = case(
            (and_(minutes == "", seconds == ""), ""),
            else_=func.concat(func.coalesce(func.nullif(minutes, ""), "0"), "'"),
        )
        last = case((seconds == "", ""), else_=func.concat(seconds, '"'))
        whole = func.concat(degrees, "°", behind, last, " ", func.btrim(hemisphere))
        return case((degrees == "", ""), else_=whole)

    def _column(self, field: str) -> ColumnElement[str]:
        text = self.text_before_values(field)
        meanings: Mapping[str, str] = (self.batch.options.get("values") or {}).get(field) or {}
        if meanings and self.column_numbers.get(field):
            text = func.coalesce(literal(meanings, JSONB)[func.btrim(text)].astext, text)
        prefix = self.batch.options.get("code_prefix")
        if field == "own_code" and prefix:
            text = case((func.btrim(text) == "", ""), else_=literal(prefix, Text) + func.btrim(text))
        return text

    def text_before_values(self, field: str) -> ColumnElement[str]:
        """Text of a field after the replacements of its column, before the meanings of its values."""
        text = self.raw_text(field)
        if not self.column_numbers.get(field):
            return text
        for searched, substitute in (self.batch.options.get("replacements") or {}).get(field) or ():
            text = func.replace(text, searched, substitute)
        return text

    def raw_text(self, field: str) -> ColumnElement[str]:
        """Text of the column of a field as it was read, or its constant."""
        if not self.column_numbers.get(field):
            return literal(self.plan.constants.get(field, ""), Text)
        text: ColumnElement[str] = func.coalesce(ImportRow.cells[self.column_numbers[field]], "")
        return text

    def rows(self, *columns: Any) -> Select[Any]:
        """Select from the rows of the batch that are data."""
        query: Select[Any] = Select(*columns)
        query = query.select_from(ImportRow).where(ImportRow.batch_id == self.batch.id)
        left_out = self.no_data | self.set_aside.keys()
        if not left_out:
            return query
        # One array, for a statement takes 65,535 parameters at most.
        return query.where(ImportRow.number != all_(literal(sorted(left_out), ARRAY(BigInteger))))

    @cached_property
    def set_aside(self) -> Mapping[int, int]:
        """Rows that were merged into an earlier one -> that row."""
        decision = ImportDecision
        query = select(decision.number, decision.merged_into).where(
            decision.batch_id == self.batch.id, decision.merged_into.is_not(None), decision.choice == RowChoice.SKIP
        )
        return {row.number: row.merged_into for row in self.ctx.session.execute(query)}

    @cached_property
    def no_data(self) -> frozenset[int]:
        """Numbers of sections, totals and signatures: they look like these, and have no position."""
        numbers = [number for number, _text in self.batch.found.get("no_data") or ()]
        if not numbers:
            return frozenset()
        empty = [func.btrim(self.cell(field)) == "" for field in self.position_fields]
        query = select(ImportRow.number).where(ImportRow.batch_id == self.batch.id, ImportRow.number.in_(numbers))
        return frozenset(self.ctx.session.scalars(query.where(*empty)))

    def column_of(self, field: str) -> str:
        """Header of the column of a field."""
        if field == GEOMETRY:
            return _("Hình học")
        return self.plan.header_of(field)

    # --- scratch tables -------------------------------------------------------------------------------------------
    def create(self, table: Table) -> None:
        """Create an empty scratch table, dropped at the end of the transaction; replaces that of an earlier check."""
        run_plain(self.ctx.connection, _creation(table))

    def analyse(self, table: Table) -> None:
        """Collect statistics for the planner; the row number, the first column, is enough."""
        self.ctx.session.execute(text(f"ANALYZE {table.name} ({table.columns[0].name})"))

    def fill(self, table: Table, names: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Copy rows into a scratch table."""
        copy_values(self.ctx.session, table.name, tuple(names), rows)

    # --- problems --------------------------------------------------------------------------------------------
    def add_problems(self, problems: Iterable[RowProblem]) -> None:
        names = ("number", "field", "reason", "blocks", "value", "quiet", "other")
        rows = (
            (each.number, each.field, storable(each.reason), each.blocks, each.value, each.quiet, each.other)
            for each in problems
        )
        self.fill(ROW_PROBLEMS, names, rows)

    def add_problems_of(self, query: Executable, make: Callable[[Any], Iterable[RowProblem]]) -> None:
        """Add the problems that `make` finds in each row of a query."""
        # A cursor of the server takes three more statements, which a small file does not need.
        is_large = self.batch.counts.get("rows", 0) > FETCHED
        result = self.ctx.session.execute(query, execution_options={"yield_per": FETCHED} if is_large else {})
        for part in result.partitions(FETCHED):
            self.add_problems(problem for row in part for problem in make(row))

    def report(
        self, query: Executable, field: str, sentence: str | Callable[[Any], str], *, blocks: bool = True
    ) -> None:
        """Add one problem for each row of a query, which must have a column `number`."""

        def problem(row: Any) -> list[RowProblem]:
            reason = sentence if isinstance(sentence, str) else sentence(row)
            return [RowProblem(row.number, field, reason, blocks, other=getattr(row, "other", None))]

        self.add_problems_of(query, problem)
