"""An application whose database has the official boundaries, on a connection that forgets each test.

The boundaries stand beside this checkout, not in it: tests that need them are left out where they are missing.
"""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from config.settings import CHECKOUT
from registry.authz.actors import SYSTEM_ACTOR
from registry.kernel.db.session import WEB_ROLE, Database
from registry.territory.importing.service import import_folder
from registry.wiring import use_database
from tests.support.database import cloned

DATA = CHECKOUT.parent / "shared" / "data"
SAMPLES = DATA / "samples"
#: The mark of tests that need them.
NEEDS_SAMPLES = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside this checkout")


@pytest.fixture(scope="session")
def province_url(cluster, template_database):
    """The owner's address of a database with the official boundaries; tests leave nothing in it."""
    with cloned(cluster, template_database, "province") as url:
        database = Database(url, role=WEB_ROLE)
        with database.transaction(SYSTEM_ACTOR) as ctx:
            import_folder(ctx, DATA / "boundaries")
        database.dispose()
        yield url


@pytest.fixture
def province(application, province_url):
    """The application and its database, on one connection that is rolled back."""
    engine = create_engine(province_url, poolclass=NullPool)
    with engine.connect() as connection:
        outer = connection.begin()
        connection.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))
        database = Database(province_url, role=WEB_ROLE, bind=connection)
        use_database(application, database)
        yield application, database
        outer.rollback()
    engine.dispose()
