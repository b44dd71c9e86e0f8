"""The application in a thread, on a database that really commits: one for each file of tests."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.serving import WSGIRequestHandler, make_server

from config.settings import Settings
from registry.audit.chain import write_pending
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.kernel.cli.serve import WORKER_SERVICES
from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE, Database
from registry.kernel.jobs import run_worker
from registry.wiring import create_app
from tests.support.fixtures import actor_named

SECRET_KEY = "k" * 40


@dataclass
class Site:
    """Where the application answers, and the structures that it holds by the names of this file."""

    url: str
    database: Database
    data_dir: Path
    owner_url: str
    app: Any
    log: list[str]
    codes: dict[str, str] = field(default_factory=dict)

    def work(self) -> None:
        """Do whatever waits in the queue, to its end."""
        with self.working():
            pass

    @contextlib.contextmanager
    def working(self) -> Iterator[threading.Thread]:
        """Do whatever waits in the queue while the block runs, and after it to its end."""
        # In a thread: the loop of Playwright runs in this one.
        statuses: list[int] = []
        thread = threading.Thread(target=lambda: statuses.append(self._work()), name="e2e-worker")
        thread.start()
        try:
            yield thread
        finally:
            thread.join()
        assert statuses == [0], "\n".join(self.log[-40:])

    def _work(self) -> int:
        database = Database(self.owner_url, role=WORKER_ROLE)
        database.before_commit.append(write_pending)
        try:
            services = WORKER_SERVICES.of(self.app)
            return run_worker(database, self.data_dir, wait=False, services=services)
        finally:
            database.dispose()

    @contextlib.contextmanager
    def writing_as(self, username: str) -> Iterator[Ctx]:
        """A transaction of one of the cast."""
        with writing(self.database, username) as ctx:
            yield ctx

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees the rows of all organisations."""
        with self.database.transaction(SYSTEM_ACTOR, origin="test", read_only=True) as ctx:
            yield ctx.session


@contextlib.contextmanager
def writing(database: Database, username: str) -> Iterator[Ctx]:
    """A transaction of one of the cast on a database."""
    with database.transaction(lambda session: actor_named(session, username), origin="test") as ctx:
        yield ctx


class Log(logging.Handler):
    """Keeps what the server logs while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """One record, with its traceback."""
        self.lines.append(self.format(record))


class QuietHandler(WSGIRequestHandler):
    """Requests are logged, not printed."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """One line a request, kept for the test that fails."""
        del size
        logging.getLogger("e2e.server").info("%s %s", self.requestline, code)


def read_whole(application: Any) -> Any:
    """The application with each answer read and closed before it is sent.

    The test server leaves a file open when a browser goes away in the middle of it.
    """

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        parts = application(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer


class Entrance:
    """Lets requests into an application until it is closed; those after that are answered with 503.

    The test server does not wait for its threads. A request that is still answered when the pool of the database is
    closed leaves its connection open.
    """

    def __init__(self, application: Any) -> None:
        self._application, self._changed = application, threading.Condition()
        self._inside, self._is_open = 0, True

    def __call__(self, environ: Any, start_response: Any) -> Any:
        with self._changed:
            if not self._is_open:
                return ServiceUnavailable()(environ, start_response)
            self._inside += 1
        try:
            return self._application(environ, start_response)
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Return when the last request inside has been answered."""
        with self._changed:
            self._is_open = False
            self._changed.wait_for(lambda: self._inside == 0)


@contextlib.contextmanager
def serving(owner_url: str, data_dir: Path, codes: dict[str, str] | None = None) -> Iterator[Site]:
    """The application at an address of its own for as long as the block runs."""
    database = Database(owner_url, role=WEB_ROLE)
    app = create_app(Settings(secret_key=SECRET_KEY, data_dir=data_dir, testing=True), database)
    log = Log()
    logging.getLogger("e2e.server").setLevel(logging.INFO)
    logging.getLogger().addHandler(log)
    entrance = Entrance(read_whole(app))
    server = make_server("127.0.0.1", 0, entrance, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="e2e-server")
    thread.start()
    try:
        yield Site(
            f"http://127.0.0.1:{server.server_port}", database, data_dir, owner_url, app, log.lines, dict(codes or {})
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        entrance.close()
        logging.getLogger().removeHandler(log)
        database.dispose()
