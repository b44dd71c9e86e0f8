"""What tests cost: seconds of each layer by phase, statements, requests and templates, and the dearest fixtures.

Each process counts for itself; the one that the terminal belongs to sums up and prints. Fixtures are counted without
those that they ask for. In the browser layer requests are answered in threads beside the test: their seconds are within
those of the test, and may wait for one another.
"""

import collections
import time

import flask
import jinja2
import psycopg
import pytest

from tests.suite.layers import LAYERS, file_of, layer_of

DEAREST = 15
_COLUMNS = ("setup", "call", "teardown", "request", "template", "database")
#: What is counted, beside the seconds of each column.
_COUNTED = ("tests", "requests", "templates", "statements")


class Price:
    """Sums of this process: (layer, column) -> seconds or number, file -> seconds, fixture -> (seconds, times)."""

    def __init__(self):
        self.layer = None
        self.layers, self.files = collections.Counter(), collections.Counter()
        self.fixtures, self.times = collections.Counter(), collections.Counter()

    def add(self, other):
        """Sum up with what another process counted (`as_data`)."""
        for mine, theirs in zip(self._counters(), other, strict=True):
            mine.update(dict(theirs))

    def as_data(self):
        """What can be sent to another process."""
        return [list(each.items()) for each in self._counters()]

    def _counters(self):
        return self.layers, self.files, self.fixtures, self.times

    def measured(self, function, column, counted):
        """The function, whose seconds and calls are counted for the layer of the test that runs."""

        def measured(*args, **kwargs):
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.layers[self.layer, column] += time.perf_counter() - began
                self.layers[self.layer, counted] += 1

        return measured


def pytest_configure(config):
    """Count from now on."""
    price = Price()
    config.pluginmanager.register(Counting(price), "price-of-tests")
    flask.Flask.__call__ = price.measured(flask.Flask.__call__, "request", "requests")
    jinja2.Template.render = price.measured(jinja2.Template.render, "template", "templates")
    psycopg.Connection.wait = price.measured(psycopg.Connection.wait, "database", "statements")


class Counting:
    """The hooks of one run."""

    def __init__(self, price):
        self._price = price

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid):
        """The test that runs, and its layer."""
        self._price.layer = layer_of(nodeid) or "other"

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        """Seconds of a fixture, without those that it asks for by name."""
        began = time.perf_counter()
        value = yield
        self._price.fixtures[fixturedef.argname] += time.perf_counter() - began
        self._price.times[fixturedef.argname] += 1
        return value

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item):
        """Seconds of a phase of a test."""
        report = yield
        layer = layer_of(item.nodeid) or "other"
        self._price.layers[layer, report.when] += report.duration
        self._price.layers[layer, "tests"] += report.when == "call"
        self._price.files[file_of(item.nodeid)] += report.duration
        return report

    def pytest_sessionfinish(self, session):
        """Send the sums to the process that prints them."""
        if hasattr(session.config, "workerinput"):
            session.config.workeroutput["price"] = self._price.as_data()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        """Sum up; a process that ended early has sent nothing."""
        self._price.add(getattr(node, "workeroutput", {}).get("price", []) or Price().as_data())

    def pytest_terminal_summary(self, terminalreporter):
        """Print the tables after a run of all tests."""
        if terminalreporter.config.getoption("numprocesses", None) or terminalreporter.config.getoption("tx", None):
            for line in table(self._price):
                terminalreporter.write_line(line)


def table(price):
    """Lines: the dearest files and fixtures, and the layers."""
    yield f"The {DEAREST} dearest files, in seconds of one process:"
    yield from (f"{seconds:9.1f}  {file}" for file, seconds in price.files.most_common(DEAREST))
    yield f"The {DEAREST} dearest fixtures, in seconds of one process, and how often they were made:"
    yield from (
        f"{seconds:9.1f}  {name} ({price.times[name]})" for name, seconds in price.fixtures.most_common(DEAREST)
    )
    yield "Layers, in seconds of one process; requests, templates and the database are within the phases:"
    yield "  ".join(["layer    ", *(f"{column:>9}" for column in _COLUMNS), *(f"{column:>10}" for column in _COUNTED)])
    for layer in LAYERS:
        seconds = (f"{price.layers[layer, column]:9.1f}" for column in _COLUMNS)
        counts = (f"{price.layers[layer, column]:10,}" for column in _COUNTED)
        yield "  ".join([f"{layer:9}", *seconds, *counts])
