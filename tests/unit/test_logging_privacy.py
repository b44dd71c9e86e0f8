"""A failure in the log names the place in the program, never the values that it worked on."""

import json
import logging

import pytest

from config.logging import HANDLER_NAME, configure_logging

CANARY = "19.8123457"


class Settings:
    log_level = "INFO"


@pytest.fixture
def logged():
    """A function: a failure -> the line that the log keeps of it."""
    before = logging.getLogger().handlers
    configure_logging(Settings())
    handler = next(h for h in logging.getLogger().handlers if h.get_name() == HANDLER_NAME)

    def line(error):
        record = logging.LogRecord(
            "registry", logging.ERROR, __file__, 1, "unhandled", (), (type(error), error, error.__traceback__)
        )
        return handler.format(record)

    yield line
    logging.getLogger().handlers = before


def failing(position, message="broken"):
    secret_local = f"position {position}"
    raise ValueError(message + secret_local[:0])


def test_local_variables_stay_out_of_the_log(logged):
    with pytest.raises(ValueError) as caught:
        failing(CANARY)
    line = logged(caught.value)
    assert CANARY not in line
    assert json.loads(line)["exception"][0]["exc_type"] == "ValueError"


def test_the_row_of_a_failed_statement_stays_out_of_the_log(logged):
    with pytest.raises(ValueError) as caught:
        failing("", f"violates check constraint\nDETAIL:  Failing row contains ({CANARY}).")
    line = logged(caught.value)
    assert CANARY not in line
    assert "violates check constraint" in line
