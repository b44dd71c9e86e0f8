"""The card of a structure beside the map: what it says to whom, and the way to the request or why there is none."""

import html
import re

import pytest

from registry.audit.models import AuditNote
from registry.capacity.commands import AddEntry
from registry.capacity.models import EntryState
from registry.capacity.service import add_entry
from tests.factories.colocation import LABEL, filed, tower
from tests.factories.structures import make
from tests.factories.tariffs import publish


@pytest.fixture
def published(ctx_of):
    """A published tower of Viettel with three slots, one used by MobiFone and one blocked, and a price."""
    with ctx_of("viettel") as ctx:
        structure = tower(ctx, name="Trạm Đông Sơn", sharing_conditions="Báo trước 15 ngày")
        add_entry(ctx, AddEntry(structure.code, LABEL, 1, "MobiFone", "Trạm 4G"))
        add_entry(ctx, AddEntry(structure.code, LABEL, 1, state=EntryState.BLOCKED))
        publish(ctx, 5_000_000)
        return structure


@pytest.fixture
def hidden(ctx_of):
    with ctx_of("viettel") as ctx:
        return tower(ctx, sharing_status="not_assessed", name="Trạm riêng")


@pytest.fixture
def card_of(client_of):
    """A function: structure and reader -> the words of its card."""

    def words(structure, name=None, *, raw=False):
        answer = client_of(name).get(f"/structures/{structure.id}/card")
        assert answer.status_code == 200
        if raw:
            return answer.text
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())

    return words


def test_a_requester_reads_what_it_needs_and_asks_in_one_more_click(card_of, client_of, published):
    page = card_of(published, "vnpt", raw=True)
    words = card_of(published, "vnpt")
    for text in (
        "Trạm Đông Sơn",
        "Cột ăng ten",
        published.code,
        "Viettel",
        "còn 1 / 3",
        "5.000.000",
        "Điều kiện dùng chung: Báo trước 15 ngày",
        "Xác nhận gần nhất",
    ):
        assert text in words, text
    # A third is used, another third is not to be had.
    assert re.findall(r'<rect class="slot-(\w+)" width="(\d+)"', page) == [
        ("free", "100"),
        ("held", "67"),
        ("used", "33"),
    ]
    assert "MobiFone" not in page
    client = client_of("vnpt")
    form = dict(
        re.findall(
            r'name="(csrf_token|code|then)"[^>]*value="([^"]+)"', client.get(f"/structures/{published.id}/card").text
        )
    )
    answer = client.post("/colocation/basket/items", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/colocation/basket")
    assert 'name="contact_phone"' in client.get("/colocation/basket").text
    assert "Đã có trong giỏ" in card_of(published, "vnpt")


REASONS = {
    None: "Cần đăng nhập",
    "nguoidan": "Tài khoản này không có quyền đề nghị dùng chung",
    "so.khcn": "Tài khoản này không có quyền đề nghị dùng chung",
    "viettel": "là công trình của chính đơn vị",
}


def test_the_card_says_why_there_is_no_request(card_of, published):
    texts = {name: card_of(published, name) for name in REASONS}
    assert [name for name, reason in REASONS.items() if reason not in texts[name]] == []
    assert [name for name, words in texts.items() if "Thêm vào giỏ" in words] == []


def test_a_cell_tells_its_kind_and_nothing_more(card_of, hidden):
    for name in (None, "nguoidan", "vnpt", "bo.khcn"):
        words = card_of(hidden, name)
        assert "Chỉ hiển thị theo ô lưới" in words
        for secret in ("Trạm riêng", "Viettel", "còn", "Chưa đánh giá", "Đang khai thác"):
            assert secret not in words, (name, secret)
    assert "chưa công bố dùng chung công trình này nên chưa đề nghị được" in card_of(hidden, "vnpt")
    assert "Trạm riêng" in card_of(hidden, "so.khcn")


def test_what_may_not_be_known_has_no_card(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        secret = [make(ctx, sharing_status="restricted").id, make(ctx, status="planned").id]
    for number in (*secret, 10**12, 10**30):
        assert client_of("vnpt").get(f"/structures/{number}/card").status_code == 404


def test_the_queue_is_a_number_without_names(ctx_of, card_of, published):
    with ctx_of("dienluc") as ctx:
        filed(ctx, published.code)
    words = card_of(published, "vnpt")
    assert "1 đề nghị đang chờ" in words
    assert "Điện lực" not in words
    # Two answers are too few to publish how fast the owner is.
    assert "trung vị" not in words


def test_a_look_at_anothers_card_is_noted(card_of, database, published):
    card_of(published, "vnpt")
    notes = database._bind.execute(AuditNote.__table__.select()).mappings().all()
    assert [note["details"]["looks"][0]["what"] for note in notes if "looks" in note["details"]] == ["card"]


def test_a_card_of_the_past_has_no_request(client_of, published):
    words = client_of("vnpt").get(f"/structures/{published.id}/card?as_of=2026-11-25").text
    assert "basket/items" not in words
