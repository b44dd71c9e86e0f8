"""Fixtures of all tests: a private cluster, a template with the cast, a clone a process, a roll-back a test."""

import pytest
from hypothesis import HealthCheck, settings

from registry.kernel.feature import mount
from registry.wiring.features import FEATURES
from tests.support.clock import clock, stop_time
from tests.support.database import cluster, database_url, live_url, migrated_database, module_url, template_database
from tests.support.demo import demo_database
from tests.support.fixtures import (
    app,
    application,
    cast,
    client_of,
    ctx_of,
    database,
    kept_engine,
    live_app,
    live_application,
    loaded_app,
    public,
)
from tests.support.haste import hurry, settle
from tests.support.optional_needs import watch_refusals
from tests.support.passwords import hash_with_little_work

pytest_plugins = ("tests.suite.collection", "tests.suite.shares", "tests.suite.price", "tests.support.reading")

__all__ = [
    "app",
    "application",
    "cast",
    "client_of",
    "clock",
    "cluster",
    "ctx_of",
    "database",
    "database_url",
    "demo_database",
    "kept_engine",
    "live_app",
    "live_application",
    "live_url",
    "loaded_app",
    "migrated_database",
    "module_url",
    "public",
    "template_database",
]

# How long a drawn example takes says how busy the machine is, and nothing of the program.
settings.register_profile("suite", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
# What is true of all features is tested without an application, too.
mount(FEATURES)
stop_time()
hash_with_little_work()
hurry()
watch_refusals()


def pytest_collection_finish():
    """What is loaded by now stays."""
    settle()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Collect what a file left behind, once its last fixture is torn down."""
    torn_down = yield
    if nextitem is None or nextitem.path != item.path:
        settle()
    return torn_down
