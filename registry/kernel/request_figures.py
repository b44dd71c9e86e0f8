"""Figures of web requests: each web worker counts in a file of its own, and /metrics adds the files up.

The files are those of prometheus_client's multiprocess mode. That is chosen by a variable of the environment
(`VARIABLE`, the folder) when the library is imported first: the web server sets it before it loads the application, and
this module imports the library late.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from registry.kernel.installation import make_private

if TYPE_CHECKING:
    from prometheus_client import Histogram

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
#: Below the data directory.
FOLDER: Final = "metrics"
NAME: Final = "registry_web_request_duration_seconds"
#: Room for all buckets of all methods and classes. It is taken at once: a write into a mapped file for which the disk
#: has no room would end the worker.
_FILE_BYTES: Final = 512 * 1024
_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PROBES: Final = frozenset({"/healthz", "/readyz"})

log = logging.getLogger(__name__)


class RequestFigures:
    """Counts requests by method and class of status; its methods are hooks of gunicorn.

    Made in the master before a worker is there: `folder` is emptied, since what other processes counted is over.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.perf_counter) -> None:
        self._folder = folder
        self._clock = clock
        self._durations: Histogram | None = None
        make_private(folder)
        for left in folder.glob("*.db"):
            left.unlink()

    def begin_worker(self) -> None:
        """Begin to count in this process; without room on the disk the worker serves uncounted."""
        try:
            handle = os.open(self._folder / f"histogram_{os.getpid()}.db", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, _FILE_BYTES)
            finally:
                os.close(handle)
        except OSError as error:
            log.error("requests are not counted: %s", error.strerror)  # noqa: TRY400  # the sentence says it all
            return
        self._durations = durations()

    def begin(self, request: Any) -> None:
        request.begun = self._clock()

    def end(self, request: Any, response: Any) -> None:
        """`response` is None where the request could not be read."""
        begun, status = getattr(request, "begun", None), getattr(response, "status_code", None)
        if self._durations is None or begun is None or request.path in _PROBES:
            return
        method = request.method if request.method in _METHODS else "other"
        # Without a status the handler failed, and gunicorn answers for it.
        labels = method, f"{status // 100}xx" if status else "5xx"
        self._durations.labels(*labels).observe(self._clock() - begun)


def durations() -> Histogram:
    """The histogram whose values lie in the files."""
    from prometheus_client import Histogram  # noqa: PLC0415  # see above

    text = "Duration of web requests, by method and class of status."
    return Histogram(NAME, text, ("method", "status"), registry=None, buckets=_BUCKETS)
