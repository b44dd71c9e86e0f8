"""Attachments over HTTP: photos are shown, anything else is downloaded, strangers are told nothing."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Blueprint, Flask, render_template
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect
from PIL import Image
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from werkzeug.test import TestResponse

import registry.accounts.models  # the tables that files refer to
import registry.authz.matrix  # noqa: F401  # puts the matrix in force
from registry.audit.chain import write_pending
from registry.authz.actors import Actor, Ctx, Role, StaticActor
from registry.authz.blueprint import ACTOR_LOADER, AFTER_VIEW, DATABASE, NOTES, PREFETCH
from registry.authz.permissions import P
from registry.files import pages as file_pages
from registry.files.pages import STORE, bp
from registry.files.queries import list_files
from registry.files.storage import FileStore
from registry.files.subjects import FILE_SUBJECTS, FileSubject
from registry.kernel.db.session import Database
from registry.kernel.disk import DATA_FOLDER
from registry.kernel.errors import Forbidden
from registry.kernel.forms.base import new_key
from registry.kernel.http.errors import init_errors
from registry.kernel.http.headers import init_headers
from registry.kernel.http.static_files import init_static_files
from registry.kernel.i18n import init_i18n
from registry.kernel.i18n.stored import stored_text
from tests.support.extensions import adding

CHECKOUT = Path(__file__).resolve().parents[2]
KIND = "test_object"
PAGES = {
    "search": ("results",),
    "structures": ("list",),
    "accounts": ("login", "logout"),
    "home": ("index",),
    "help": ("index",),
    "open_data": ("index",),
    "preferences": ("language",),
    "test": ("page",),
}
INSERT = text(
    "INSERT INTO organisation (code, name, short_name, kind, owner_category, valid_from, search_text)"
    " VALUES ('chu-thu-web', 'Chủ thử', 'Thử', 'operator', 'operator', :day, 'chu thu') RETURNING id"
)
NOW = text(
    "SELECT set_config('registry.now', now()::text, true), set_config('registry.effective_at', now()::text, true)"
)


@dataclass
class Clock:
    """Stands in for `time` of the module that evens refusals out: reading it the second time, a look-up is over."""

    takes: dict[int, float]
    moment: float = 0.0
    left: float = 0.0

    def begin(self, wanted: int) -> None:
        self.moment, self.left = -self.takes[wanted], self.takes[wanted]

    def monotonic(self) -> float:
        self.moment += self.left
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += seconds


@dataclass
class Site:
    """A small application with the pages of attachments only, and who is signed in to it."""

    client: FlaskClient
    store: FileStore
    actor: Actor
    owner: Actor

    def send(self, name: str, content: bytes, caption: str = "") -> TestResponse:
        data = {"file": (io.BytesIO(content), name), "caption": caption}
        return self.client.post(f"/files/{KIND}/1/add", data=data, content_type="multipart/form-data")


def _other_pages(app: Flask) -> None:
    """The addresses that the layout links to."""
    for name, endpoints in PAGES.items():
        other = Blueprint(name, __name__, url_prefix=f"/{name}")
        for endpoint in endpoints:
            rule = f"/{endpoint}" if name != "test" else "/<int:test_id>"
            other.add_url_rule(rule, endpoint, lambda **_values: "")
        app.register_blueprint(other)


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            session.execute(NOW)
            session.execute(text("SELECT set_config('registry.change_id', nextval('change_id_seq')::text, true)"))
            owner_id = session.scalar(INSERT, {"day": date(2020, 1, 1)})
            session.execute(text("SELECT set_config('registry.touched', '', true)"))
            session.commit()
        owner = StaticActor("Chủ", frozenset({Role.OPERATOR}), None, owner_id, frozenset({owner_id or 0}))
        app = Flask(__name__, template_folder=str(CHECKOUT / "templates"))
        app.config.update(SECRET_KEY="s" * 40, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        database = Database(database_url, bind=connection)
        database.before_commit.append(write_pending)
        site = Site(app.test_client(), FileStore(tmp_path / "files"), owner, owner)
        app.extensions.update(
            {
                DATA_FOLDER.name: tmp_path,
                DATABASE.name: database,
                ACTOR_LOADER.name: lambda _session: site.actor,
                PREFETCH.name: lambda _now, _read_only: [],
                AFTER_VIEW.name: lambda _ctx: None,
                NOTES.name: lambda *_args, **_details: None,
                STORE.name: site.store,
            }
        )
        init_i18n(app)
        app.jinja_env.filters["stored"] = stored_text
        init_static_files(app)
        app.jinja_env.globals["request_key"] = new_key
        init_headers(app, https=False)
        init_errors(app)
        CSRFProtect(app)
        _other_pages(app)
        app.register_blueprint(bp)

        def authorise(ctx: Ctx, _subject_id: int, _permission: P) -> int:
            if owner_id not in ctx.actor.organisation_ids:
                raise Forbidden
            return owner_id or 0

        with adding(FILE_SUBJECTS, FileSubject(KIND, authorise, "test.page", "test_id")):
            yield site
        connection.rollback()
    engine.dispose()


def _photo() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(target, "JPEG", comment=b"CANARY")
    return target.getvalue()


def _file_number(site: Site) -> int:
    """The number of the newest attachment, as the database gave it."""
    with DATABASE.of(site.client.application).session() as session:
        return int(session.scalar(text("SELECT max(id) FROM attachment")) or 0)


def test_a_photo_goes_in_and_comes_back_harmless(site: Site) -> None:
    sent = site.send("cột.jpg", _photo(), "Chân cột")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/test/1")
    with site.client.get(f"/files/{_file_number(site)}") as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert b"CANARY" not in answer.data


def test_a_document_is_only_downloaded(site: Site) -> None:
    site.send("giấy phép.pdf", b"%PDF-1.7\n<script>alert(1)</script>\n%%EOF\n")
    with site.client.get(f"/files/{_file_number(site)}") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_refused_file_is_explained_at_its_field_and_the_caption_kept(site: Site) -> None:
    answer = site.send("virus.exe", b"MZ", "Chân <cột>")
    assert answer.status_code == 422
    assert "Loại tệp của “virus.exe” không được nhận" in answer.text
    assert 'value="Chân &lt;cột&gt;"' in answer.text


def test_no_file_at_all_is_explained(site: Site) -> None:
    answer = site.client.post(f"/files/{KIND}/1/add", data={"caption": "x"})
    assert answer.status_code == 422
    assert "Trường này không được để trống." in answer.text


def test_a_withdrawn_file_stays_readable_for_its_owner(site: Site) -> None:
    site.send("cột.jpg", _photo())
    number = _file_number(site)
    assert site.client.post(f"/files/{KIND}/1/{number}/withdraw").status_code == 303
    with site.client.get(f"/files/{number}") as answer:
        assert answer.status_code == 200
    assert "Đã gỡ, giữ làm bằng chứng" in _panel(site)
    site.actor = StaticActor("Người khác", frozenset({Role.OPERATOR}), None, -7, frozenset({-7}))
    assert site.client.get(f"/files/{number}").status_code == 404


def _panel(site: Site) -> str:
    app = site.client.application
    with app.test_request_context(), DATABASE.of(app).transaction(site.actor, read_only=True) as ctx:
        links = list_files(ctx, KIND, 1)
        return render_template("files/panel.html", links=links, subject_kind=KIND, subject_id=1, can_add=True)


def test_a_photo_that_was_drawn_again_is_named_by_its_type_and_both_sums_are_said(site: Site) -> None:
    target = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(target, "PNG")
    sent = target.getvalue()
    site.send("cột.png", sent)
    with site.client.get(f"/files/{_file_number(site)}") as answer:
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["Content-Disposition"].endswith(".webp")
        served = answer.data
    page = _panel(site)
    assert f"Bản gốc đã lưu (cột.png, {len(sent)}\N{NO-BREAK SPACE}byte):" in page
    assert f"Bản tải về (cột.webp, {len(served)}\N{NO-BREAK SPACE}byte):" in page
    for content in (sent, served):
        assert sha256(content).hexdigest() in page


def test_a_document_has_one_sum_for_what_was_sent_and_what_is_downloaded(site: Site) -> None:
    content = b"%PDF-1.7\n%%EOF\n"
    site.send("giấy phép.pdf", content)
    page = _panel(site)
    assert "Bản gốc đã lưu, cũng là bản tải về (giấy phép.pdf, 15\N{NO-BREAK SPACE}byte):" in page
    assert page.count(sha256(content).hexdigest()) == 1


def test_a_stranger_learns_nothing(site: Site) -> None:
    site.send("cột.jpg", _photo())
    number = _file_number(site)
    site.actor = StaticActor("Người khác", frozenset({Role.OPERATOR}), None, -7, frozenset({-7}))
    assert site.send("khác.jpg", _photo()).status_code == 403
    assert site.client.post(f"/files/{KIND}/1/{number}/withdraw").status_code == 403
    theirs, nobodys = (site.client.get(f"/files/{wanted}") for wanted in (number, number + 1000))
    assert (theirs.status_code, nobodys.status_code) == (404, 404)


def test_a_file_that_one_may_not_know_is_refused_in_words_and_time_like_none(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.send("cột.jpg", _photo())
    number = _file_number(site)
    site.actor = StaticActor("Người khác", frozenset({Role.OPERATOR}), None, -7, frozenset({-7}))
    asked, ends = (number, number + 1000), dict[int, float]()
    # The clock stands still but for what each look-up is said to take.
    clock = Clock({number: 0.03, number + 1000: 0.001})
    monkeypatch.setattr(file_pages, "time", clock)
    for wanted in asked:
        clock.begin(wanted)
        answer = site.client.get(f"/files/{wanted}")
        ends[wanted] = round(clock.moment, 6)
        assert answer.status_code == 404
    assert ends[number] == ends[number + 1000] == file_pages.STEP_S
    texts = set()
    for wanted in asked:
        text_of_page = re.sub(rf"(số |/files/){wanted}\b", "", site.client.get(f"/files/{wanted}").text)
        texts.add(re.sub(r"\b[0-9a-f-]{12,}\b", "", text_of_page))
    assert len(texts) == 1


def test_a_file_lost_from_the_disk_is_said_in_words(site: Site) -> None:
    site.send("cột.jpg", _photo())
    for path in site.store.served.rglob("*"):
        if path.is_file():
            path.unlink()
    answer = site.client.get(f"/files/{_file_number(site)}")
    assert answer.status_code == 404
    assert "không còn trong kho" in answer.text


def test_an_unknown_kind_of_object_is_not_found(site: Site) -> None:
    assert site.client.post("/files/nothing/1/add", data={}).status_code == 404
    assert site.client.get("/files/99999999999999999999999").status_code == 404


def test_the_panel_of_an_object_shows_its_files(site: Site) -> None:
    site.send("cột.jpg", _photo(), "Chân <cột>")
    app = site.client.application
    with app.test_request_context(), DATABASE.of(app).transaction(site.actor, read_only=True) as ctx:
        links = list_files(ctx, KIND, 1)
        page = render_template("files/panel.html", links=links, subject_kind=KIND, subject_id=1, can_add=True)
    assert "Chân &lt;cột&gt;" in page
    assert f"/files/{KIND}/1/add" in page
    assert links[0].attachment.sha256[:12] in page


def test_the_empty_form_says_what_is_taken(site: Site) -> None:
    page = site.client.get(f"/files/{KIND}/1/add").text
    assert "Tối đa 20 MB" in page
    assert 'enctype="multipart/form-data"' in page
