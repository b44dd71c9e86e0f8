"""Tokens at the open interface: never more than the page of their owner, never more than their area, and nothing at all
from the moment on that they end, ready answers included."""

import gzip
import json
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from shapely.geometry import shape
from sqlalchemy import select, update

from registry.access_tokens.commands import IssueToken
from registry.access_tokens.models import AccessToken
from registry.access_tokens.rules import token_text
from registry.access_tokens.service import issue_token, revoke_token, scopes_for
from registry.accounts.commands import AddSuccession
from registry.accounts.models import Organisation, RoleAssignment
from registry.accounts.queries import get_user
from registry.accounts.service import add_succession, disable_user, end_role
from registry.audit.chain import record
from registry.authz.actors import Role
from registry.cables.service import write_members
from registry.kernel.lists.view import LISTS
from registry.ogc.sources import every_collection
from registry.structures.map.layers import MAP_LAYERS
from registry.structures.models import Structure
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import area_unit_ids, unit_at
from tests.factories import building_notices, incidents, joint_builds, offered_sites, routelists, violations
from tests.factories.street_works import work
from tests.factories.structures import make, organisation_id, place_inside, place_outside
from tests.support import ogc, shared
from tests.support.fixtures import account
from tests.support.outsider import tile_at
from tests.support.rounds import sizes

database, app, ctx_of, client_of, taken_back = shared.fixtures("module")
register, ask, drawn = ogc.fixtures()
OWNERS = (
    *("viettel", "vnpt", "dienluc", "so.khcn", "so.xaydung", "so.taichinh", "so.congthuong", "ubnd.tinh", "ubnd.xa"),
    *("kiemtra1", "kiemtra2", "quansu", "nguoidan", "bo.khcn"),
)
#: What everyone reads.
PUBLIC = ("units", "streets", "street-rules")
STRUCTURES = ("structures", "antenna_tower", "power_pole_shared")
QUESTIONS = (
    {},
    {"limit": 2},
    {"bbox": "100,5,110,25"},
    {"filter": "s_intersects(geometry, BBOX(100, 5, 110, 25))"},
    {"properties": ""},
)
#: Questions of an owner in a run of the suite, and in each round of the trials.
FEW, WHOLE = 12, 400
_texts = count()


def case_collections():
    """Code -> model of the collections of cases, which an area narrows."""
    return {view.code: view.record for view in LISTS.values() if view.geometry_column}


