"""P15: what is clicked twice, at once or again after a time-out, has one effect and the same answer."""

import threading

import pytest
from sqlalchemy import text

from registry.authz.blueprint import DATABASE
from registry.imports.jobs import STORE
from registry.imports.models import BatchState, ImportBatch
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.kernel.jobs import run_worker
from tests.support.import_files import as_csv, site
from tests.support.live import browser, context
from tests.support.processes import LIMIT_S
from tests.web.test_import_pages import confirm, send, token_in

CLICKS = 4


@pytest.fixture
def database(live_app):
    return DATABASE.of(live_app)


@pytest.fixture
def viettel(live_app):
    return browser(live_app, "viettel")


@pytest.fixture
def address(viettel):
    """A checked import of two towers; the address of its page."""
    location = send(viettel, as_csv([site(1), site(2)])).headers["Location"]
    assert confirm(viettel, location).status_code == 303
    return location


@pytest.fixture
def work(live_app, live_url):
    """A function: the worker does all that waits."""
    worker = Database(live_url, role=WORKER_ROLE)
    worker.before_commit.extend(DATABASE.of(live_app).before_commit)
    yield lambda: run_worker(worker, STORE.of(live_app).root.parent, wait=False)
    worker.dispose()


def number_in(address):
    return int(address.rsplit("/", 1)[1])


def facts(database, address):
    """State, structures, jobs in all and requests in the audit chain."""
    counts = text(
        "SELECT (SELECT count(*) FROM structure), (SELECT count(*) FROM audit_event WHERE action = ANY(:requests))"
    )
    with context(database, "viettel", read_only=True) as ctx:
        state = ctx.session.get_one(ImportBatch, number_in(address)).state
        requests = ["import.request", "import.request_undo", "import.cancel"]
        return state, *ctx.session.execute(counts, {"requests": requests}).one()


def click_at_once(app, address, what):
    """As many clicks at one moment, each with a connection of its own; their answers."""
    clients = [browser(app, "viettel") for _each in range(CLICKS)]
    tokens = [token_in(client.get("/account")) for client in clients]
    together, answers = threading.Barrier(CLICKS), []

    def click(client, token):
        together.wait(LIMIT_S)
        answer = client.post(f"{address}/{what}", data={"csrf_token": token})
        answers.append((answer.status_code, answer.headers.get("Location")))

    threads = [threading.Thread(target=click, args=pair) for pair in zip(clients, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    return answers


def test_an_import_is_applied_undone_and_each_asked_for_once_however_often_it_is_clicked(
    live_app, database, address, work
):
    assert click_at_once(live_app, address, "apply") == [(303, address)] * CLICKS
    assert facts(database, address) == (BatchState.APPLYING, 0, 1)
    assert work() == 0
    assert facts(database, address) == (BatchState.APPLIED, 2, 1)
    assert click_at_once(live_app, address, "apply") == [(303, address)] * CLICKS
    assert click_at_once(live_app, address, "undo") == [(303, address)] * CLICKS
    assert facts(database, address) == (BatchState.UNDOING, 2, 2)
    assert work() == 0
    assert click_at_once(live_app, address, "undo") == [(303, address)] * CLICKS
    assert facts(database, address) == (BatchState.UNDONE, 0, 2)


def test_an_import_is_given_up_once_however_often_it_is_clicked(live_app, database, address):
    assert click_at_once(live_app, address, "cancel") == [(303, address)] * CLICKS
    assert click_at_once(live_app, address, "cancel") == [(303, address)] * CLICKS
    assert facts(database, address) == (BatchState.CANCELLED, 0, 1)


@pytest.mark.parametrize("what", ["apply", "undo", "cancel"])
def test_a_click_after_a_time_out_is_answered_while_the_worker_has_the_import(viettel, database, address, work, what):
    """The worker holds the row for minutes; the answer to the first click was lost on its way."""
    token = {"csrf_token": token_in(viettel.get(address))}
    viettel.post(f"{address}/apply", data=token)
    if what == "undo":
        work()
        viettel.post(f"{address}/undo", data=token)
    before = facts(database, address)
    with context(database, "viettel") as ctx:
        held = text("SELECT id FROM import_batch WHERE id = :id FOR NO KEY UPDATE")
        ctx.session.execute(held, {"id": number_in(address)})
        ctx.before_commit.clear()
        answers = [viettel.post(f"{address}/{what}", data=token) for _click in range(2)]
    assert [(answer.status_code, answer.headers.get("Location")) for answer in answers] == [(303, address)] * 2
    assert facts(database, address) == before
