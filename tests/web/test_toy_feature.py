"""A feature is mounted with one line, and everything that it provides is there."""

import html
import re
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, FileSystemLoader

from registry.accounts.browser import limits
from registry.accounts.sessions import open_session
from registry.audit.chain import record
from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.authz.start_page import START_PARTS
from registry.kernel.documents import DOCUMENTS
from registry.kernel.exports.lists import list_of
from registry.kernel.feature import KeyedExtensionPoint, mount
from registry.kernel.installation import INSTALLATION
from registry.notices.texts import NOTICE_TEXTS
from registry.structures.filtering.checks import CHECKS
from registry.wiring import create_app
from registry.wiring.features import FEATURES
from tests.factories.structures import make
from tests.toy.feature import FEATURE

TEMPLATES = Path(__file__).resolve().parents[1] / "toy" / "templates"


@pytest.fixture
def toy_app(application, database):
    """The application with one more feature."""
    app = create_app(INSTALLATION.of(application), database, (*FEATURES, FEATURE))
    app.jinja_env.loader = ChoiceLoader([app.jinja_env.loader, FileSystemLoader(TEMPLATES)])
    yield app
    mount(FEATURES)


def signed_in(app, ctx_of, username):
    """A browser of this application that is signed in."""
    client = app.test_client()
    with app.test_request_context(), ctx_of(username) as ctx:
        token = open_session(ctx, ctx.actor.id, limits(), device="test", address="127.0.0.1")
    with client.session_transaction() as session:
        session["_user_id"] = token
    return client


def test_a_mounted_feature_is_on_every_page_that_it_adds_to(toy_app, ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx).code
    client = signed_in(toy_app, ctx_of, "viettel")

    def text(address):
        with client.get(address) as answer:
            assert answer.status_code == 200, address
            return html.unescape(answer.get_data(as_text=True))

    assert text("/toy") == "toy of viettel"
    assert 'href="/toy"' in text("/structures")
    assert f'<section id="toy">{code}</section>' in text(f"/structures/{code}")
    assert f'<span id="toy-head">{code}</span>' in text(f"/structures/{code}")
    assert "Việc thử" in text("/")
    assert '<section id="toy-start">thành viên</section>' in text("/")
    assert "Kết quả <mark>" in text("/search?q=thử")
    assert code not in text("/structures?toy=none")
    assert code not in text("/structures?quality=toy")
    assert re.search(rf'data-label="Mã thử" class="c-\w+ cell-main">{code}</td>', text("/toy/things"))
    assert "Chưa có đồ thử" in text("/toy/things?q=x")
    assert "Mã thử;Số thử" in text("/exports/toy.csv")
    assert code in text("/exports/toy.csv")


def test_a_mounted_feature_adds_to_the_pages_of_visitors(toy_app, ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, sharing_status="available").code
    client = toy_app.test_client()
    assert '<section id="toy-start">khách</section>' in client.get("/").text
    page = client.get(f"/structures/{code}").text
    assert '<span id="toy-head">ô</span>' in page
    assert '<section id="toy">antenna_tower</section>' in page


def test_a_mounted_feature_names_its_things_in_the_audit_log(toy_app, ctx_of):
    with ctx_of("so.khcn") as ctx:
        record(ctx, "toy.make", "toy", 7)
    page = signed_in(toy_app, ctx_of, "so.khcn").get("/audit").text
    assert '<a href="/toy">Đồ 7</a>' in page
    assert "Làm đồ thử" in page


def test_a_mounted_feature_is_known_to_the_rest_of_the_program(toy_app):
    assert "toy" in toy_app.cli.commands
    assert list_of("toy").label == "Danh sách thử"
    assert (ACTION_LABELS["toy.make"], OBJECT_LABELS["toy"]) == ("Làm đồ thử", "Đồ thử")
    assert "toy" in NOTICE_TEXTS
    assert "toy" in CHECKS
    assert DOCUMENTS["docs/toy.md"]() == "toy\n"


def test_a_key_that_two_features_give_stops_the_start(toy_app):
    del toy_app
    with pytest.raises(ValueError, match="is given twice"):
        mount((*FEATURES, FEATURE, FEATURE))


def test_nothing_of_a_feature_stays_once_others_are_mounted(toy_app):
    del toy_app
    with_toy = len(START_PARTS)
    mount(FEATURES)
    assert len(START_PARTS) == with_toy - 1


def test_a_point_is_never_empty_while_the_same_features_are_mounted_once_more(monkeypatch):
    sizes = []
    fill = KeyedExtensionPoint.fill

    def recorded_fill(point, items):
        fill(point, items)
        sizes.append(len(point))

    monkeypatch.setattr(KeyedExtensionPoint, "fill", recorded_fill)
    mount(FEATURES)
    assert sizes
    assert 0 not in sizes
