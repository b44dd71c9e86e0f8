"""Fixtures for files whose tests look at the same rows: these are made once a file, and each test is taken back alone.

A file takes all of them by their names, `database, app, ctx_of, client_of, taken_back = shared.FIXTURES`, and gives the
fixture that makes its rows the scope of a module. Every test of the file should ask for those rows: whether they are
there must not depend on the test that ran before.
"""

import pytest

from tests.support.fixtures import browsers_of, contexts_on, forgetting, on_database


def fixtures(scope):
    """The five fixtures, made once for each module or package."""

    @pytest.fixture(scope=scope)
    def database(database_url, kept_engine):
        """The connection of this file; everything on it is rolled back."""
        with forgetting(database_url, kept_engine) as cleaned_database:
            yield cleaned_database

    @pytest.fixture(scope=scope)
    def app(application, database):
        """The application on the connection of this file."""
        with on_database(application, database) as used_application:
            yield used_application

    @pytest.fixture(scope=scope)
    def ctx_of(app, database):
        """A function: user name (None: the public) -> context manager with a writing context of that actor."""
        del app
        return contexts_on(database)

    @pytest.fixture(scope=scope)
    def client_of(app, ctx_of):
        """A function: user name (None: the public) -> a browser that is signed in, without the work of a password."""
        return browsers_of(app, ctx_of)

    @pytest.fixture(autouse=True)
    def taken_back(database):
        """What a test does is rolled back; what its file has made stays."""
        savepoint = database._bind.begin_nested()
        yield
        savepoint.rollback()

    return database, app, ctx_of, client_of, taken_back


FIXTURES = fixtures("module")
