"""What search finds, in which order, and for whom; and that indexes find it."""

import unicodedata
from dataclasses import replace

import pytest
from sqlalchemy import text

from registry.accounts.models import OWNING_KINDS, OrganisationKind
from registry.accounts.queries import find_organisation, version_of
from registry.accounts.search import match_organisations
from registry.accounts.service import edit_organisation
from registry.colocation.workflow import COLOCATION
from registry.kernel.db.session import abort
from registry.kernel.search import read_query
from registry.streets.models import RoadClass, Street
from registry.streets.queries import match_streets
from registry.structures import search
from registry.structures.filtering.filter import StructureFilter
from registry.structures.listing.query import count_structures
from registry.structures.search import find_structures
from registry.territory.search import match_units
from registry.workflow.lists import count_cases, match_cases, search_clause
from tests.factories.colocation import draft, filed, tower
from tests.factories.organisations import save_organisation
from tests.factories.structures import make
from tests.support import shared

SPELLINGS = ("Hòa Lộc", "Hoà Lộc", "hoa loc", "HOÀ LỘC", unicodedata.normalize("NFD", "Hoà Lộc"))
WILD = (
    "%%",
    "__",
    "\\",
    "%_\\",
    "''",
    '"',
    "'; DROP TABLE xyzzy; --",
    "🗼📡",
    "\u202eabc\u202c",
    "()&|!:*",
    "%a%",
    "_a_",
)

MOVE = text("UPDATE structure SET name = name WHERE code = :code")

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("named")


@pytest.fixture(scope="module")
def named(ctx_of):
    """Three unpublished towers of Viettel and one published of VNPT; the codes by short names."""
    with ctx_of("so.khcn") as ctx:
        structures = {
            "plain": make(ctx, name="Trạm Hòa Lộc", own_code="HL-001", road_name="Đường Trần Phú"),
            "other tone": make(ctx, name="Trạm Hoà Lộc 2", own_code="HL-002"),
            "marked": make(ctx, name="Trạm Hỏa Lốc", own_code="HL-003"),
            "shared": make(ctx, owner="vnpt", name="Cột Nguyễn Trãi", own_code="NT-9", sharing_status="available"),
        }
        return {name: structure.code for name, structure in structures.items()}


def codes(result):
    return [row.code for row in result.rows]


def near(typed):
    return replace(read_query(typed), near=True)


def find(ctx_of, username, query):
    with ctx_of(username, read_only=True) as ctx:
        return find_structures(ctx, read_query(query) if isinstance(query, str) else query)


# --- structures ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_name_is_found_however_its_tone_is_placed(ctx_of, named, typed):
    found_codes = codes(find(ctx_of, "viettel", typed))
    assert set(found_codes) == {named["plain"], named["other tone"], named["marked"]}


@pytest.mark.parametrize("typed", SPELLINGS)
def test_the_list_and_the_search_agree_on_spellings(ctx_of, named, typed):
    with ctx_of("viettel", read_only=True) as ctx:
        assert count_structures(ctx, StructureFilter(q=typed)) == 3


def test_names_marked_as_they_were_typed_come_first(ctx_of, named):
    assert codes(find(ctx_of, "viettel", "trạm hoà lộc"))[0] == named["plain"]
    assert codes(find(ctx_of, "viettel", "Trạm Hỏa Lốc"))[0] == named["marked"]


@pytest.mark.parametrize("typed", ["{plain}", "HL-001", "hl-001", "tran phu", "phú trần", "Đường Trần"])
def test_code_own_code_and_road_find_it(ctx_of, named, typed):
    assert named["plain"] in codes(find(ctx_of, "viettel", typed.format(**named)))


def test_a_whole_code_in_small_letters_is_the_first_answer(ctx_of, named):
    assert codes(find(ctx_of, "viettel", named["marked"].lower()))[0] == named["marked"]


def test_an_own_code_is_the_first_answer_though_names_have_it_too(ctx_of, named):
    with ctx_of("so.khcn") as ctx:
        make(ctx, name="HL-001 cũ", own_code="ZZ-1")
    assert codes(find(ctx_of, "viettel", "HL-001"))[0] == named["plain"]


