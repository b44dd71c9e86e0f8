"""Access tokens: shown once, never more than their owner may do, ended with their account, each use noted."""

import re
from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.access_tokens.codes import TokenScope
from registry.access_tokens.commands import IssueToken
from registry.access_tokens.models import AccessToken
from registry.access_tokens.rules import MAX_TOKENS, hash_text, is_signed, token_text
from registry.access_tokens.service import issue_token, revoke_token, scopes_for
from registry.accounts.service import disable_user, enable_user
from registry.audit.chain import record
from registry.audit.models import AuditNote
from registry.authz.blueprint import TAKES_TOKENS
from registry.kernel.errors import Invalid, NotFound
from registry.structures.models import Structure
from registry.territory.models import AdminUnit, UnitLevel
from tests.factories.structures import make, organisation_id, place_outside
from tests.support.fixtures import account

SECRET = "x" * 40
ITEMS = "/api/structures?limit=1000"
#: Those who read structures exactly.
READERS = ("viettel", "so.khcn", "so.xaydung", "so.taichinh", "so.congthuong", "ubnd.xa", "kiemtra1", "quansu")


def issue(ctx_of, name, *, scopes=("structures",), days=30, units=(), shared=False, text=None):
    """The text of a new token of a member."""
    text = text or token_text(SECRET)
    with ctx_of(name) as ctx:
        last = ctx.today + timedelta(days=days)
        issue_token(ctx, IssueToken(text, "QGIS", tuple(scopes), last, tuple(units), shared))
    return text


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def basic(text):
    return {"Authorization": "Basic " + b64encode(f"ai:{text}".encode()).decode()}


