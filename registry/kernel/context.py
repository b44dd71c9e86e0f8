"""What every read and write is given: the session, who asks, the time, and where the request came from."""

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


class Principal(Protocol):
    """The least that the database must know of an actor."""

    @property
    def id(self) -> int | None:
        """Row of the account; None for who has none."""
        ...

    @property
    def organisation_id(self) -> int | None:
        """Organisation acted for."""
        ...


ActorT = TypeVar("ActorT", bound=Principal)


@dataclass
class Context(Generic[ActorT]):
    """One transaction seen from a service: `now` never changes inside it."""

    session: Session
    actor: ActorT
    now: datetime
    request_id: str
    origin: str
    read_only: bool = False
    #: Id shared by all history rows of this transaction and by its audit event; None where nothing may be written.
    change_id: int | None = None
    #: Run in order just before the commit, inside the transaction (the audit chain, the outbox).
    before_commit: list[Callable[[Context[Any]], None]] = field(default_factory=list)
    #: Run after the commit (wake the worker, drop a cache); a failure there cannot undo the commit.
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    #: Written when the transaction is over, committed or aborted, each on its own: not where the block raised.
    notes: list[BoundStatement] = field(default_factory=list)
    #: Whether the transaction is over: pages of errors are made then.
    is_over: bool = False
    #: Scratch space for one transaction, keyed by the module that owns the entry.
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The legal day (Việt Nam) of `now`."""
        return local_date(self.now)

    @cached_property
    def connection(self) -> Connection:
        """The connection of the transaction, for statements in the words of the driver."""
        return self.session.connection()