@pytest.mark.parametrize("typed", ["nguyen tria", "nguyễn tãi", "ngyen trai", "nguyenn trai"])
def test_a_slip_finds_what_is_alike_after_nothing_exact(ctx_of, named, typed):
    assert codes(find(ctx_of, "vnpt", typed)) == []
    assert codes(find(ctx_of, "vnpt", near(typed)))[0] == named["shared"]


def test_nothing_alike_is_nothing(ctx_of, named):
    del named
    for query in ("khongcogi xyzzy", near("khongcogi xyzzy")):
        result = find(ctx_of, "viettel", query)
        assert (result.rows, result.more) == ([], False)


def test_more_than_a_group_holds_is_said(ctx_of):
    with ctx_of("so.khcn") as ctx:
        for number in range(10):
            make(ctx, name=f"Cột dãy Lam Sơn {number}")
    result = find(ctx_of, "viettel", "lam son")
    assert (len(result.rows), result.more) == (8, True)


# --- who finds what -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "username", ["vnpt", "bo.khcn", "ubnd.tinh", "so.taichinh", "kiemtra2", "quantri", None], ids=str
)
@pytest.mark.parametrize(
    "typed", ["Trạm Hòa Lộc", "hoa loc", "tram hoa lcoo", "HL-001", "hl-002", "tran phu", "hoa lok"]
)
def test_who_sees_only_the_cell_finds_nothing_by_words(ctx_of, named, username, typed):
    hidden = {named["plain"], named["other tone"], named["marked"]}
    for query in (typed, near(typed)):
        assert hidden & set(codes(find(ctx_of, username, query))) == set()


@pytest.mark.parametrize("username", ["vnpt", "bo.khcn", None], ids=str)
def test_who_sees_only_the_cell_finds_it_by_its_code_without_its_name(ctx_of, named, username):
    (row,) = find(ctx_of, username, named["plain"]).rows
    assert row.code == named["plain"]
    assert not row.exact
    told = (row.name, row.own_code, row.road_name, row.address, row.owner_name, row.commune_name)
    assert [value for value in told if value] == []


def test_half_a_code_tells_an_outsider_nothing(ctx_of, named):
    assert codes(find(ctx_of, None, named["plain"][:-1])) == []
    assert named["plain"] not in codes(find(ctx_of, "vnpt", named["plain"][:-1]))


def test_restricted_structures_are_found_by_nobody_else(ctx_of):
    with ctx_of("so.khcn") as ctx:
        code = make(ctx, name="Trạm quân sự kín", sharing_status="restricted").code
    for username in ("vnpt", "kiemtra1", "bo.khcn", None):
        for query in (code, near(code), "quan su kin", near("quan su kni")):
            assert code not in codes(find(ctx_of, username, query)), (username, query)
    assert codes(find(ctx_of, "viettel", "quan su kin")) == [code]


def test_a_look_at_others_positions_is_remembered_and_at_ones_own_not(ctx_of, named):
    del named
    with ctx_of("viettel", read_only=True) as ctx:
        find_structures(ctx, read_query("nguyen trai"))
        assert [(look["what"], look["rows"]) for look in ctx.memo["looks"]] == [("search", 1)]
    with ctx_of("vnpt", read_only=True) as ctx:
        find_structures(ctx, read_query("nguyen trai"))
        assert "looks" not in ctx.memo


# --- other groups -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", WILD)
def test_wildcards_have_no_meaning(ctx_of, named, typed):
    del named
    with ctx_of("so.khcn", read_only=True) as ctx:
        query = read_query(typed)
        assert find_structures(ctx, query).rows == []
        assert count_structures(ctx, StructureFilter(q=query.text)) == 0
        assert match_organisations(ctx.session, query, OrganisationKind) == []
        assert match_units(ctx.session, query) == []
        assert match_cases(ctx, COLOCATION, query, 9) == []
        assert count_cases(ctx, COLOCATION, search_clause(ctx, COLOCATION, query.text)) == 0


@pytest.mark.parametrize(
    "query", [read_query("viettel"), read_query("VIETTEL Thanh Hoá"), *map(near, ("vietel", "viettell", "vitetel"))]
)
def test_organisations_are_found_by_name_and_with_slips(ctx_of, query):
    with ctx_of("vnpt", read_only=True) as ctx:
        organisations = match_organisations(ctx.session, query, OWNING_KINDS)
    assert organisations[0].code == "viettel"


