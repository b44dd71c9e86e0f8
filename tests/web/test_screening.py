"""The screening on the pages of a request: in words, colour and symbol, reckoned line by line, told without names."""

import re

import pytest

from registry.capacity.commands import AddEntry
from registry.capacity.service import add_entry
from registry.colocation.models import ColocationRequest
from tests.factories.colocation import accept, items_of, move
from tests.factories.screening import ask, change, occupy, site

LINES = "Cách tính, giả thiết, căn cứ"


@pytest.fixture
def structure(ctx_of):
    """A tower of Viettel that says what it bears; MobiFone hangs there."""
    with ctx_of("viettel") as ctx:
        tower = site(ctx, "antenna_tower")
        occupy(ctx, tower.code, "Sàn 36 m", holder="MobiFone", exposed_area_m2="1.5", attach_height_m="40")
        return tower


@pytest.fixture
def drafted(ctx_of, structure):
    with ctx_of("vnpt") as ctx:
        return ask(ctx, structure).id


@pytest.fixture
def sent(ctx_of, drafted):
    with ctx_of("vnpt") as ctx:
        move(ctx, ctx.session.get_one(ColocationRequest, drafted), "submit")
    return drafted


def page_of(client, number, what="", language=None):
    if language:
        client.set_cookie("language", language)
    answer = client.get(f"/colocation/{number}{what}")
    assert answer.status_code == 200
    return answer.text


def verdicts(page):
    """The badges of the verdicts of structures, with their tones."""
    texts = re.findall(
        r'class="screening-verdict">.*?badge-state tone-(\w+)">.*?</svg>\s*([^<]+?)\s*</span>', page, re.DOTALL
    )
    return [(tone, " ".join(words.split())) for tone, words in texts]


def test_a_draft_shows_what_the_screening_says_as_things_stand(client_of, drafted):
    page = page_of(client_of("vnpt"), drafted)
    assert verdicts(page) == [("good", "Lắp được")]
    assert "theo số liệu hiện nay" in page
    for words in (LINES, "Giả thiết", "Căn cứ của các giới hạn", "(cần kiểm chứng)", "Tải gió:", "1 m"):
        assert words in page, words


def test_it_follows_what_the_owner_changes_until_it_is_sent_and_not_after(ctx_of, client_of, structure, drafted):
    with ctx_of("viettel") as ctx:
        change(ctx, structure.code, rated_area_m2=1)
    page = page_of(client_of("vnpt"), drafted)
    assert verdicts(page) == [("bad", "Không lắp được")]
    assert "Vẫn gửi được đề nghị" in page
    assert f"/cases/colocation/{drafted}/submit" in page
    with ctx_of("vnpt") as ctx:
        move(ctx, ctx.session.get_one(ColocationRequest, drafted), "submit")
    with ctx_of("viettel") as ctx:
        change(ctx, structure.code, rated_area_m2=100)
    for name in ("vnpt", "viettel", "so.khcn"):
        assert verdicts(page_of(client_of(name), drafted)) == [("bad", "Không lắp được")], name


def test_what_is_not_known_is_never_shown_as_fitting(ctx_of, client_of, structure, drafted):
    with ctx_of("viettel") as ctx:
        add_entry(ctx, AddEntry(structure.code, "Sàn 36 m", 1))
    page = page_of(client_of("vnpt"), drafted)
    assert verdicts(page) == [("warn", "Cần khảo sát, tính toán thêm")]
    assert "Chưa rõ: diện tích chắn gió của thiết bị đang có." in page


def test_both_sides_and_the_department_see_it_as_it_was_sent_and_nobody_else(client_of, sent):
    for name in ("vnpt", "viettel", "so.khcn"):
        page = page_of(client_of(name), sent)
        assert verdicts(page) == [("good", "Lắp được")], name
        assert "lúc gửi, " in page
        assert "theo số liệu hiện nay" not in page
    for name in ("dienluc", "quansu"):
        assert client_of(name).get(f"/colocation/{sent}").status_code == 404


def test_the_dossier_holds_it_opened_for_paper(client_of, sent):
    page = page_of(client_of("so.khcn"), sent, "/dossier")
    assert verdicts(page) == [("good", "Lắp được")]
    assert re.search(rf"<details open>\s*<summary>{LINES}", page)


def test_the_names_of_those_who_hang_there_are_not_told(client_of, drafted):
    page = page_of(client_of("vnpt"), drafted)
    assert "= 60 m³" in page
    assert "MobiFone" not in page


def test_it_is_told_in_english_to_who_reads_english_also_after_it_was_sent(ctx_of, client_of, sent):
    page = page_of(client_of("viettel"), sent, language="en")
    assert verdicts(page) == [("good", "Fits")]
    assert "when it was sent" in page


def test_a_request_filed_on_the_page_keeps_its_lines_in_both_languages(client_of, drafted):
    client = client_of("vnpt")
    address = f"/cases/colocation/{drafted}/submit"
    form = client.get(address).text
    names = ("csrf_token", "request_key", "version")
    fields = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', form).group(1) for name in names}
    assert client.post(address, data=fields).status_code == 303
    assert "Wind load:" in page_of(client_of("viettel"), drafted, language="en")
    assert "Tải gió:" in page_of(client_of("viettel"), drafted, language="vi")


def test_a_returned_request_shows_both_what_was_sent_and_how_it_stands(ctx_of, client_of, structure, sent):
    with ctx_of("viettel") as ctx:
        change(ctx, structure.code, rated_area_m2=1)
        move(ctx, ctx.session.get_one(ColocationRequest, sent), "return", missing="Bản vẽ")
    assert verdicts(page_of(client_of("vnpt"), sent)) == [("bad", "Không lắp được"), ("good", "Lắp được")]
    assert verdicts(page_of(client_of("viettel"), sent)) == [("good", "Lắp được")]


def test_the_verdict_stays_beside_the_answer(ctx_of, client_of, sent):
    with ctx_of("viettel") as ctx:
        request = ctx.session.get_one(ColocationRequest, sent)
        accept(ctx, request, *items_of(ctx, request))
    page = page_of(client_of("vnpt"), sent)
    assert verdicts(page) == [("good", "Lắp được")]
    assert "giữ chỗ đến hết ngày" in page


def test_the_form_asks_for_what_the_screening_reckons_with(ctx_of, client_of, drafted):
    with ctx_of("vnpt") as ctx:
        (item,) = items_of(ctx, ctx.session.get_one(ColocationRequest, drafted))
    page = client_of("vnpt").get(f"/colocation/{drafted}/items/{item.id}").text
    for name in ("exposed_area_m2", "azimuth_deg", "feeders"):
        assert f'name="{name}"' in page
    assert 'name="span_m"' not in page


def test_an_owner_writes_what_hangs_there_and_reads_it_again(client_of, structure):
    client = client_of("viettel")
    address = f"/structures/{structure.code}/entries/new"
    form = client.get(address).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form).group(1)
    sent = {"csrf_token": token, "place": "Sàn 36 m", "state": "used", "quantity": "1", "exposed_area_m2": "0,75"}
    assert client.post(address, data=sent).status_code == 303
    assert "Diện tích chắn gió (cả mục): 0,75" in client.get(f"/structures/{structure.code}").text
    wrong = client.post(address, data=sent | {"exposed_area_m2": "-1"})
    assert wrong.status_code == 422
    assert 'value="-1"' in wrong.text
    assert "(cả mục)" not in client_of("vnpt").get(f"/structures/{structure.code}").text
