"""Every endpoint and method, tried by the whole cast on objects of its own and of others, equals the reviewed table.

Cells of expected.csv: the status of the answer, `login` for the way to the sign-in page. Posts carry the fields of
`FIELDS`; a 422 means that the actor may do it and the rest of the form was empty.
"""

import csv
import re
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from registry.accounts.models import OrganisationAlias, RoleAssignment, UserAccount
from registry.accounts.service import disable_user
from registry.audit.models import AuditEvent
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.files.commands import AddFile
from registry.files.pages import STORE
from registry.files.service import add_file
from registry.imports.commands import UploadFile
from registry.imports.service import upload
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from tests.factories.structures import make, organisation_id, place_inside, place_outside

TABLE = Path(__file__).with_name("expected.csv")
KEYS = ("endpoint", "method", "object")
#: What posts send; an endpoint that is not named sends its token only.
FIELDS = {
    "structures.edit_post": {"version": "1"},
    **{
        f"structures.{step}": {"version": "1", "reason": "thử"}
        for step in ("confirm", "suspend", "resume", "decommission")
    },
    "capacity.place_post": {"label": "Sàn 9", "unit": "position", "total": "3"},
    "capacity.entry_post": {"place": "Sàn 1", "state": "used", "quantity": "1"},
    "capacity.entry_end_post": {"ended_on": "01/02/2026"},
}
#: A post answered so changed something, and leaves exactly one event; any other leaves none.
CHANGED = (200, 303)
#: The end of a session is a note; an account that is open already is not opened again.
LEAVE_A_NOTE = {"accounts.logout", "accounts.end_device", "accounts.end_other_devices", "accounts.user_enable"}
DOCUMENT = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
CSV = "Mã;Tên;Vĩ độ;Kinh độ\nA-1;Trạm A;19,807;105,776\n".encode()


def table():
    """The reviewed rows, and the cast in the order of the columns."""
    with TABLE.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    return rows, [name for name in rows[0] if name not in KEYS]


