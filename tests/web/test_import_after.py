"""After an import: what a full delivery does not name, and the import taken back, by the pages."""

import html
import re

import pytest
from sqlalchemy import func, select, update

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.audit.models import AuditEvent
from registry.authz.actors import SYSTEM_ACTOR
from registry.imports.jobs import STORE, run_work
from registry.imports.models import BatchState, ImportBatch, ImportMissing
from registry.imports.service import apply_batch, undo_batch
from registry.structures.models import Structure
from tests.factories.structures import make
from tests.support import shared
from tests.support.import_files import as_csv, site
from tests.web.test_import_pages import confirm, send, token_in

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("applied")


def post(client, address, what, **data):
    page = client.get(address)
    return client.post(f"{address}/{what}", data={"csrf_token": token_in(page)} | data)


@pytest.fixture(scope="module")
def work(ctx_of):
    """A function that does the worker's part for one of the cast."""

    def run(username, what, address):
        with ctx_of(username) as ctx:
            {"apply": apply_batch, "undo": undo_batch}[what](ctx, int(address.rsplit("/", 1)[1]))

    return run


@pytest.fixture
def viettel(client_of):
    return client_of("viettel")


@pytest.fixture(scope="module")
def applied(client_of, work):
    """A list of three towers that went in."""
    viettel = client_of("viettel")
    address = send(viettel, as_csv([site(1), site(2), site(3)])).headers["Location"]
    assert confirm(viettel, address).status_code == 303
    assert post(viettel, address, "apply").status_code == 303
    work("viettel", "apply", address)
    return address


@pytest.fixture
def missing(ctx_of, applied):
    """Two towers of Viettel that the delivery does not name; their codes by row number."""
    with ctx_of("viettel") as ctx:
        left_out = [make(ctx, name=f"Trạm bỏ sót {number}") for number in (1, 2)]
        batch_id = int(applied.rsplit("/", 1)[1])
        ctx.session.add_all(ImportMissing(batch_id=batch_id, structure_id=each.id) for each in left_out)
        return {each.id: each.code for each in left_out}


def count(database, state=None):
    with database.session() as session:
        query = select(func.count()).select_from(Structure)
        return session.scalar(query if state is None else query.where(Structure.status == state))


def state_of(database, address):
    with database.session() as session:
        return session.get(ImportBatch, int(address.rsplit("/", 1)[1])).state


def test_an_import_is_taken_back_after_a_look_at_what_that_does(viettel, database, work, applied):
    assert f'href="{applied}/undo"' in viettel.get(applied).text
    page = viettel.get(f"{applied}/undo")
    assert "3 công trình mà lô này tạo ra sẽ bị xóa" in page.text
    assert post(viettel, applied, "undo").status_code == 303
    assert state_of(database, applied) is BatchState.UNDOING
    assert post(viettel, applied, "undo").status_code == 303
    work("viettel", "undo", applied)
    assert state_of(database, applied) is BatchState.UNDONE
    assert count(database) == 0
    assert "Đã hoàn tác lúc" in viettel.get(applied).text


def test_an_import_whose_structure_was_changed_since_says_so_and_offers_the_rest(
    viettel, ctx_of, database, applied, work
):
    with ctx_of("viettel") as ctx:
        structure = ctx.session.scalars(select(Structure).order_by(Structure.id)).first()
        code, version = structure.code, structure.version
    answer = viettel.post(
        f"/structures/{code}/suspend",
        data={"csrf_token": token_in(viettel.get(applied)), "version": str(version), "reason": "bảo trì"},
    )
    assert answer.status_code == 303
    page = viettel.get(f"{applied}/undo")
    assert "Không hoàn tác được" in page.text
    assert code in page.text
    assert "2 công trình còn lại" in page.text
    assert post(viettel, applied, "undo").status_code == 409
    assert count(database) == 3
    assert post(viettel, applied, "undo", rest="1").status_code == 303
    work("viettel", "undo", applied)
    assert count(database) == 1
    assert f"{code}" in viettel.get(applied).text


def test_an_import_that_is_not_in_cannot_be_taken_back(viettel):
    address = send(viettel, as_csv([site(1)])).headers["Location"]
    assert "Chỉ hoàn tác được lô đã nhập" in viettel.get(f"{address}/undo").text
    assert post(viettel, address, "undo").status_code == 409


