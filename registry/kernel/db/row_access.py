"""Row-level security: what the actor of a transaction lets the database give it of the protected tables.

The policies read these parameters of the transaction (migrations/sql/r0087, ADR 0049). Without them a protected table
is empty, so that a query that forgot its condition gives nothing to a rival.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from psycopg.pq import TransactionStatus
from sqlalchemy.orm import Session

from registry.kernel.context import Context, Principal
from registry.kernel.db.compiled import CompiledStatement, driver_connection

P = ParamSpec("P")
T = TypeVar("T")

#: The tables of whose rows each actor gets its own alone; their histories follow them.
PROTECTED: Final = (
    *("attachment", "colocation_agreement", "colocation_request", "import_batch", "incident", "joint_interest"),
    *("notice", "operator_plan", "site_request", "violation"),
)
#: Stands for all protected tables.
EVERY_TABLE: Final = "*"
_WHOLE_TABLES: Final = "registry.whole_tables"


@dataclass(frozen=True)
class RowAccess:
    """The rows of an actor, as the policies know them; an empty one gives no row."""

    #: Tables of which all rows are given: to offices, whose rights the matrix narrows.
    whole_tables: frozenset[str] = frozenset()
    #: Tables of which the rows in `unit_ids` are given.
    area_tables: frozenset[str] = frozenset()
    organisation_ids: frozenset[int] = frozenset()
    unit_ids: frozenset[int] = frozenset()
    roles: frozenset[str] = frozenset()
    account_id: int | None = None


#: Every row of every table, for jobs and commands.
FULL_ACCESS: Final = RowAccess(frozenset({EVERY_TABLE}))
_accesses: list[Callable[[Any], RowAccess]] = []


def install(access_of: Callable[[Any], RowAccess]) -> None:
    """Let the rights of actors decide (authz/row_access.py does so when it is imported)."""
    _accesses[:] = [access_of]


def access_of(actor: Principal) -> RowAccess:
    """The rows of the actor; none before the rights are in force."""
    return _accesses[0](actor) if _accesses else RowAccess()


def access_statement(access: RowAccess) -> str:
    """The statement that sets the parameters of the policies for the transaction; it contains no user input."""
    parameters = {
        _WHOLE_TABLES: _array(access.whole_tables),
        "registry.area_tables": _array(access.area_tables),
        "registry.organisations": _array(access.organisation_ids),
        "registry.units": _array(access.unit_ids),
        "registry.roles": _array(access.roles),
        "registry.account": "" if access.account_id is None else str(access.account_id),
    }
    parts = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in parameters.items())
    return f"SELECT concat({parts})"


_SET_WHOLE: Final = CompiledStatement.of(f"SELECT set_config('{_WHOLE_TABLES}', %(tables)s, true)")
_INFO: Final = "row_access.whole_tables"


def note_access(session: Session, access: RowAccess) -> None:
    """Keep what the transaction of a session began with; its actor may be exchanged later."""
    session.info[_INFO] = access.whole_tables


def has_whole_table(session: Session, table: str) -> bool:
    """Whether a table is protected, and its policy gives the transaction all of its rows."""
    whole_tables: frozenset[str] = session.info.get(_INFO, frozenset())
    return table in PROTECTED and not whole_tables.isdisjoint({EVERY_TABLE, table})


@contextmanager
def across_organisations(ctx: Context[Any], *tables: str) -> Iterator[None]:
    """Let the statements of the block see all rows of these tables.

    For totals and for acts whose rows name others: what leaves the block must not tell an actor what it may not see.
    tests/arch/test_row_access.py lists each module that opens tables, with its reason.
    """
    former: frozenset[str] = ctx.session.info.get(_INFO, frozenset())
    if EVERY_TABLE in former or former.issuperset({*PROTECTED, EVERY_TABLE}.intersection(tables)):
        yield
        return
    ctx.session.flush()
    _set_whole(ctx.session, former | set(tables))
    try:
        yield
        ctx.session.flush()
    finally:
        # A failed statement ends the transaction, and with it the parameter.
        if ctx.session.is_active and not _has_failed(ctx.session):
            _set_whole(ctx.session, former)


def sees_all_rows(*tables: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorator of a function whose first argument is the context: `across_organisations` for the whole of it."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def seeing(*args: P.args, **kwargs: P.kwargs) -> T:
            with across_organisations(args[0], *tables):  # type: ignore[arg-type]
                return function(*args, **kwargs)

        return seeing

    return decorate


def _has_failed(session: Session) -> bool:
    return driver_connection(session.connection()).info.transaction_status == TransactionStatus.INERROR


def _set_whole(session: Session, tables: frozenset[str]) -> None:
    _SET_WHOLE.execute(session.connection(), {"tables": _array(tables)})
    session.info[_INFO] = tables


def _array(values: Iterable[Any]) -> str:
    return "{" + ",".join(str(value) for value in sorted(values)) + "}"