def test_every_route_has_a_row_and_every_row_a_route(app):
    routes = {
        (rule.endpoint, method) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    rows, _cast = table()
    assert {(row["endpoint"], row["method"]) for row in rows} == routes


def test_every_row_is_there_once():
    rows, cast = table()
    assert len({tuple(row[key] for key in KEYS) for row in rows}) == len(rows)
    assert all(re.fullmatch(r"login|[2-4]\d\d", row[name]) for row in rows for name in cast)


@pytest.fixture
def places(ctx_of):
    """A place in the area of ubnd.xa and kiemtra1, and one in nobody's area."""
    areas = []
    for name in ("ubnd.xa", "kiemtra1", "kiemtra2"):
        with ctx_of(name, read_only=True) as ctx:
            areas.append(ctx.actor.unit_ids)
    with ctx_of(None, read_only=True) as ctx:
        return place_inside(ctx.session, areas[0]), place_outside(ctx.session, frozenset().union(*areas))


@pytest.fixture
def objects(app, ctx_of, places):
    """Object of the table -> what its addresses are filled with."""
    inside, outside = places
    store = app.extensions[STORE]
    towers = {
        "viettel unpublished": ("viettel", inside, {}),
        "vnpt published": ("vnpt", outside, {"sharing_status": "available"}),
        "viettel restricted": ("viettel", outside, {"sharing_status": "restricted"}),
    }
    found = {"": common(ctx_of)}
    for name, (owner, place, texts) in towers.items():
        with app.test_request_context(), ctx_of(owner) as ctx:
            tower = make(ctx, owner=owner, at=place, **texts)
            set_place(ctx, SetPlace(tower.code, "Sàn 1", PlaceUnit.POSITION, 5))
            entry = add_entry(ctx, AddEntry(tower.code, "Sàn 1", 1))
            file = add_file(
                ctx,
                store,
                AddFile(subject_kind="structure", subject_id=tower.id, file_name=f"{tower.code}.pdf", content=DOCUMENT),
            )
            found[name] = {
                "code": tower.code,
                "structure_id": tower.id,
                "subject_kind": "structure",
                "subject_id": tower.id,
                "entry_id": entry.id,
                "attachment_id": file.id,
            }
    for owner in ("viettel", "vnpt"):
        with app.test_request_context(), ctx_of(owner) as ctx:
            command = UploadFile(organisation_id(ctx.session, owner), "antenna_tower", "tram.csv", CSV)
            found[f"{owner} batch"] = {"batch_id": upload(ctx, store, command).id}
    return found


def common(ctx_of):
    """What fills addresses that name nobody's own object: an account and an organisation to administer."""
    with ctx_of("quantri", read_only=True) as ctx:
        user = ctx.session.scalars(select(UserAccount).where(UserAccount.username == "vnpt")).one()
        alias = ctx.session.scalars(select(OrganisationAlias).order_by(OrganisationAlias.id)).first()
        role = ctx.session.scalars(select(RoleAssignment).where(RoleAssignment.user_id == user.id)).one()
        unit = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[0]
        return {
            "user_id": user.id,
            "assignment_id": role.id,
            "organisation_id": alias.organisation_id,
            "alias_id": alias.id,
            "session_id": 10**6,
            "unit_id": unit.id,
            "kind": "antenna_tower",
            "language": "vi",
            "token": "khong-co",
            "filename": "css/actions.css",
            "zoom": 12,
            "x": 3251,
            "y": 1816,
        }


@pytest.fixture
def browsers(client_of, ctx_of, app):
    """Name of the cast -> browser and token; the disabled account still holds its old cookie."""
    _rows, cast = table()
    found = {}
    for name in cast:
        client = client_of({"public": None, "disabled": "nguoidan"}.get(name, name))
        page = client.get("/login" if name == "public" else "/").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        found[name] = client, token, client.get_cookie("session").value
    return found


@pytest.fixture
def disabled(ctx_of, browsers):
    """The account of `disabled` is closed; a second browser of the same person stays for the column of its role."""
    del browsers

    def close():
        with ctx_of("quantri") as ctx:
            user = ctx.session.scalars(select(UserAccount).where(UserAccount.username == "nguoidan")).one()
            disable_user(ctx, user.id)

    return close


def events(database):
    """How many events the audit chain holds."""
    return database._bind.execute(select(func.count()).select_from(AuditEvent)).scalar_one()


def outcome(answer):
    """The cell of an answer."""
    if answer.status_code == 302 and answer.headers["Location"].startswith("/login"):
        return "login"
    return str(answer.status_code)


def test_the_whole_cast_equals_the_reviewed_table(app, database, objects, browsers, disabled, capsys):
    rows, cast = table()
    wrong, cells = [], 0
    adapter = app.url_map.bind("localhost")
    rules = {(rule.endpoint, m): rule for rule in app.url_map.iter_rules() for m in rule.methods}
    for name in cast:
        client, token, cookie = browsers[name]
        outer = database._bind.begin_nested()
        if name == "disabled":
            disabled()
        for row in rows:
            given = objects[""] | objects[row["object"]]
            rule = rules[row["endpoint"], row["method"]]
            address = adapter.build(rule.endpoint, {key: given[key] for key in rule.arguments})
            savepoint = database._bind.begin_nested()
            before = events(database)
            data = FIELDS.get(rule.endpoint, {}) | {"csrf_token": token} if row["method"] == "POST" else None
            # What the address before did to the cookie (sign-out) is forgotten too.
            client.set_cookie("session", cookie)
            answer = client.open(address, method=row["method"], data=data)
            answer.close()
            if row["method"] == "POST":
                left = events(database) - before
                if left != (row["endpoint"] not in LEAVE_A_NOTE and answer.status_code in CHANGED):
                    wrong.append((*(row[key] for key in KEYS), name, f"left {left} audit events"))
            savepoint.rollback()
            cells += 1
            if outcome(answer) != row[name]:
                wrong.append((*(row[key] for key in KEYS), name, f"is {outcome(answer)}, reviewed {row[name]}"))
        outer.rollback()
    with capsys.disabled():
        sys.stdout.write(f"permission cells: {cells}, wrong: {len(wrong)}\n")
    assert not wrong, "\n".join(map(str, wrong))
    assert cells == len(rows) * len(cast)


def test_no_address_answers_a_method_that_it_does_not_name(app, client_of, objects):
    client = client_of("quantri")
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        given = {name: objects["viettel unpublished"].get(name, objects[""].get(name, 1)) for name in rule.arguments}
        for method in ("PUT", "PATCH", "DELETE"):
            answer = client.open(adapter.build(rule.endpoint, given, method=next(iter(rule.methods))), method=method)
            assert answer.status_code in (400, 405), (rule.endpoint, method)
