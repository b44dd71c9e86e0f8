"""Options of the web server, read by gunicorn when the supervisor starts it."""

import ctypes
import logging
import os
import signal
import sys
from typing import Any, Final

from gunicorn.glogging import Logger

from config.logging import configure_logging, path_in_log
from config.settings import Settings
from registry.authz.lanes import threads_of_process
from registry.kernel.request_figures import FOLDER, VARIABLE, RequestFigures
from registry.ogc.web_worker import WebWorker


class JsonLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Hands gunicorn's records to the logging of the program instead of writing its own format."""

    def setup(self, cfg: Any) -> None:
        """Leave formats and files to the root logger."""
        self.error_log.propagate = True
        self.access_log.propagate = True

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """What the line of a request is put together from."""
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return found | {"U": path_in_log(found["U"])}

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """The line of a request; not put together where the level of the program wants none."""
        if self.access_log.isEnabledFor(logging.INFO):
            super().access(resp, req, environ, request_time)


def _end_at_once() -> None:
    """What a worker does when it is told to end before it has handlers of its own."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


# A worker that is told to end while it is born would put the word into its copy of the master's queue, where nobody
# reads: it lived on, with the port held, until graceful_timeout was over.
_ENDING: Final = (signal.SIGTERM,)
os.register_at_fork(
    before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING),
    after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING),
    after_in_child=_end_at_once,
)

#: Parameters of the C library's mallopt, where it is glibc: number of arenas, size from which a block is mapped by
#: itself, and free memory that is not given back. The library raises the last two with each large block that is freed,
#: so that uploads and downloads would leave their memory with the worker.
_MALLOC: Final = ((-8, 2), (-3, 256 * 1024), (-1, 1024 * 1024))


def _give_memory_back() -> None:
    """Set the limits for this process and its workers; no effect on other C libraries."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for parameter, value in _MALLOC:
            library.mallopt(parameter, value)


_give_memory_back()
_settings = Settings.from_env()
configure_logging(_settings)

bind = [_settings.url.removeprefix("http://")]
# Threads share one process's pool of connections. Workers are never recycled by a count of requests: with threads that
# cuts off requests in flight.
worker_class = WebWorker
workers = _settings.web_workers
# Most of them wait (registry/authz/lanes.py).
threads = threads_of_process(_settings.web_threads)
# A thread that comes back from the database waits so long, in seconds, for one that computes: a page comes back often.
sys.setswitchinterval(0.001)
# Loaded once and forked: a further worker, or one that is born again, answers at once. Nothing is connected by then.
preload_app = True
timeout = 60
graceful_timeout = 12
# Longer than browsers and proxies (deploy/Caddyfile: 60 s) keep a connection idle: a request is not sent into one that
# is just being closed here.
keepalive = 130
# Who came through the reverse proxy is decided by REGISTRY_PROXY_HOPS in the application alone.
forwarded_allow_ips = ""
# No second way in: workers are managed by the supervisor's signals.
control_socket_disable = True
proc_name = "registry-web"
logger_class = JsonLogger
# The path without its query, and no address: searched words and who searched are personal data.
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(D)sus request=%({x-request-id}o)s"

if _settings.metrics_port is not None:
    _figures = RequestFigures(_settings.data_dir / FOLDER)
    os.environ[VARIABLE] = str(_settings.data_dir / FOLDER)

    def post_fork(_server: Any, _worker: Any) -> None:
        """Count in a file of the worker's own."""
        _figures.begin_worker()

    def pre_request(_worker: Any, request: Any) -> None:
        """Begin to measure."""
        _figures.begin(request)

    def post_request(_worker: Any, request: Any, _environ: Any, response: Any) -> None:
        """Count the request, its answer sent."""
        _figures.end(request, response)
