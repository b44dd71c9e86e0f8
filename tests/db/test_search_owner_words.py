"""Words of which some name the owner: its structures with the other words are found, after those that have them all."""

from datetime import UTC, datetime

import pytest

from registry.kernel.search import read_query
from registry.structures.filtering.filter import StructureFilter
from registry.structures.filtering.owner_terms import OwnerMatch, match_owner_terms
from registry.structures.listing.query import count_structures, list_structures
from registry.structures.positions.moment import When
from registry.structures.search import find_structures
from tests.factories.structures import make, organisation_id
from tests.support import shared

LATER = datetime(2026, 12, 5, 8, tzinfo=UTC)


database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("towers")


@pytest.fixture(scope="module")
def towers(ctx_of):
    """Towers at Hàm Rồng of two owners, one that names the other owner, and others; the codes by short names."""
    with ctx_of("so.khcn") as ctx:
        structures = {
            "own": make(ctx, name="Trạm Hàm Rồng 1"),
            "other": make(ctx, owner="vnpt", name="Trạm Hàm Rồng 2"),
            "named": make(ctx, owner="vnpt", name="Trạm Hàm Rồng cạnh Viettel"),
            "elsewhere": make(ctx, name="Trạm Lam Sơn"),
            "restricted": make(ctx, name="Trạm kín Hàm Rồng", sharing_status="restricted"),
            "pole": make(ctx, owner="vnpt", kind="cable_pole", name="Cột treo cáp Quảng Hưng"),
        }
        return {name: structure.code for name, structure in structures.items()}


def found(ctx_of, username, typed):
    with ctx_of(username, read_only=True) as ctx:
        return [row.code for row in find_structures(ctx, read_query(typed)).rows]


def listed(ctx_of, username, typed, **more):
    with ctx_of(username, read_only=True) as ctx:
        return {row.code for row in list_structures(ctx, StructureFilter(q=typed, **more)).rows}


def test_the_owners_structures_with_the_other_words_come_after_those_with_all(ctx_of, towers):
    first, *others = found(ctx_of, "so.khcn", "viettel ham rong")
    assert first == towers["named"]
    # Equal to the search, they stand by their codes, which are drawn.
    assert sorted(others) == sorted((towers["own"], towers["restricted"]))


@pytest.mark.parametrize("typed", ["viettel ham rong", "Hàm Rồng VIETTEL", "ham viettel rong"])
def test_the_order_of_the_words_and_their_marks_do_not_matter(ctx_of, towers, typed):
    assert towers["own"] in found(ctx_of, "viettel", typed)


def test_the_other_owner_is_found_by_its_name(ctx_of, towers):
    assert found(ctx_of, "vnpt", "vnpt cột treo") == [towers["pole"]]
    assert set(found(ctx_of, "so.khcn", "vnpt ham rong")) == {towers["other"], towers["named"]}


def test_the_list_holds_what_the_search_finds(ctx_of, towers):
    for typed in ("viettel ham rong", "vnpt cột treo", "vnpt ham rong"):
        assert listed(ctx_of, "so.khcn", typed) == set(found(ctx_of, "so.khcn", typed))


def test_a_word_inside_another_of_the_name_names_no_owner(ctx_of, towers):
    assert found(ctx_of, "so.khcn", "ettel ham rong") == [towers["named"]]


@pytest.mark.parametrize("username", ["vnpt", "bo.khcn", "ubnd.tinh", "kiemtra2", "quantri", None], ids=str)
def test_who_sees_only_the_cell_finds_nothing_by_owner_and_words(ctx_of, towers, username):
    hidden = {towers["own"], towers["restricted"]}
    for typed in ("viettel ham rong", "viettel tram", "viettel kin"):
        assert hidden & set(found(ctx_of, username, typed)) == set()
        assert hidden & listed(ctx_of, username, typed) == set()


def test_more_than_a_group_holds_is_in_the_list(ctx_of):
    with ctx_of("so.khcn") as ctx:
        for number in range(10):
            make(ctx, name=f"Cột dãy Lam Sơn {number}")
        result = find_structures(ctx, read_query("viettel day lam son"))
        assert (len(result.rows), result.more) == (8, True)
        assert count_structures(ctx, StructureFilter(q="viettel day lam son")) == 10


def test_of_a_past_day_they_are_found_too(ctx_of, towers):
    with ctx_of("viettel", now=LATER, read_only=True) as ctx:
        when = When(as_of=datetime(2026, 12, 1, tzinfo=UTC).date())
        rows = list_structures(ctx, StructureFilter(q="viettel ham rong", when=when)).rows
        assert {row.code for row in rows} == {towers["own"], towers["restricted"]}


def test_what_is_left_must_be_for_an_index(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        viettel = organisation_id(ctx.session, "viettel")
        assert viettel in match_owner_terms(ctx.session, "viettel")[0].owner_ids
        assert all(not way.rest for way in match_owner_terms(ctx.session, "viettel 1"))
        way = match_owner_terms(ctx.session, "viettel hà tu")[0]
        assert (viettel in way.owner_ids, way.rest) == (True, ("ha tu",))
        assert match_owner_terms(ctx.session, "xyzzy khongcogi") == []
        assert match_owner_terms(ctx.session, "100% _") == []


def test_all_words_in_a_name_leave_nothing_to_find(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        first = match_owner_terms(ctx.session, "viettel thanh hoa")[0]
        assert first == OwnerMatch(first.owner_ids)
        assert organisation_id(ctx.session, "viettel") in first.owner_ids
