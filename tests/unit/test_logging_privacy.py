"""A failure in the log names the place in the program, never the values that it worked on."""

import json
import logging

import pytest

from config.logging import HANDLER_NAME, configure_logging, path_in_log

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


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/set-password/acU3KLG9K9-5sqS", "/set-password/…"),
        ("/report/status/7QK2-M4XA/reopen", "/report/status/…/reopen"),
        ("/structures/THA-CTC-0000001", "/structures/THA-CTC-0000001"),
    ],
)
def test_what_opens_something_stays_out_of_the_line_of_a_request(path, shown):
    assert path_in_log(path) == shown


@pytest.mark.parametrize("address", ["/set-password/", "/report/status/"])
def test_the_addresses_with_a_secret_are_those_of_the_program(loaded_app, address):
    rules = {rule.rule for rule in loaded_app.url_map.iter_rules()}
    assert any(rule.startswith(f"{address}<") for rule in rules)
