"""Options of the web server, read by gunicorn when the supervisor starts it."""

import logging
from typing import Any

from gunicorn.glogging import Logger

from config.logging import configure_logging
from config.settings import Settings


class JsonLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Hands gunicorn's records to the logging of the program instead of writing its own format."""

    def setup(self, cfg: Any) -> None:
        """Leave formats and files to the root logger."""
        self.error_log.propagate = True
        self.access_log.propagate = True

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """The line of a request; not put together where the level of the program wants none."""
        if self.access_log.isEnabledFor(logging.INFO):
            super().access(resp, req, environ, request_time)


_settings = Settings.from_env()
configure_logging(_settings)

bind = [_settings.url.removeprefix("http://")]
# Threads share one process's pool of connections. Workers are never recycled by a count of requests: with threads that
# cuts off requests in flight.
worker_class = "gthread"
workers = _settings.web_workers
threads = _settings.web_threads
timeout = 60
graceful_timeout = 15
keepalive = 5
# Who came through the reverse proxy is decided by REGISTRY_PROXY_HOPS in the application alone.
forwarded_allow_ips = ""
# No second way in: workers are managed by the supervisor's signals.
control_socket_disable = True
proc_name = "registry-web"
logger_class = JsonLogger
# The path without its query, and no address: searched words and who searched are personal data.
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(D)sus request=%({x-request-id}o)s"
