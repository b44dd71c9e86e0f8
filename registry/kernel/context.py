"""The context of every read and write: session, actor, time and origin of the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from registry.kernel.clock import local_date
from registry.kernel.db.compiled import BoundStatement
from registry.kernel.db.writes import rows_written


class WriteNeeded(Exception):
    """A read needs what a write returns: the write comes first, in a transaction of its own, then the read again."""

    def __init__(self, key: str, write: Callable[[Context[Any]], Any]) -> None:
        super().__init__(key)
        self.key, self.write = key, write


def written_first(ctx: Context[Any], key: str, write: Callable[[Context[Any]], Any]) -> Any:
    """What `write` returned in a transaction that ended before this read began; WriteNeeded for the first time."""
    if key not in ctx.written:
        raise WriteNeeded(key, write)
    return ctx.written[key]


class Principal(Protocol):
    """What the database needs to know of an actor."""

    #: Row of the account; None without an account.
    @property
    def id(self) -> int | None: ...

    #: Organisation of the actor.
    @property
    def organisation_id(self) -> int | None: ...


ActorT = TypeVar("ActorT", bound=Principal)


@dataclass
class Context(Generic[ActorT]):
    """One transaction as a service sees it; `now` is constant within it."""

    session: Session
    actor: ActorT
    now: datetime
    request_id: str
    origin: str
    read_only: bool = False
    #: Id shared by the history rows of this transaction and its audit event; None in a read-only transaction.
    change_id: int | None = None
    #: Run in order just before the commit, inside the transaction (the audit chain, the outbox).
    before_commit: list[Callable[[Context[Any]], None]] = field(default_factory=list)
    #: Run after the commit (wake the worker, drop a cache); a failure there cannot undo the commit.
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    #: Executed after the transaction, committed or aborted, each in its own; not when the block raised.
    notes: list[BoundStatement] = field(default_factory=list)
    #: Whether the transaction is over; error pages are rendered after it.
    is_over: bool = False
    #: What was written before this read for its sake, by the key of `written_first`.
    written: dict[str, Any] = field(default_factory=dict)
    #: Cache for one transaction, keyed by the module that owns the entry.
    memo: dict[str, Any] = field(default_factory=dict)
    #: Locks that the transaction holds until its end and need not ask for again; a roll-back to a savepoint frees those
    #: that were taken after it.
    locks: set[str] = field(default_factory=set)

    #: `rows_written` of the connection when the view began.
    rows_before: int = 0

    def has_written(self) -> bool:
        """Whether any row was written since the view began, changes that are still to be flushed included."""
        self.session.flush()
        return rows_written(self.connection) > self.rows_before

    @property
    def today(self) -> date:
        return local_date(self.now)

    @cached_property
    def connection(self) -> Connection:
        """The connection of the transaction, for compiled statements."""
        return self.session.connection()
