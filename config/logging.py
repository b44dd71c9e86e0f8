"""Logs as one JSON object a line on standard error, without personal data."""

import logging
import re
import sys
from typing import Final, Protocol

import structlog
import structlog.tracebacks

HANDLER_NAME: Final = "registry-json"
#: Every one of these writes a line for each query, job or request: the request's own line is enough.
NOISY: Final = ("sqlalchemy.engine", "procrastinate", "alembic")
#: From here on a message of PostgreSQL repeats the values of the row, positions and persons included.
_ROW_FOLLOWS: Final = "\nDETAIL:"


#: Addresses whose next part lets whoever has it in: the link of a password, the receipt of a report.
_SECRET: Final = re.compile(r"^(/set-password/|/report/status/)[^/]+")


def path_in_log(path: str) -> str:
    """The path of a request as the log shows it, without what opens something."""
    return _SECRET.sub(r"\1…", path)


class LogSettings(Protocol):
    """The part of the settings that logging needs."""

    @property
    def log_level(self) -> str:
        """Name of the least severe level that is written."""
        ...


def configure_logging(settings: LogSettings) -> None:
    """Send the standard library's and structlog's records to standard error as JSON; calling it twice changes nothing.

    Records carry what is bound with structlog.contextvars and what `extra` names (such as request_id); callers log
    identifiers of rows, never names, addresses, positions or the text of a query.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.set_name(HANDLER_NAME)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Frames without their locals: those hold what people typed, and exact positions.
                structlog.processors.ExceptionRenderer(
                    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
                ),
                _without_rows,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if kept.get_name() != HANDLER_NAME] + [handler]
    root.setLevel(settings.log_level)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _without_rows(
    _logger: structlog.typing.WrappedLogger, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Cut from the messages of failed statements what they tell of the row."""
    for failure in event.get("exception", ()):
        failure["exc_value"] = failure["exc_value"].split(_ROW_FOLLOWS)[0]
    return event
