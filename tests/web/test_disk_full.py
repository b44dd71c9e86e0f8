"""A full data disk: writes are refused in one sentence that names it, pages are read, `/readyz` says so."""

import pytest
from flask import flash
from psycopg import OperationalError
from psycopg.errors import DiskFull

from registry.authz.blueprint import AFTER_VIEW
from registry.kernel import disk
from tests.support.import_ways import token_in


@pytest.fixture
def full(monkeypatch):
    """The disk has less left than anything that is written may leave."""
    monkeypatch.setattr(disk, "LEAST_FREE_BYTES", 1 << 62)


def test_a_write_is_refused_with_the_folder_and_pages_are_read(app, client_of, full):
    client = client_of("viettel")
    page = client.get("/structures?kind=cable_pole")
    assert page.status_code == 200
    form = client.get("/structures/new/cable_pole")
    assert form.status_code == 200
    typed = {"csrf_token": token_in(form), "name": "Cột Hạc Thành"}
    answer = client.post("/structures/new/cable_pole", data=typed, headers={"Origin": "http://localhost"})
    assert answer.status_code == 503
    assert str(disk.DATA_FOLDER.of(app)) in answer.text
    assert "đã đầy nên chưa ghi gì" in answer.text
    assert "Cột Hạc Thành" in answer.text, "what was typed is not lost"
    assert answer.headers["Retry-After"] == "5"


def test_it_is_not_ready_with_a_full_disk(app, full):
    with app.test_client().get("/readyz") as answer:
        assert answer.status_code == 503
        assert answer.get_json()["disk"] is False


def sign_in(client):
    typed = {"csrf_token": token_in(client.get("/login")), "username": "viettel", "password": "sai-mat-khau-12345"}
    return client.post("/login", data=typed, headers={"Origin": "http://localhost"})


def test_a_full_disk_still_takes_sign_ins_and_sign_outs(app, client_of, full):
    answer = sign_in(app.test_client())
    assert answer.status_code == 422
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in answer.text
    client = client_of("viettel")
    ended = client.post("/logout", data={"csrf_token": token_in(client.get("/account"))})
    assert ended.status_code == 303


def test_a_disk_without_room_for_a_session_refuses_them_in_the_same_words(app, full, monkeypatch):
    monkeypatch.setattr(disk, "LEAST_FOR_SESSIONS_BYTES", 1 << 62)
    answer = sign_in(app.test_client())
    assert answer.status_code == 503
    assert "đã đầy nên chưa ghi gì" in answer.text


@pytest.mark.parametrize("path", ["/structures", "/logout"])
def test_a_database_that_a_full_disk_stopped_is_answered_with_the_disk(app, client_of, full, monkeypatch, path):
    client = client_of("viettel")
    token = token_in(client.get("/account"))

    def gone(_ctx):
        raise OperationalError

    monkeypatch.setitem(app.extensions, AFTER_VIEW.name, gone)
    answer = client.post(path, data={"csrf_token": token}) if path == "/logout" else client.get(path)
    assert answer.status_code == 503
    assert f"{disk.DATA_FOLDER.of(app)} của máy chủ đã đầy nên cơ sở dữ liệu dừng" in answer.text
    monkeypatch.setattr(disk, "LEAST_FREE_BYTES", 0)
    assert "đang khởi động lại" in client.get("/structures").text


def test_a_page_does_not_say_saved_and_not_saved_together(app, client_of, monkeypatch):
    client = client_of("viettel")
    token = token_in(client.get("/structures/new/cable_pole"))

    def end_of_the_disk(_ctx):
        flash("Đã lưu công trình.", "success")
        raise DiskFull

    monkeypatch.setitem(app.extensions, AFTER_VIEW.name, end_of_the_disk)
    answer = client.post("/structures/new/cable_pole", data={"csrf_token": token})
    assert answer.status_code == 503
    assert "đã đầy nên chưa ghi gì" in answer.text
    assert "Đã lưu công trình." not in answer.text
    monkeypatch.undo()
    assert "Đã lưu công trình." not in client.get("/structures").text