@pytest.fixture(scope="module")
def areas(ctx_of, register, drawn):
    """Name -> unit and a place of it: where ubnd.xa is, another with a row of each collection, one without any."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        inside = place_inside(ctx.session, ctx.actor.unit_ids)
        outside = place_outside(ctx.session, ctx.actor.unit_ids)
    for at in (inside, outside):
        for owner in ("viettel", "vnpt"):
            with ctx_of(owner) as ctx:
                make(ctx, owner=owner, at=at)
        with ctx_of("so.khcn") as ctx:
            make(ctx, owner="viettel", at=at, sharing_status="restricted")
            make(ctx, owner="pc_thanhhoa", at=at, kind="power_pole_shared")
        violations.log(ctx_of, at=at, by="so.khcn")
        incidents.report(ctx_of, at=at)
        building_notices.sent(ctx_of, position=building_notices.parsed(at[1], at[0]))
        line = [list(at), [at[0] + 0.001, at[1] + 0.001]]
        work(ctx_of, line=json.dumps({"type": "LineString", "coordinates": line}), work=f"Thay ống tại {at}")
    # What is drawn has one of Viettel inside.
    joint_builds.announced(ctx_of, by="vnpt", at=outside)
    routelists.propose(ctx_of, username="viettel", position=routelists.street_at(*outside), street_name="Đường xa")
    offered_sites.offered(ctx_of, by="so.taichinh", at=outside)
    with ctx_of(None, read_only=True) as ctx:
        hits = [unit_at(ctx.session, *at, UnitLevel.COMMUNE, ctx.today).id for at in (inside, outside)]
        used = select(Structure.commune_id)
        communes = select(AdminUnit.id).where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to.is_(None))
        empty = ctx.session.scalar(communes.where(AdminUnit.id.not_in(used)).order_by(AdminUnit.id.desc()).limit(1))
    return {"inside": (hits[0], inside), "outside": (hits[1], outside), "empty": (empty, None)}


@pytest.fixture
def program(app):
    """A function: the answer to an address for a token."""
    client = app.test_client(use_cookies=False)

    def ask(text, path, **arguments):
        return client.get(f"/ogc{path}", query_string=arguments, headers={"Authorization": f"Bearer {text}"})

    return ask


def issue(ctx_of, name, scopes=None, units=()):
    """The text of a new token; without `scopes` of all that its owner may give."""
    text = token_text("x" * 40)
    with ctx_of(name) as ctx:
        given_scopes = scopes or tuple(scope.value for scope in scopes_for(ctx.actor))
        last = ctx.today + timedelta(days=30)
        issue_token(ctx, IssueToken(text, f"QGIS {next(_texts)}", given_scopes, last, tuple(units)))
    return text


def revoke(ctx_of, name):
    """Revoke all tokens of a member."""
    with ctx_of(name) as ctx:
        for token_id in ctx.session.scalars(select(AccessToken.id).where(AccessToken.user_id == ctx.actor.id)).all():
            revoke_token(ctx, token_id)


def features_of(answer):
    return {each["id"]: each for each in json.loads(answer.data)["features"]}


def is_narrower(feature, whole):
    """Whether a feature says nothing that the other one of the same thing does not."""
    return (
        whole is not None
        and feature["geometry"] in (whole["geometry"], None)
        and all(value in (whole["properties"][name], None) for name, value in feature["properties"].items())
    )


def in_area(ctx_of, code, unit_id):
    """Ids of the rows of a collection that lie in a unit, as the database knows them; None: no area narrows it."""
    if code in PUBLIC:
        return None
    model = case_collections().get(code, None if code == "plan-items" else Structure)
    if model is None:
        return set()
    with ctx_of(None, read_only=True) as ctx:
        column = getattr(model, model.AREA)
        units = area_unit_ids(ctx.session, [unit_id])
        return set(ctx.session.scalars(select(model.id).where(column.in_(units))))


@pytest.mark.parametrize("name", OWNERS)
@pytest.mark.parametrize(("chance", "is_whole"), sizes(1, 3))
def test_a_token_says_no_more_than_the_page_of_its_owner_and_than_its_area_holds(
    ask, program, ctx_of, areas, name, chance, is_whole
):
    with ctx_of(name, read_only=True) as ctx:
        scopes = [scope.value for scope in scopes_for(ctx.actor)]
    assert scopes
    codes = [*case_collections(), *STRUCTURES, "plan-items", "streets", "street-rules"]

    @seed(chance)
    @settings(
        max_examples=WHOLE if is_whole else FEW,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.sets(st.sampled_from(scopes), min_size=1),
        st.sampled_from([None, *areas]),
        st.lists(st.sampled_from(codes), min_size=3, max_size=3, unique=True),
        st.sampled_from(QUESTIONS),
    )
    def holds(scopes, area, codes, question):
        units = () if area is None else (areas[area][0],)
        text = issue(ctx_of, name, tuple(sorted(scopes)), units)
        for code in codes:
            path = f"/collections/{code}/items"
            arguments = question | ({"sortby": "-code"} if code in STRUCTURES else {})
            answers = [program(text, path, **arguments) for _again in range(2)]
            to_owner, to_all = (ask(each, path, limit=1000) for each in (name, None))
            assert answers[0].status_code == answers[1].status_code
            if answers[0].status_code != 200:
                assert answers[0].status_code == 403
                continue
            assert to_owner.status_code == 200
            features = features_of(answers[0])
            assert features == features_of(answers[1])
            whole, public = features_of(to_owner), features_of(to_all) if to_all.status_code == 200 else {}
            for number, feature in features.items():
                assert is_narrower(feature, whole.get(number)) or is_narrower(feature, public.get(number)), feature
            here = None if area is None else in_area(ctx_of, code, areas[area][0])
            if here is not None:
                beyond = {number for number in features if number not in here}
                assert all(is_narrower(features[number], public.get(number)) for number in beyond), code
            page = json.loads(answers[0].data)
            if "limit" not in arguments:
                assert page["numberMatched"] == len(features)
        revoke(ctx_of, name)
        assert program(text, path, **arguments).status_code == 401

    holds()


@pytest.mark.parametrize("name", OWNERS)
def test_a_token_of_all_scopes_reads_the_rows_of_its_owner_and_one_of_no_rows_none(ask, program, ctx_of, areas, name):
    whole, nowhere = issue(ctx_of, name), issue(ctx_of, name, units=[areas["empty"][0]])
    for code in (*case_collections(), "structures", "plan-items"):
        path = f"/collections/{code}/items"
        to_owner, to_all = ask(name, path, limit=1000), ask(None, path, limit=1000)
        by_token, by_other = program(whole, path, limit=1000), program(nowhere, path, limit=1000)
        assert by_token.status_code == by_other.status_code == to_owner.status_code, code
        if to_owner.status_code == 200:
            assert set(features_of(by_token)) == set(features_of(to_owner)), code
            assert set(features_of(by_other)) == (set(features_of(to_all)) if to_all.status_code == 200 else set()), (
                code
            )


@pytest.mark.parametrize("name", OWNERS)
def test_the_extent_of_a_collection_is_that_of_what_the_token_reads(program, ctx_of, areas, name):
    for area in ("inside", "empty"):
        text = issue(ctx_of, name, units=[areas[area][0]])
        for code in (*case_collections(), "structures"):
            described = program(text, f"/collections/{code}")
            if described.status_code != 200:
                continue
            features = features_of(program(text, f"/collections/{code}/items", limit=1000)).values()
            bounds = [shape(each["geometry"]).bounds for each in features if each["geometry"]]
            sides = (
                [f(side) for f, side in zip((min, min, max, max), zip(*bounds, strict=True), strict=True)]
                if bounds
                else []
            )
            box = described.json.get("extent", {}).get("spatial", {}).get("bbox", [[]])[0]
            assert box == pytest.approx(sides, abs=1e-6), code


@pytest.mark.parametrize("name", ["so.khcn", "ubnd.xa", "kiemtra1", "viettel"])
def test_a_tile_holds_what_the_token_reads(ask, program, ctx_of, areas, name):
    inside = areas["inside"]
    column, row = tile_at(*inside[1], 12)
    text, nowhere = (issue(ctx_of, name, units=[areas[area][0]]) for area in ("inside", "empty"))
    for layer in MAP_LAYERS.values():
        path = f"/collections/{layer.collection}/tiles/WebMercatorQuad/12/{row}/{column}"
        if not layer.collection or ask(name, path).status_code != 200:
            continue
        tile, empty = program(text, path), program(nowhere, path)
        assert tile.status_code == empty.status_code == 200
        if layer.collection in case_collections():
            assert ids_of(tile) <= set(features_of(program(text, f"/collections/{layer.collection}/items", limit=1000)))
        if layer.collection not in PUBLIC:
            assert ids_of(empty) == set()
    path = f"/collections/structures/tiles/WebMercatorQuad/12/{row}/{column}"
    assert program(nowhere, path).data == ask(None, path).data
    assert program(issue(ctx_of, name), path).data == ask(name, path).data


def ids_of(answer):
    """Ids of the features of a vector tile: field 1 of each feature (2) of each layer (3)."""
    tile = gzip.decompress(answer.data)
    features = [each for layer in _members(tile, 3) for each in _members(layer, 2)]
    return {number for feature in features for number in _members(feature, 1)}


def _members(data, wanted):
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        size, at = _varint(data, at)
        value, wire = size, key & 7
        if wire == 2:
            value, at = data[at : at + size], at + size
        if key >> 3 == wanted:
            yield value


def _varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def test_codes_of_structures_elsewhere_are_not_named_by_those_of_the_area(program, ctx_of, areas):
    """A duct names its manholes by the codes of its owner, a cable what carries it, restricted or not."""
    with ctx_of("viettel") as ctx:
        manhole = make(ctx, kind="manhole", at=areas["outside"][1], own_code="BE-XA", sharing_status="restricted")
        duct = make(ctx, kind="cable_duct", at=areas["inside"][1])
        # Long ago nobody compared the places of both.
        duct.from_manhole_code = "BE-XA"
        cable = make(ctx, kind="cable_route", at=areas["inside"][1])
        write_members(ctx, {cable.id: [manhole.id]}, notifies=False)
    whole, here = issue(ctx_of, "viettel"), issue(ctx_of, "viettel", units=[areas["inside"][0]])
    codes = {}
    for text in (whole, here):
        of_duct = features_of(program(text, "/collections/cable_duct/items"))[duct.id]["properties"]
        of_cable = features_of(program(text, "/collections/cable_route/items"))[cable.id]["properties"]
        codes[text] = of_duct["from_manhole_code"], of_cable["members"]
    assert codes == {whole: ("BE-XA", manhole.code), here: (None, None)}


# --- the end of a token -------------------------------------------------------------------------------------------
def _expire(ctx_of, clock):
    del ctx_of
    clock.advance(timedelta(days=31))


def _revoke(ctx_of, clock):
    del clock
    revoke(ctx_of, "vnpt")


def _disable(ctx_of, clock):
    del clock
    with ctx_of("quantri") as ctx:
        disable_user(ctx, account(ctx.session, "vnpt").id, leaves_open=True)


def _end_roles(ctx_of, clock):
    del clock
    with ctx_of("quantri") as ctx:
        user = get_user(ctx, account(ctx.session, "vnpt").id)
        for role in user.roles:
            end_role(ctx, user.id, role.id)


def _roles_over(ctx_of, clock):
    del clock
    with ctx_of("quantri") as ctx:
        yesterday = ctx.today - timedelta(days=1)
        of_user = RoleAssignment.user_id == account(ctx.session, "vnpt").id
        ctx.session.execute(update(RoleAssignment).where(of_user).values(valid_from=yesterday, valid_to=yesterday))
        record(ctx, "test.change", "user_account", None)


def _close_organisation(ctx_of, clock):
    del clock
    with ctx_of("quantri") as ctx:
        yesterday = ctx.today - timedelta(days=1)
        ctx.session.execute(update(Organisation).where(Organisation.code == "vnpt").values(valid_to=yesterday))
        record(ctx, "organisation.edit", "organisation", None)


def _succeed(ctx_of, clock):
    del clock
    with ctx_of("quantri") as ctx:
        old, new = (organisation_id(ctx.session, code) for code in ("vnpt", "viettel"))
        facts = {"effective_on": ctx.today, "legal_basis": "QĐ 12/QĐ-UBND"}
        add_succession(ctx, AddSuccession(predecessor_id=old, successor_id=new, **facts))


def _move(ctx_of, clock):
    del clock
    with ctx_of("quantri") as ctx:
        account(ctx.session, "vnpt").organisation_id = organisation_id(ctx.session, "viettel")
        ctx.session.flush()
        record(ctx, "test.change", "user_account", None)


ENDS = (_expire, _revoke, _disable, _end_roles, _roles_over, _close_organisation, _succeed, _move)


@pytest.mark.parametrize("end", ENDS, ids=lambda each: each.__name__.strip("_"))
def test_a_token_that_ends_is_refused_at_once_whatever_was_ready(program, ctx_of, areas, clock, end):
    text = issue(ctx_of, "vnpt")
    column, row = tile_at(*areas["inside"][1], 12)
    addresses = (
        "/",
        "/collections",
        *(f"/collections/{code}/items" for code in ("structures", "antenna_tower", "violations", "units")),
        "/collections/structures",
        f"/collections/structures/tiles/WebMercatorQuad/12/{row}/{column}",
        f"/collections/violations/tiles/WebMercatorQuad/12/{row}/{column}",
    )
    for _again in range(2):
        for address in addresses:
            assert program(text, address).status_code == 200, address
    end(ctx_of, clock)
    for address in addresses:
        answer = program(text, address)
        assert answer.status_code == 401, address
        assert answer.mimetype == "application/problem+json"


def test_a_tile_for_a_token_is_asked_for_anew_each_time(program, ctx_of, areas):
    """A program that has it shows it only after this server said that it still may."""
    column, row = tile_at(*areas["inside"][1], 12)
    text = issue(ctx_of, "so.khcn")
    for code in ("structures", "violations"):
        path = f"/collections/{code}/tiles/WebMercatorQuad/12/{row}/{column}"
        answer = program(text, path)
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert "Authorization" in answer.headers["Vary"]


def test_a_right_that_is_taken_away_narrows_what_was_ready(program, ctx_of, areas):
    text = issue(ctx_of, "so.khcn")
    path = "/collections/structures/items"
    before = features_of(program(text, path, limit=999))
    assert {each["properties"]["exact"] for each in before.values()} == {True}
    with ctx_of("quantri") as ctx:
        of_user = RoleAssignment.user_id == account(ctx.session, "so.khcn").id
        ctx.session.execute(update(RoleAssignment).where(of_user).values(role=Role.PROVINCIAL_PC))
        record(ctx, "test.change", "user_account", None)
    after = features_of(program(text, path, limit=999))
    assert {each["properties"]["exact"] for each in after.values()} == {False}
    assert set(after) < set(before)
    assert program(text, "/collections/building-notices/items").status_code == 403


def test_the_list_of_tokens_says_which_are_valid(client_of, ctx_of, areas):
    issue(ctx_of, "vnpt")
    assert "đã hết hiệu lực" not in client_of("vnpt").get("/account/tokens").text
    with ctx_of("quantri") as ctx:
        yesterday = ctx.today - timedelta(days=1)
        ctx.session.execute(update(Organisation).where(Organisation.code == "vnpt").values(valid_to=yesterday))
        record(ctx, "organisation.edit", "organisation", None)
    assert "đã hết hiệu lực" in client_of("vnpt").get("/account/tokens").text


def test_there_is_a_row_inside_and_outside_for_each_collection(ctx_of, areas):
    assert set(case_collections()) <= set(every_collection())
    for code in (*case_collections(), "structures"):
        rows = {area: in_area(ctx_of, code, areas[area][0]) for area in areas}
        assert rows["inside"] - rows["outside"], code
        assert rows["outside"] - rows["inside"], code
        assert not rows["empty"], code
