"""Imports by the pages and by workers, where transactions commit: in, again and taken back."""

import html

import pytest
from sqlalchemy import ARRAY, NullPool, Text, bindparam, create_engine, text

from registry.audit.chain import write_pending
from registry.authz.blueprint import DATABASE
from registry.imports import jobs
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.kernel.installation import INSTALLATION
from registry.kernel.jobs import run_worker
from tests.factories.structures import organisation_id
from tests.support.import_files import as_csv, site
from tests.support.import_ways import press, send_columns, upload
from tests.support.live import browser, context

#: What a record says, without the marks of when and by whom it was written.
MARKS = ["id", "version", "created_at", "updated_at", "structure_id", "place_id"]
RECORDS = text(
    "SELECT s.own_code, to_jsonb(s) - :marks, to_jsonb(t) - :marks,"
    " (SELECT jsonb_agg(to_jsonb(p) - :marks ORDER BY p.label) FROM capacity_place p WHERE p.structure_id = s.id),"
    " (SELECT jsonb_agg(to_jsonb(e) - :marks ORDER BY e.quantity) FROM capacity_entry e"
    "  JOIN capacity_place p ON p.id = e.place_id WHERE p.structure_id = s.id)"
    " FROM structure s LEFT JOIN antenna_tower t ON t.id = s.id ORDER BY s.own_code"
).bindparams(bindparam("marks", MARKS, type_=ARRAY(Text)))


@pytest.fixture
def worker(live_url):
    database = Database(live_url, role=WORKER_ROLE)
    database.before_commit.append(write_pending)
    yield database
    database.dispose()


@pytest.fixture
def folder(live_app):
    """Where the application of these tests keeps its files."""
    return INSTALLATION.of(live_app).data_dir


@pytest.fixture
def viettel(live_app):
    return browser(live_app, "viettel")


@pytest.fixture
def look(live_url):
    """A function: what the records say now, with the rights of the owner of the database."""
    engine = create_engine(live_url, poolclass=NullPool)

    def records():
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(RECORDS)]

    yield records
    engine.dispose()


def sent(app, client, rows, name="danh sách.csv"):
    with context(DATABASE.of(app), "viettel", read_only=True) as ctx:
        owner = organisation_id(ctx.session, "viettel")
    return upload(client, as_csv(rows), name, owner=owner, kind="antenna_tower")


def checked(app, client, rows):
    address = sent(app, client, rows)
    assert send_columns(client, address).status_code == 303
    return address


def work(worker, folder):
    assert run_worker(worker, folder, wait=False) == 0


def says(client, address, words):
    return words in html.unescape(client.get(address).text)


FIRST = [site(1), site(2), site(3)]
#: One higher and fuller, one 50 m further, one as it was, one new.
SECOND = [
    site(1, **{"Chiều cao cột (m)": "48", "Số vị trí lắp đặt": "5", "Đã sử dụng": "2"}),
    [*site(2)[:6], *site(9)[6:8], *site(2)[8:]],
    site(3),
    site(4),
]


def test_an_import_goes_in_once_is_taken_back_to_what_was_and_goes_in_again(live_app, viettel, worker, folder, look):
    first = checked(live_app, viettel, FIRST)
    assert press(viettel, first, "apply").status_code == 303
    work(worker, folder)
    before = look()
    assert [row[0] for row in before] == ["THA-0001", "THA-0002", "THA-0003"]

    second = checked(live_app, viettel, SECOND)
    assert press(viettel, second, "apply").status_code == 303
    work(worker, folder)
    after = look()
    assert len(after) == 4
    assert [now == then for now, then in zip(after, before, strict=False)] == [False, False, True]

    again = checked(live_app, viettel, SECOND)
    assert press(viettel, again, "apply").status_code == 409
    # The first import is held by what the second one changed.
    assert press(viettel, first, "undo").status_code == 409
    assert look() == after

    assert press(viettel, second, "undo").status_code == 303
    work(worker, folder)
    assert says(viettel, second, "trở lại như trước khi nhập")
    assert look() == before

    anew = checked(live_app, viettel, SECOND)
    assert press(viettel, anew, "apply").status_code == 303
    work(worker, folder)
    assert [row[1:] for row in look()[:3]] == [row[1:] for row in after[:3]]
    assert len(look()) == 4


def test_a_step_that_waits_for_the_worker_is_named_on_the_page(live_app, viettel, worker, folder, look, monkeypatch):
    """The worker reads and checks what is too large for a request."""
    monkeypatch.setattr(jobs, "AT_ONCE_BYTES", 100)
    address = sent(live_app, viettel, FIRST)
    assert says(viettel, address, "Đang đọc")
    work(worker, folder)
    assert send_columns(viettel, address).status_code == 303
    assert says(viettel, address, "Đang kiểm tra")
    work(worker, folder)
    assert says(viettel, address, "Nhập 3 dòng")
    assert look() == []
    assert press(viettel, address, "apply").status_code == 303
    work(worker, folder)
    assert press(viettel, address, "undo").status_code == 303
    assert says(viettel, address, "Đang hoàn tác")
    work(worker, folder)
    assert look() == []
    assert says(viettel, address, "trở lại như trước khi nhập")
