"""The sample files of operators with the official boundaries, by the pages, as a whole."""

import pytest
from sqlalchemy import func, select

from config.settings import CHECKOUT, Settings
from registry.accounts.models import UserAccount
from registry.authz.actors import SYSTEM_ACTOR
from registry.imports.jobs import STORE, run_work
from registry.imports.models import ImportBatch
from registry.kernel.db.session import WEB_ROLE, Database
from registry.structures.models import Structure
from registry.territory.importing.service import import_folder
from registry.wiring import create_app
from tests.support.live import browser
from tests.web.test_import_pages import confirm, post, send

DATA = CHECKOUT.parent / "shared" / "data"
SAMPLES = DATA / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside this checkout")


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    """An application whose database has the official boundaries."""
    settings = Settings(secret_key="x" * 40, data_dir=tmp_path_factory.mktemp("data"), testing=True)
    database = Database(module_url, role=WEB_ROLE)
    app = create_app(settings, database)
    with database.transaction(SYSTEM_ACTOR) as ctx:
        import_folder(ctx, DATA / "boundaries")
    yield app, database
    database.dispose()


def checked(site, username, file, kind, **changes):
    """Upload a sample and take the suggested columns; the browser and the address of the batch."""
    client = browser(site[0], username)
    answer = send(client, (SAMPLES / file).read_bytes(), name=file, kind=kind)
    assert answer.status_code == 303
    assert confirm(client, answer.headers["Location"], **changes).status_code == 303
    return client, answer.headers["Location"]


def apply(site, username, client, address):
    """Ask for the batch to be applied, and do the worker's part; the status of the answer and the batch afterwards."""
    app, database = site
    answer = post(client, address, "apply")
    batch_id = int(address.rsplit("/", 1)[1])
    with database.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        user_id = ctx.session.scalar(select(UserAccount.id).where(UserAccount.username == username))
    if answer.status_code == 303:
        run_work(database, app.extensions[STORE], "apply", batch_id, user_id)
    with database.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        return answer.status_code, ctx.session.get(ImportBatch, batch_id)


def count_of(site, kind):
    with site[1].transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        return ctx.session.scalar(select(func.count(Structure.id)).where(Structure.kind == kind))


def test_the_list_of_towers_goes_in_once_but_for_its_fifteen_bad_rows(site):
    client, address = checked(site, "viettel", "thanh_hoa_sites.csv", "antenna_tower")
    status, batch = apply(site, "viettel", client, address)
    assert (status, batch.state) == (303, "applied")
    assert count_of(site, "antenna_tower") == 405
    assert "405" in client.get(address).text
    # The workbook holds the same rows: there is nothing left to apply.
    client, address = checked(site, "viettel", "thanh_hoa_sites.xlsx", "antenna_tower")
    status, batch = apply(site, "viettel", client, address)
    assert (status, batch.state) == (409, "checked")
    assert count_of(site, "antenna_tower") == 405


def test_poles_of_another_country_need_the_administrator(site):
    client, address = checked(site, "quantri", "leyeco_poles.csv", "power_pole_shared", outside_area="y")
    status, batch = apply(site, "quantri", client, address)
    assert (status, batch.state) == (303, "applied")
    assert count_of(site, "power_pole_shared") == 100
