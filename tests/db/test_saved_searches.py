"""Kept filters: what can be kept, by whom each is used, which one is the default, what stays of one that is gone."""

import pytest
from sqlalchemy import select, text
from werkzeug.datastructures import MultiDict

from registry.audit.chain import record
from registry.audit.models import AuditEvent
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.saved_searches.models import SavedSearch
from registry.saved_searches.queries import get_by_slug, get_search, list_views
from registry.saved_searches.rules import MAX_SEARCHES
from registry.saved_searches.service import ChangeSearch, DeleteSearch, SearchOptions, change_search, delete_search
from registry.structures.listing.saved_filters import expand_saved, saved_filters_of
from tests.factories.saved_searches import TOWERS_HERE, keep
from tests.factories.structures import organisation_id
from tests.support.fixtures import account


@pytest.fixture
def colleague(ctx_of):
    """VNPT's account works for Viettel."""
    with ctx_of("quantri") as ctx:
        account(ctx.session, "vnpt").organisation_id = organisation_id(ctx.session, "viettel")
        ctx.session.flush()
        from_test(ctx)
    return "vnpt"


def from_test(ctx):
    """Whatever the test changed by itself."""
    record(ctx, "test.change", "user_account", None)


def change(ctx, search, **wishes):
    options = {"name": search.name, "is_shared": search.is_shared, "is_watched": search.is_watched}
    options |= {"is_default": search.is_default} | wishes
    return change_search(ctx, ChangeSearch(search.id, search.version, SearchOptions(**options)))


def refusal(ctx_of, query=TOWERS_HERE, name="Cột còn chỗ"):
    with pytest.raises(Invalid) as refused, ctx_of("viettel") as ctx:
        keep(ctx, query, name)
    return refused.value.fields


def test_a_filter_is_kept_as_the_list_says_it_and_opens_again(ctx_of):
    with ctx_of("viettel") as ctx:
        passing = "&cursor=abc&sort=name&order=desc&all=1&q=&fibre_count_min=4"
        saved = keep(ctx, TOWERS_HERE + passing, "Cột  còn chỗ ở Hạc Thành")
        assert (saved.name, saved.query) == ("Cột còn chỗ ở Hạc Thành", TOWERS_HERE + "&sort=name&order=desc")
        assert saved.slug.startswith("cot-con-cho-o-hac-thanh-")
        slug = saved.slug
    with ctx_of("viettel", read_only=True) as ctx:
        (view,) = list_views(ctx)
        assert view.conditions == (
            "Loại công trình: Cột ăng ten",
            "Vị trí: trong 500 m quanh 19.807000, 105.776000",
            "Chỗ lắp đặt: Còn chỗ trống",
        )
        opened = expand_saved(ctx, MultiDict([("saved", slug), ("within", "1000"), ("cursor", "x")]))
        assert opened.to_dict() == {
            "kind": "antenna_tower",
            "near": "19.807,105.776",
            "room": "1",
            "sort": "name",
            "order": "desc",
            "within": "1000",
            "cursor": "x",
        }


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("", "query", "chưa lọc"),
        ("sort=name", "query", "chưa lọc"),
        ("kind=antenna_tower&colou=kind", "query", "“colou”"),
        ("kind=antenna_tower&height_m_min=40&foo=1", "query", "“foo”"),
        ("kind=nothing", "kind", "“nothing”"),
        ("near=abc", "near", "không rõ thuộc hệ nào"),
        ("near=19.807,105.776&within=49", "within", "từ 50 đến 5.000"),
        ("near=19.807,105.776&within=5001", "within", "từ 50 đến 5.000"),
        ("near=19.807,105.776&within=NaN", "within", "“NaN”"),
        ("room=2", "room", "“2”"),
        ("room=1&sort=colour", "query", "“colour”"),
        ("room=1&order=up", "query", "“up”"),
        ("near=0.1,179.9", "near", "nằm ngoài Việt Nam"),
        ("q=" + "a" * 4001, "query", "quá dài"),
        ("&".join(f"kind=k{number}" for number in range(300)), "query", "quá 200"),
        ("q=a%00b", "q", "ký tự điều khiển"),
    ],
)
def test_what_the_list_does_not_take_is_not_kept(ctx_of, query, field, words):
    fields = refusal(ctx_of, query)
    assert list(fields) == [field]
    assert words in fields[field][0]


@pytest.mark.parametrize("name", ["", " \u200b ", "a" * 101, "a\x00b", "\ud800"])
def test_a_name_that_cannot_be_read_is_refused_in_words(ctx_of, name):
    assert list(refusal(ctx_of, name=name)) == ["name"]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "'; DROP TABLE saved_search; --", "🗼🗼", "../../etc", "=1+1"]
)
def test_a_hostile_name_is_a_name(ctx_of, name):
    with ctx_of("viettel") as ctx:
        saved = keep(ctx, name=name)
        assert saved.name == name
        assert get_by_slug(ctx, saved.slug).id == saved.id


