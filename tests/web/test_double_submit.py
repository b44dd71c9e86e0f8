"""A form sent twice has one effect and one answer (P15)."""

import io
import re
import threading

import pytest
from PIL import Image
from sqlalchemy import func, select, text

from registry.authz.blueprint import DATABASE
from registry.authz.idempotency import RequestKey
from registry.structures.models import Structure
from tests.support.live import browser

TOWER = {
    "position": "19,807; 105,776",
    "echoed": "19,807; 105,776",
    "system": "wgs84",
    "name": "Trạm gửi hai lần",
    "status": "active",
    "sharing_status": "available",
    "position_method": "gps",
    "is_public_asset": "false",
    "mast_class": "A2b",
    "height_m": "45",
}
NEW = "/structures/new/antenna_tower"


def hidden_of(page):
    """The tokens of the first form that posts to this page."""
    form = page.text[page.text.index('<form class="form') :]
    return {
        name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', form).group(1) for name in ("csrf_token", "request_key")
    }


def filled(client, **changes):
    page = client.get(NEW)
    owner = re.search(r'name="owner".*?value="(\d+)"', page.text, re.DOTALL).group(1)
    return TOWER | {"owner": owner} | hidden_of(page) | changes


@pytest.fixture
def count_towers(ctx_of):
    def count(name=TOWER["name"]):
        with ctx_of("so.khcn", read_only=True) as ctx:
            return ctx.session.scalar(select(func.count()).select_from(Structure).where(Structure.name == name))

    return count


def test_a_double_click_registers_one_structure_and_leads_to_it_twice(client_of, count_towers):
    client = client_of("viettel")
    form = filled(client)
    answers = [client.post(NEW, data=form) for _click in range(5)]
    assert [answer.status_code for answer in answers] == [303] * 5
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert count_towers() == 1


def test_the_same_key_with_another_content_is_refused(client_of, count_towers):
    client = client_of("viettel")
    form = filled(client)
    assert client.post(NEW, data=form).status_code == 303
    answer = client.post(NEW, data=form | {"name": "Trạm khác"})
    assert answer.status_code == 409
    assert "nội dung khác" in answer.text
    assert count_towers("Trạm khác") == 0


def test_the_same_key_with_another_file_is_refused(client_of):
    client = client_of("viettel")
    tower = client.post(NEW, data=filled(client)).headers["Location"]
    address = re.search(r'href="(/files/structure/\d+/add)"', client.get(tower).text).group(1)
    hidden = hidden_of(client.get(address))

    def send(colour):
        content = io.BytesIO()
        Image.new("RGB", (60, 40), colour).save(content, "PNG")
        content.seek(0)
        return client.post(address, data=hidden | {"kind": "photo", "file": (content, "cot.png")})

    answers = [send(colour) for colour in ("white", "white", "black")]
    assert [answer.status_code for answer in answers] == [303, 303, 409]


def test_a_refused_form_keeps_its_key_for_the_mended_one(client_of, count_towers):
    client = client_of("viettel")
    form = filled(client)
    refused = client.post(NEW, data=form | {"height_m": "cao"})
    assert refused.status_code == 422
    assert hidden_of(refused)["request_key"] == form["request_key"]
    assert client.post(NEW, data=form).status_code == 303
    assert count_towers() == 1


def test_an_answer_that_only_asks_back_does_not_use_the_key_up(client_of, count_towers):
    client = client_of("viettel")
    form = filled(client)
    echo = client.post(NEW, data=form | {"echoed": ""})
    assert echo.status_code == 200
    assert client.post(NEW, data=form).status_code == 303
    assert count_towers() == 1


def test_a_new_rendering_is_a_new_form(client_of, count_towers):
    client = client_of("viettel")
    for _time in range(2):
        assert client.post(NEW, data=filled(client)).status_code == 303
    assert count_towers() == 2


def test_another_account_may_use_the_same_key(client_of, count_towers):
    first, second = client_of("viettel"), client_of("vnpt")
    form = filled(first)
    assert first.post(NEW, data=form).status_code == 303
    assert second.post(NEW, data=filled(second, request_key=form["request_key"])).status_code == 303
    assert count_towers() == 2


def test_a_step_pressed_twice_is_one_step(client_of, ctx_of):
    client = client_of("viettel")
    tower = client.post(NEW, data=filled(client)).headers["Location"]
    page = client.get(tower)
    button = page.text[page.text.index("/confirm") :]
    form = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', button).group(1)
        for name in ("csrf_token", "request_key", "version")
    }
    answers = [client.post(f"{tower}/confirm", data=form) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalar(select(Structure.version).where(Structure.code == tower.rsplit("/", 1)[1])) == 2


def test_every_form_on_a_page_has_a_key_of_its_own(client_of):
    client = client_of("viettel")
    tower = client.post(NEW, data=filled(client)).headers["Location"]
    keys = re.findall(r'name="request_key"[^>]*value="([^"]+)"', client.get(tower).text)
    assert len(keys) >= 3
    assert len(set(keys)) == len(keys)


def test_a_day_later_the_key_is_forgotten(client_of, ctx_of):
    client = client_of("viettel")
    client.post(NEW, data=filled(client))
    with ctx_of(None) as ctx:
        ctx.session.execute(text("UPDATE request_key SET created_at = created_at - interval '25 hours'"))
    client.post(NEW, data=filled(client))
    with ctx_of(None) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(RequestKey)) == 1


def test_sendings_at_the_same_moment_have_one_effect(live_app):
    client = browser(live_app, "viettel")
    form = filled(client)
    answers, barrier = [], threading.Barrier(8)

    def send():
        window = live_app.test_client()
        window.set_cookie("session", client.get_cookie("session").value)
        barrier.wait()
        answers.append(window.post(NEW, data=form))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    with DATABASE.of(live_app).session() as session:
        assert session.scalar(select(func.count()).select_from(Structure)) == 1