def test_the_structures_that_a_delivery_does_not_name_are_listed_and_nothing_happens_to_them(
    viettel, database, applied, missing
):
    assert "2 công trình đã đăng ký không có trong danh sách đầy đủ này" in viettel.get(applied).text
    page = viettel.get(f"{applied}/missing")
    for code in missing.values():
        assert code in page.text
    assert count(database, "active") == 5


def test_ticked_structures_end_their_service_with_a_reason_and_the_others_stay_open(
    viettel, database, applied, missing
):
    first, second = missing
    where, data = f"{applied}/missing", {"choice": "decommission", "scope": "ticked", "structure": str(first)}
    token = {"csrf_token": token_in(viettel.get(where))}
    refused = viettel.post(where, data=token | data)
    assert refused.status_code == 422
    assert "Chưa nhập lý do" in refused.text
    assert re.search(rf'value="{first}"[^>]*checked', refused.text)
    answer = viettel.post(where, data=token | data | {"reason": "đã tháo dỡ"})
    assert answer.status_code == 303
    assert count(database, "decommissioned") == 1
    page = viettel.get(where)
    assert f'value="{second}"' in page.text
    assert f'value="{first}"' not in page.text
    with database.session() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)).one()
        assert event.action == "import.missing"


def test_the_start_page_counts_what_a_delivery_leaves_open_until_it_is_decided(viettel, client_of, applied, missing):
    sentence = f": {len(missing)} công trình không có trong tệp"
    page = viettel.get("/").text
    assert sentence in page
    assert f'href="{applied}/missing"' in page
    assert "không có trong tệp" not in client_of("vnpt").get("/").text
    assert "không có trong tệp" not in client_of("kiemtra1").get("/").text
    post(viettel, applied, "missing", choice="keep", scope="all")
    assert sentence not in viettel.get("/").text


def test_all_that_are_open_are_kept_at_once(viettel, database, applied, missing):
    where = f"{applied}/missing"
    data = {"csrf_token": token_in(viettel.get(where)), "choice": "keep", "scope": "all"}
    assert viettel.post(where, data=data).status_code == 303
    assert count(database, "active") == 5
    assert "Đã quyết định xong" in viettel.get(applied).text
    assert viettel.post(where, data=data).status_code == 422


def test_nothing_ticked_a_structure_of_somebody_else_or_a_strange_choice_is_refused(
    viettel, ctx_of, database, applied, missing
):
    with ctx_of("vnpt") as ctx:
        other = make(ctx, owner="vnpt").id
    where = f"{applied}/missing"
    token = {"csrf_token": token_in(viettel.get(where)), "reason": "thử"}
    for data in (
        {"choice": "keep", "scope": "ticked"},
        {"choice": "decommission", "scope": "ticked", "structure": str(other)},
        {"choice": "decommission", "scope": "ticked", "structure": "1; DROP TABLE structure"},
        {"choice": "sell", "scope": "ticked", "structure": str(next(iter(missing)))},
    ):
        assert viettel.post(where, data=token | data).status_code == 422
    assert count(database, "active") == 6


def test_whoever_asked_is_told_that_an_import_waits_for_another_look(app, database, viettel, applied):
    address = send(viettel, as_csv([site(1, **{"Chiều cao cột (m)": "44"})])).headers["Location"]
    assert confirm(viettel, address).status_code == 303
    with database.transaction(SYSTEM_ACTOR) as ctx:
        ctx.session.execute(update(Structure).values(name="Tên do người khác sửa"))
        record(ctx, "structure.edit", "structure", 1)
        user_id = ctx.session.scalar(select(UserAccount.id).where(UserAccount.username == "viettel"))
    assert post(viettel, address, "apply").status_code == 303
    run_work(database, STORE.of(app), "apply", int(address.rsplit("/", 1)[1]), user_id)
    assert state_of(database, address) is BatchState.CHECKED
    page = viettel.get(address).text
    assert "dữ liệu trong hệ thống đã đổi sau khi xem trước, nên 1 dòng nay sẽ ghi khác" in page
    assert "Nhập 1 dòng" in page
    assert "chưa nhập: dữ liệu đã đổi sau khi xem trước" in viettel.get("/notices").text


def test_a_reason_that_cannot_be_stored_is_refused_in_words_and_nothing_is_decided(viettel, database, applied, missing):
    answer = post(viettel, applied, "missing", choice="decommission", scope="all", reason="hỏng\x00")
    assert answer.status_code == 422
    assert "Lý do: " in html.unescape(answer.text)
    assert count(database, "active") == 3 + len(missing)