def test_the_names_of_one_person_differ_and_those_of_others_do_not_matter(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        keep(ctx)
    with ctx_of("vnpt") as ctx:
        keep(ctx)
    client = client_of("viettel")
    page = client.get(f"/saved-searches/new?{TOWERS_HERE}")
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    sent = {"csrf_token": token, "query": TOWERS_HERE, "name": "Cột còn chỗ", "audience": "private"}
    answer = client.post("/saved-searches/new", data=sent)
    assert answer.status_code == 422
    assert "Đã có bộ lọc tên này" in answer.text


def test_nobody_keeps_more_than_fifty(ctx_of):
    with ctx_of("viettel") as ctx:
        for number in range(MAX_SEARCHES):
            keep(ctx, name=f"Bộ lọc {number}")
    assert "50 bộ lọc" in refusal(ctx_of)[""][0]


def test_a_search_is_its_owners_until_it_is_shared_and_colleagues_never_change_it(ctx_of, colleague):
    with ctx_of("viettel") as ctx:
        kept = keep(ctx)
        key, slug = kept.id, kept.slug
    for username in (colleague, "so.khcn", "dienluc"):
        with pytest.raises(NotFound), ctx_of(username, read_only=True) as ctx:
            get_by_slug(ctx, slug)
    with ctx_of("viettel") as ctx:
        change(ctx, get_search(ctx, key), is_shared=True)
    with ctx_of(colleague, read_only=True) as ctx:
        assert get_by_slug(ctx, slug).id == key
        assert [(view.is_own, view.owner != "", view.looked_at) for view in list_views(ctx)] == [(False, True, None)]
        with pytest.raises(NotFound):
            get_search(ctx, key)
    for username in ("so.khcn", "dienluc", "quantri"):
        with pytest.raises(NotFound), ctx_of(username, read_only=True) as ctx:
            get_by_slug(ctx, slug)
    with ctx_of(None, read_only=True) as ctx:
        assert saved_filters_of(ctx) is None
        with pytest.raises(NotFound, match="sau khi đăng nhập"):
            expand_saved(ctx, MultiDict({"saved": slug}))


def test_who_leaves_the_organisation_takes_the_shared_searches_along(ctx_of, colleague):
    with ctx_of("viettel") as ctx:
        slug = keep(ctx, shared=True).slug
    with ctx_of("quantri") as ctx:
        account(ctx.session, "viettel").organisation_id = organisation_id(ctx.session, "vnpt")
        ctx.session.flush()
        from_test(ctx)
    with pytest.raises(NotFound), ctx_of(colleague, read_only=True) as ctx:
        get_by_slug(ctx, slug)


def test_there_is_one_default_and_only_for_its_owner(ctx_of, colleague):
    with ctx_of("viettel") as ctx:
        keep(ctx, name="một", default=True, shared=True)
        second = keep(ctx, name="hai", default=True)
        assert ctx.session.scalars(select(SavedSearch.name).filter_by(is_default=True)).all() == ["hai"]
        change(ctx, second, is_default=False)
        assert ctx.session.scalars(select(SavedSearch.name).filter_by(is_default=True)).all() == []
        change(ctx, ctx.session.scalars(select(SavedSearch).filter_by(name="một")).one(), is_default=True)
    with ctx_of(colleague, read_only=True) as ctx:
        assert [kept.is_default for kept in saved_filters_of(ctx).listed(ctx)] == [False]


def test_a_stale_form_changes_and_deletes_nothing(ctx_of):
    with ctx_of("viettel") as ctx:
        kept = keep(ctx)
        version = kept.version
        change(ctx, kept, name="khác")
    for command, call in (
        (ChangeSearch(kept.id, version, SearchOptions("nữa")), change_search),
        (DeleteSearch(kept.id, version), delete_search),
    ):
        with pytest.raises(Conflict), ctx_of("viettel") as ctx:
            call(ctx, command)


def test_each_write_is_recorded_and_the_history_outlives_the_search(ctx_of):
    with ctx_of("viettel") as ctx:
        kept = keep(ctx)
        key, version = kept.id, kept.version
    with ctx_of("viettel") as ctx:
        version = change(ctx, get_search(ctx, key), name="khác").version
    with ctx_of("viettel") as ctx:
        delete_search(ctx, DeleteSearch(key, version))
    with ctx_of("so.khcn", read_only=True) as ctx:
        actions_query = (
            select(AuditEvent.action).where(AuditEvent.object_kind == "saved_search").order_by(AuditEvent.number)
        )
        actions = ["saved_search.save", "saved_search.change", "saved_search.delete"]
        assert ctx.session.scalars(actions_query).all() == actions
        past = text("SELECT name, recorded_to IS NULL FROM saved_search_history WHERE id = :id ORDER BY history_id")
        assert ctx.session.execute(past, {"id": key}).all() == [("Cột còn chỗ", False), ("khác", False)]
        assert ctx.session.get(SavedSearch, key) is None