def test_organisations_are_found_by_tax_code(ctx_of):
    with ctx_of("quantri") as ctx:
        organisation = find_organisation(ctx.session, "viettel")
        kept = ("code", "name", "short_name", "kind", "owner_category", "valid_from")
        values = {name: getattr(organisation, name) for name in kept} | {
            "version": version_of(ctx.session, organisation)
        }
        edit_organisation(ctx, organisation.id, save_organisation(**values, tax_code="0100109106"))
    with ctx_of("vnpt", read_only=True) as ctx:
        for typed in ("0100109106", "0100 109 106", "01001091", "0100109106-"):
            organisation = match_organisations(ctx.session, read_query(typed), OrganisationKind)
            assert [organisation.code for organisation in organisation] == ["viettel"], typed
        assert match_organisations(ctx.session, read_query("9999999"), OrganisationKind) == []


@pytest.mark.parametrize(
    "query", [*map(read_query, ("Phường Hạc Thành", "hac thanh", "P. Hạc Thành")), near("phuong hac thahn")]
)
def test_units_are_found_those_of_today_first(ctx_of, query):
    with ctx_of(None, read_only=True) as ctx:
        units = match_units(ctx.session, query)
    assert units[0].name == "Phường Hạc Thành"
    assert units[0].valid_to is None


@pytest.mark.parametrize(
    "query", [*map(read_query, ("QL.47", "ql.47", "quoc lo 47", "Quốc lộ 47")), near("quocc lo 47")]
)
def test_streets_are_found_by_number_and_name(ctx_of, query):
    with ctx_of("so.khcn") as ctx:
        ctx.session.add(Street(code="QL.47", name="Quốc lộ 47", road_class=RoadClass.NATIONAL))
        ctx.session.flush()
        abort(ctx)
        assert [street.code for street in match_streets(ctx.session, query)] == ["QL.47"]


@pytest.fixture
def request_number(ctx_of):
    """The number of a request of VNPT to Viettel."""
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        return filed(ctx, code).number


@pytest.mark.parametrize(
    ("username", "sees"), [("vnpt", True), ("viettel", True), ("so.khcn", True), ("dienluc", False)]
)
def test_cases_are_found_by_whom_they_concern(ctx_of, request_number, username, sees):
    with ctx_of(username, read_only=True) as ctx:
        for typed in (request_number, request_number.lower(), request_number.replace("-", " ")):
            cases = match_cases(ctx, COLOCATION, read_query(typed), 9)
            assert [case.number for case in cases] == ([request_number] if sees else []), typed


def test_drafts_are_their_writers_own(ctx_of):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        draft_case = draft(ctx, code)
        query = read_query(draft_case.title)
        assert match_cases(ctx, COLOCATION, query, 9) == [draft_case]
    for username in ("viettel", "so.khcn", "dienluc"):
        with ctx_of(username, read_only=True) as ctx:
            assert match_cases(ctx, COLOCATION, query, 9) == [], username


@pytest.mark.parametrize("typed", ["Trạm Sầm Sơn", "vnpt Sầm Sơn", "Trạm Sầm Sown"])
def test_of_many_matches_the_same_are_ranked_whatever_their_rows_are_like(ctx_of, monkeypatch, typed):
    monkeypatch.setattr(search, "CANDIDATES", 3)
    with ctx_of("so.khcn") as ctx:
        made_codes = [
            make(ctx, owner="vnpt", name="Trạm Sầm Sơn", sharing_status="available").code for _each in range(6)
        ]
        # Others may not displace what the reader sees.
        hidden = [make(ctx, name="Trạm Sầm Sơn").code for _each in range(6)]
        first = sorted(made_codes)[:3]
        query = replace(read_query(typed), near="Sown" in typed)
        for code in (None, *first):
            # A changed row moves to the end of its table.
            ctx.session.execute(MOVE, {"code": code})
            with ctx_of("vnpt", read_only=True) as reader:
                assert set(first) <= set(codes(find_structures(reader, query, 5))) <= set(made_codes), (code, hidden)
        abort(ctx)
