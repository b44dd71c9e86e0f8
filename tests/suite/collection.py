"""What holds of the collected tests: their order, and what a layer may hold."""

import pytest

from tests.suite.endpoints import PATTERNS
from tests.suite.layers import MOST, layer_of, place_of

#: A test that asks for one of these, itself or through another fixture, needs the database server.
_NEEDS_DATABASE = {"cluster", "template_database", "database_url"}


def pytest_addoption(parser):
    """`--endpoints`: the table of permissions for some routes, in seconds."""
    parser.addoption(
        "--endpoints", default="", help="endpoints of the table of permissions, such as exports.*,home.index"
    )


def pytest_configure(config):
    """Say to the table of permissions which routes are asked for."""
    PATTERNS[:] = [pattern.strip() for pattern in config.getoption("--endpoints").split(",") if pattern.strip()]


def pytest_collection_modifyitems(items):
    """Put the tests into the order of the layers, and refuse what breaks the rule of a layer."""
    problems = []
    counts = dict.fromkeys(MOST, 0)
    for item in items:
        layer = layer_of(item.nodeid)
        if layer in counts and not (item.get_closest_marker("sweep") or item.get_closest_marker("trial")):
            counts[layer] += 1
        if layer == "unit" and _NEEDS_DATABASE & set(getattr(item, "fixturenames", ())):
            problems.append(f"{item.nodeid} is a unit test and asks for the database; it belongs into tests/db.")
    for layer, most in MOST.items():
        if counts[layer] > most:
            problems.append(f"{counts[layer]} {layer} tests, at most {most}: move what needs none to another layer.")
    if problems:
        raise pytest.UsageError("\n".join(problems[:40]))
    items.sort(key=lambda item: place_of(item.nodeid))