@pytest.fixture
def program(app):
    """A client without cookies: a program."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def structures(ctx_of):
    """An unpublished structure of Viettel, and a published one of VNPT."""
    with ctx_of("viettel") as ctx:
        make(ctx)
    with ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt", at=place_outside(ctx.session, [0]), sharing_status="available")


@pytest.mark.parametrize("headers", [bearer, basic])
def test_a_program_signs_in_by_token(ctx_of, program, structures, headers):
    text = issue(ctx_of, "viettel")
    answer = program.get(ITEMS, headers=headers(text))
    assert answer.status_code == 200
    assert {feature["properties"]["exact"] for feature in answer.json["features"]} == {True}


@pytest.mark.parametrize("headers", [{}, bearer("htv_x"), basic("htv_x"), {"Authorization": "Basic !"}])
def test_a_program_without_valid_token_is_asked_for_one_and_never_redirected(program, headers):
    answer = program.get(ITEMS, headers=headers)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert [value.split()[0] for value in answer.headers.getlist("WWW-Authenticate")] == ["Basic", "Bearer"]


@pytest.mark.parametrize("value", ["Basic !", "Basic", "Bearer", "x", ""])
def test_a_sign_in_that_cannot_be_read_is_refused_where_visitors_may_read_too(program, value):
    address = "/ogc/collections/units/items?limit=1"
    assert program.get(address).status_code == 200
    assert program.get(address, headers={"Authorization": value}).status_code == 401


@pytest.mark.parametrize("name", READERS)
def test_a_token_reads_what_its_owner_reads(ctx_of, client_of, program, structures, name):
    by_token = program.get(ITEMS, headers=bearer(issue(ctx_of, name)))
    assert by_token.json["features"] == client_of(name).get(ITEMS).json["features"]


def test_a_token_without_the_scope_is_refused(ctx_of, program):
    text = issue(ctx_of, "viettel", scopes=["routes"])
    assert program.get(ITEMS, headers=bearer(text)).status_code == 403


def test_a_token_of_an_area_reads_no_exact_structure_elsewhere(ctx_of, program, structures):
    with ctx_of("so.khcn", read_only=True) as ctx:
        communes = list(ctx.session.scalars(select(Structure.commune_id).distinct().limit(2)))
        inside = set(ctx.session.scalars(select(Structure.code).where(Structure.commune_id == communes[0])))
    text = issue(ctx_of, "so.khcn", units=communes[:1])
    features = program.get(ITEMS, headers=bearer(text)).json["features"]
    exact = {feature["properties"]["code"] for feature in features if feature["properties"]["exact"]}
    assert exact == inside
    nowhere = issue(ctx_of, "so.khcn", units=[_unit_without_structures(ctx_of)])
    features = program.get(ITEMS, headers=bearer(nowhere)).json["features"]
    assert not any(feature["properties"]["exact"] for feature in features)


def _unit_without_structures(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        used = select(Structure.commune_id)
        return ctx.session.scalar(
            select(AdminUnit.id)
            .where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to.is_(None), AdminUnit.id.not_in(used))
            .order_by(AdminUnit.id.desc())
            .limit(1)
        )


def test_pages_take_no_token(ctx_of, program):
    text = issue(ctx_of, "viettel")
    assert program.get("/account", headers=bearer(text)).status_code == 302


@pytest.mark.parametrize("end", ["revoke", "expire", "disable", "move"])
def test_a_token_ends(ctx_of, program, clock, end):
    text = issue(ctx_of, "vnpt", days=1)
    if end == "revoke":
        with ctx_of("vnpt") as ctx:
            revoke_token(ctx, ctx.session.scalar(select(AccessToken.id)))
    elif end == "expire":
        clock.advance(timedelta(days=2))
    else:
        with ctx_of("quantri") as ctx:
            user = account(ctx.session, "vnpt")
            if end == "disable":
                # Enabled again it does not have its tokens back.
                disable_user(ctx, user.id, leaves_open=True)
                enable_user(ctx, user.id)
            else:
                user.organisation_id = organisation_id(ctx.session, "viettel")
                ctx.session.flush()
                record(ctx, "test.change", "user_account", None)
    assert program.get(ITEMS, headers=bearer(text)).status_code == 401


def test_each_use_is_noted_and_shown_to_its_owner(ctx_of, program, client_of):
    text = issue(ctx_of, "viettel")
    for limit in (1, 2):
        program.get(f"/api/structures?limit={limit}", headers=bearer(text))
    with ctx_of("viettel", read_only=True) as ctx:
        token = ctx.session.scalars(select(AccessToken)).one()
        notes = ctx.session.scalars(select(AuditNote).where(AuditNote.action == "token.use")).all()
        assert [note.details["token"] for note in notes] == [token.id] * 2
        assert token.last_used_at is not None
    page = client_of("viettel").get(f"/account/tokens/{token.id}").text
    assert "/api/structures?limit=2" in page


def test_its_text_is_shown_once_and_stored_as_a_hash(ctx_of, client_of):
    client = client_of("viettel")
    form = client.get("/account/tokens/new").text
    fields = dict(re.findall(r'name="(csrf_token|request_key)"[^>]*value="([^"]+)"', form))
    fields |= {"name": "QGIS", "audience": "personal", "scopes": "structures", "expires_on": "31/12/2026"}
    shown = client.post("/account/tokens/new", data=fields).text
    text = re.search(r"htv_[\w-]{51}", shown)[0]
    assert is_signed(SECRET, text)
    # Sent twice, the form gives the same token.
    assert text in client.post("/account/tokens/new", data=fields).text
    assert text not in client.get("/account/tokens").text
    with ctx_of("viettel", read_only=True) as ctx:
        assert ctx.session.scalars(select(AccessToken.token_hash)).all() == [hash_text(text)]


def test_a_made_up_token_has_no_signature():
    assert not is_signed(SECRET, "htv_" + "a" * 51)
    assert not is_signed("y" * 40, token_text(SECRET))


def test_colleagues_see_and_revoke_a_token_of_the_organisation_and_no_personal_one(ctx_of):
    issue(ctx_of, "viettel", shared=True)
    issue(ctx_of, "viettel")
    with ctx_of("vnpt", read_only=True) as ctx:
        shared, personal = ctx.session.scalars(select(AccessToken.id).order_by(AccessToken.id))
    for token_id in (shared, personal):
        with pytest.raises(NotFound), ctx_of("vnpt") as ctx:
            revoke_token(ctx, token_id)
    with ctx_of("quantri") as ctx:
        account(ctx.session, "vnpt").organisation_id = organisation_id(ctx.session, "viettel")
        ctx.session.flush()
        record(ctx, "test.change", "user_account", None)
    with ctx_of("vnpt") as ctx:
        assert revoke_token(ctx, shared).revoked_by_id == ctx.actor.id
    with pytest.raises(NotFound), ctx_of("vnpt") as ctx:
        revoke_token(ctx, personal)


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"scopes": ()}, "scopes"),
        ({"scopes": ("nothing",)}, "scopes"),
        ({"days": -1}, "expires_on"),
        ({"days": 367}, "expires_on"),
        ({"units": (2**62,)}, "unit_ids"),
    ],
)
def test_a_token_that_cannot_be_issued_names_the_field(ctx_of, wishes, field):
    with pytest.raises(Invalid) as refused:
        issue(ctx_of, "viettel", **wishes)
    assert set(refused.value.fields) == {field}


def test_a_person_has_so_many_valid_tokens_at_most(ctx_of):
    for _number in range(MAX_TOKENS):
        issue(ctx_of, "viettel")
    with pytest.raises(Invalid):
        issue(ctx_of, "viettel")
    with ctx_of("viettel", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(AccessToken)) == MAX_TOKENS


@pytest.mark.parametrize("name", ["kiemtra1", "viettel"])
def test_the_area_of_an_inspector_is_offered_first(client_of, ctx_of, name):
    with ctx_of(name) as ctx:
        own = set(ctx.actor.unit_ids)
    groups = re.findall(
        r'<optgroup label="([^"]+)">(.*?)</optgroup>', client_of(name).get("/account/tokens/new").text, re.S
    )
    offered = [{int(value) for value in re.findall(r'value="(\d+)"', options)} for _label, options in groups]
    assert (groups[0][0] == "Địa bàn phụ trách") == bool(own)
    assert not own or (offered[0] and offered[0] <= own)
    assert sum(map(len, offered)) == len(set.union(*offered)) > len(own)


def test_scopes_are_offered_by_role(ctx_of):
    with ctx_of("ubnd.tinh", read_only=True) as ctx:
        assert TokenScope.STRUCTURES not in scopes_for(ctx.actor)
        assert TokenScope.ROUTES in scopes_for(ctx.actor)
    with ctx_of("nguoidan", read_only=True) as ctx:
        assert scopes_for(ctx.actor) == [TokenScope.ROUTES]


def test_routes_that_take_tokens_only_read(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.partition(".")[0] in TAKES_TOKENS]
    assert len(rules) > 10
    assert {method for rule in rules for method in rule.methods} == {"GET", "HEAD", "OPTIONS"}
