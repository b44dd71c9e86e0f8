"""Guarded routes: each names its permission; the guard opens the transaction, checks, commits or rolls back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Protocol

import click
from flask import Blueprint, Response, current_app, g, make_response, request
from psycopg import Error as PsycopgError
from psycopg.errors import DeadlockDetected, ExclusionViolation, LockNotAvailable, QueryCanceled, UniqueViolation
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as BaseResponse

from registry.authz.actors import PUBLIC_ACTOR, SYSTEM_ACTOR, Actor, Ctx
from registry.authz.concurrency import acquire_slot
from registry.authz.idempotency import claim, store_response
from registry.authz.permissions import P
from registry.authz.scopes import CLOSING, holds, refusal
from registry.authz.second_factor import require_recent_factor, require_recent_proof
from registry.kernel.clock import utc_now
from registry.kernel.context import WriteNeeded
from registry.kernel.db.compiled import BoundStatement
from registry.kernel.db.session import STATEMENT_LIMIT_S, Database, abort, is_away
from registry.kernel.db.writes import rows_written
from registry.kernel.disk import DATA_FOLDER, database_away, disk_full, has_room, is_disk_full
from registry.kernel.errors import Busy, Conflict, DomainError, Forbidden, Invalid, SignInRequired
from registry.kernel.http.errors import RETRY_AFTER_S
from registry.kernel.i18n import _
from registry.kernel.services import Service

View = Callable[..., Any]
ActorLoader = Callable[[Session], Actor]
#: Renders a refusal; the only difference between HTML pages and JSON endpoints.
ErrorRenderer = Callable[[DomainError], Response]

#: Whether a request is expensive; a function where that depends on its arguments. A text is the key of its slot.
Costly = bool | Callable[[], bool | str]

#: endpoint -> method -> permission, filled as routes are declared.
ROUTES: dict[str, dict[str, P]] = {}
#: The same for expensive routes (files, documents, route search), which must acquire a slot first.
COSTLY: dict[str, dict[str, Costly]] = {}
#: Names of the blueprints for programs, whose routes take access tokens.
TAKES_TOKENS: set[str] = set()
_FIRST_REFUSAL = 400
#: Another transaction holds a lock that this request needs: nothing was changed, and a retry is right.
_BUSY = (LockNotAvailable, DeadlockDetected)
#: Another request wrote, after this one had looked, what may be there once.
_TAKEN = (UniqueViolation, ExclusionViolation)


class Notes(Protocol):
    """Writes notes on refusals and access outside the transaction of the request (audit.access_log)."""

    def __call__(self, actor: Actor, action: str, **details: Any) -> None:
        """Write one note."""


DATABASE = Service[Database]("registry.database")
ACTOR_LOADER = Service[ActorLoader]("registry.actor_loader")
#: Returns the statements to prefetch, for the actor and for all pages; called with time and read-only flag.
PREFETCH = Service[Callable[[datetime, bool], list[BoundStatement]]]("registry.prefetch_statements")
NOTES = Service[Notes]("registry.notes")
#: Called with the context after the view; the wiring writes the access note there.
AFTER_VIEW = Service[Callable[[Ctx], None]]("registry.after_request")


class GuardedBlueprint(Blueprint):
    """A blueprint whose routes need a permission to be declared."""

    def __init__(
        self, name: str, import_name: str, *, errors: ErrorRenderer, takes_tokens: bool = False, **options: Any
    ) -> None:
        super().__init__(name, import_name, **options)
        self.render_error = errors
        if takes_tokens:
            TAKES_TOKENS.add(name)

    def get(  # type: ignore[override]
        self, rule: str, *, permission: P, costly: Costly = False, **options: Any
    ) -> Callable[[View], View]:
        """Declare a read in a read-only transaction. A costly one must acquire a slot first (`concurrency`)."""
        return self._guarded(rule, "GET", permission, costly, options)

    def post(  # type: ignore[override]
        self,
        rule: str,
        *,
        permission: P,
        costly: Costly = False,
        once: bool = False,
        of_session: bool = False,
        binds: bool = False,
        **options: Any,
    ) -> Callable[[View], View]:
        """Declare a write. Forms of accounts are idempotent by their key; `once`: those of visitors as well.

        `binds`: it asks for the second factor once more, as writes by a permission of `BINDING` do.

        `of_session`: it begins or ends a session, which a nearly full disk still takes (`kernel/disk.py`).
        """
        return self._guarded(rule, "POST", permission, costly, options, once=once, of_session=of_session, binds=binds)

    def route(self, rule: str, **options: Any) -> Any:
        """Refused: `get` and `post` require the permission."""
        message = f"{rule}: declare the route with get or post and a permission"
        raise TypeError(message)

    def _guarded(
        self,
        rule: str,
        method: str,
        permission: P,
        costly: Costly,
        options: dict[str, Any],
        *,
        once: bool = False,
        of_session: bool = False,
        binds: bool = False,
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            endpoint = options.pop("endpoint", view.__name__)
            ROUTES.setdefault(f"{self.name}.{endpoint}", {})[method] = permission
            if costly:
                COSTLY.setdefault(f"{self.name}.{endpoint}", {})[method] = costly
            guarded = _guard(
                view,
                permission,
                self.render_error,
                costly,
                read_only=method == "GET",
                once=once,
                of_session=of_session,
                binds=binds,
            )
            self.add_url_rule(rule, endpoint, guarded, methods=[method], **options)
            return view

        return declare


def _guard(
    view: View,
    permission: P,
    render_error: ErrorRenderer,
    costly: Costly,
    *,
    read_only: bool,
    once: bool,
    of_session: bool,
    binds: bool,
) -> View:
    @wraps(view)
    def guarded(**values: Any) -> Response:
        database = DATABASE.current()
        loader = ACTOR_LOADER.current()
        # The page of a failure before the actor is loaded does not ask the database again.
        g.actor = PUBLIC_ACTOR
        now = utc_now()
        folder = DATA_FOLDER.current()

        def answered(**written: Any) -> Response:
            with database.transaction(
                lambda session: _load(session, loader),
                now=now,
                request_id=g.get("request_id", ""),
                origin=request.remote_addr or "",
                read_only=read_only,
                interactive=True,
                prefetch=PREFETCH.current()(now, read_only),
            ) as ctx:
                _require_room(ctx, folder, of_session=of_session)
                ctx.written.update(written)
                response = _answer(ctx, view, permission, costly, values, once=once, binds=binds)
                AFTER_VIEW.current()(ctx)
                return response

        try:
            response = _written_first(database, answered)
        except DomainError as error:
            _note_refusal(error)
            return render_error(_answered(error))
        except StaleDataError:
            return render_error(_lost_race())
        except (DBAPIError, PsycopgError) as error:
            refused = _refused_statement(error, folder)
            if refused is None:
                raise
            return render_error(refused)
        return response

    return guarded


def _require_room(ctx: Ctx, folder: Path, *, of_session: bool) -> None:
    if not ctx.read_only and not has_room(folder, for_session=of_session):
        raise disk_full(folder, RETRY_AFTER_S)


def _written_first(database: Database, answered: Callable[..., Response]) -> Response:
    """The answer of a request, begun again behind each write that it needs first."""
    written: dict[str, Any] = {}
    while True:
        try:
            return answered(**written)
        except WriteNeeded as needed:
            with database.transaction(g.actor, origin=request.remote_addr or "", interactive=True) as ctx:
                written[needed.key] = needed.write(ctx)


def _load(session: Session, loader: ActorLoader) -> Actor:
    g.actor = PUBLIC_ACTOR
    g.db_session = session
    g.actor = loader(session)
    actor: Actor = g.actor
    return actor


def _answer(
    ctx: Ctx, view: View, permission: P, costly: Costly, values: dict[str, Any], *, once: bool, binds: bool
) -> Response:
    g.ctx = ctx
    if not holds(ctx.actor, permission) or (ctx.actor.ended_on is not None and permission in CLOSING):
        raise refusal(ctx.actor, permission)
    if binds:
        require_recent_proof(ctx)
    elif not ctx.read_only:
        require_recent_factor(ctx, permission)
    # The same form sent twice waits for its first response here, not for a slot, which would refuse it.
    claimed = None if ctx.read_only else claim(ctx, request, of_visitors=once)
    if isinstance(claimed, BaseResponse):
        return make_response(claimed)
    key = costly() if callable(costly) else costly
    if key:
        acquire_slot(ctx, key if isinstance(key, str) else "")
    ctx.rows_before = rows_written(ctx.connection) if not ctx.read_only else 0
    response = make_response(view(ctx, **values))
    if response.status_code >= _FIRST_REFUSAL:
        abort(ctx)
    elif claimed is not None:
        store_response(ctx, claimed, response)
    return response


def _answered(error: DomainError) -> DomainError:
    """The refusal to answer: the error, or what its `afterwards` raises."""
    try:
        if error.afterwards is not None:
            error.afterwards()
    except DomainError as other:
        return other
    return error


def _refused_statement(error: DBAPIError | PsycopgError, folder: Path) -> DomainError | None:
    """The refusal for a failed statement; None for an unexpected error."""
    if is_away(error):
        return database_away(folder, RETRY_AFTER_S)
    if is_disk_full(error):
        return disk_full(folder, RETRY_AFTER_S)
    cause = getattr(error, "orig", error)
    if isinstance(cause, QueryCanceled):
        current_app.logger.error("statement over its time limit", exc_info=error)
        return _too_long()
    if isinstance(cause, _TAKEN):
        current_app.logger.warning("lost race", exc_info=error)
    elif not isinstance(cause, _BUSY):
        return None
    return _lost_race()


def _too_long() -> Busy:
    sentence = _(
        "Trang này cần lâu hơn giới hạn %(seconds)s giây của một lần xem; hãy thu hẹp bộ lọc hoặc thử lại sau ít phút.",
        seconds=STATEMENT_LIMIT_S,
    )
    return Busy(sentence, RETRY_AFTER_S)


def _lost_race() -> Conflict:
    return Conflict(_("Nội dung này đang được xử lý ở nơi khác; hãy thử lại sau ít giây."))


def _note_refusal(error: DomainError) -> None:
    notes = NOTES.current()
    if isinstance(error, (Forbidden, SignInRequired)):
        notes(
            g.actor,
            "refused",
            endpoint=request.endpoint,
            method=request.method,
            status=error.status,
        )


@contextmanager
def system_transaction() -> Iterator[Ctx]:
    """A transaction of the system for console commands; a refusal is printed, with exit code 1."""
    database = DATABASE.current()
    machine: Actor = SYSTEM_ACTOR
    try:
        with database.transaction(machine, origin="cli") as ctx:
            yield ctx
    except Invalid as error:
        raise click.ClickException("\n".join(error.sentences)) from error
    except DomainError as error:
        raise click.ClickException(error.message) from error
