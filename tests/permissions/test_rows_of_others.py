"""Posts that name a parent and one of its rows: a row of another parent is refused, and nothing changes.

Two ids in one address are two statements: a service that reads the row by its id alone changes what the page does not
show, and one that updates no row reports a success that did not happen.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.accounts.commands import AddSuccession
from registry.accounts.models import OrganisationAlias, OrganisationSuccession, RoleAssignment
from registry.accounts.service import add_succession
from registry.capacity.models import CapacityEntry
from registry.colocation.models import ColocationItem
from registry.files.models import AttachmentLink
from registry.inspections.models import InspectionItem
from tests.factories.colocation import draft, items_of, tower
from tests.factories.structures import organisation_id
from tests.permissions.cases import TAKEN, address, body, table, token_in
from tests.permissions.test_permissions import left, minus
from tests.support.clock import NOW, STANDING
from tests.support.fixtures import all_rows
from tests.support.offenders import no_offenders

_ALIAS = ("alias_id", OrganisationAlias.id, OrganisationAlias.organisation_id)
_SUCCESSION = ("succession_id", OrganisationSuccession.id, OrganisationSuccession.predecessor_id)
_ROLE = ("assignment_id", RoleAssignment.id, RoleAssignment.user_id)
_REQUESTED = ("item_id", ColocationItem.id, ColocationItem.request_id)
_INSPECTED = ("item_id", InspectionItem.id, InspectionItem.plan_id)
_FILE = ("attachment_id", AttachmentLink.attachment_id, AttachmentLink.subject_id)
#: Endpoint -> the argument that names a row, the column of its ids and that of its parent.
ROWS = {
    "accounts.alias_withdraw": _ALIAS,
    "accounts.succession_withdraw": _SUCCESSION,
    "accounts.role_confirm": _ROLE,
    "accounts.role_end": _ROLE,
    "accounts.role_keep": _ROLE,
    "agreements.item_post": _REQUESTED,
    "colocation.item_post": _REQUESTED,
    "colocation.remove": _REQUESTED,
    "capacity.entry_end_post": ("entry_id", CapacityEntry.id, CapacityEntry.place_id),
    "files.withdraw": _FILE,
    "violation_photos.redact_post": _FILE,
    "inspections.remove": _INSPECTED,
    "inspections.record": _INSPECTED,
    "inspections.correct": _INSPECTED,
}
#: Their further arguments name no row: a kind, a format, a move, a number within a file.
WITHOUT_ROWS = {
    *("files.add_post", "workflow.step_post", "workflow.say", "campaigns.own", "violation_papers.number"),
    "routelists.answer_round",
    *("imports.correct_row", "imports.column_post", "imports.merge_post", "exports.request_file"),
}


def test_each_post_with_two_ids_in_its_address_is_tried(app):
    several = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in rule.methods and len(rule.arguments) > 1}
    assert several == ROWS.keys() | WITHOUT_ROWS


@pytest.fixture
def another_succession(ctx_of):
    with ctx_of("quantri") as ctx:
        old, new = (organisation_id(ctx.session, code) for code in ("viettel", "mobifone"))
        days = {"effective_on": ctx.today + timedelta(days=9), "legal_basis": "QĐ 2"}
        add_succession(ctx, AddSuccession(predecessor_id=old, successor_id=new, **days))


def rows_of_others(database, endpoint, values):
    """Ids of rows of other parents than that of the row that the object names."""
    name, number, parent = ROWS[endpoint]
    own = select(parent).where(number == values[name]).limit(1).scalar_subquery()
    query = select(number).where(parent != own, number != values[name]).order_by(number).limit(2)
    return [values | {name: other} for other in all_rows(database, query).scalars()]


@pytest.mark.usefixtures("another_succession")
def test_a_row_of_another_parent_is_refused_and_left_alone(app, database, objects, members):
    rows, cast = table()
    tries = {
        row["endpoint"]: (row["object"], next(name for name in cast if row[name] in TAKEN))
        for row in rows
        if row["endpoint"] in ROWS and row["method"] == "POST" and any(row[name] in TAKEN for name in cast)
    }
    assert tries.keys() == ROWS.keys()
    wrong = []
    for endpoint, (kind, name) in tries.items():
        of_others = rows_of_others(database, endpoint, objects[""] | objects[kind] | members[name].given)
        if not of_others:
            wrong.append((endpoint, "no object of another parent"))
        for values in of_others:
            before, savepoint = left(database), database._bind.begin_nested()
            with STANDING.at(NOW + timedelta(minutes=1)):
                sent = body(endpoint, kind, values)
                answer = members[name].open(address(app, endpoint, values), "POST", sent)
            events, _notes = minus(left(database), before)
            savepoint.rollback()
            if str(answer.status_code) not in ("403", "404", "409", "422") or events:
                wrong.append((endpoint, kind, name, answer.status_code, f"{events} events"))
    no_offenders(
        "a row of another parent is refused and left alone", wrong, "read the row with its parent, NotFound otherwise"
    )


def test_what_is_no_more_in_the_basket_is_not_said_to_be_taken_out(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx).code, tower(ctx, own_code="T-2").code]
    with ctx_of("vnpt") as ctx:
        item = items_of(ctx, draft(ctx, codes[0]))[0].id
    client = client_of("vnpt")
    for number, tone in ((item + 10_000, "warning"), (item, "success"), (item, "warning")):
        token = token_in(client.get("/colocation/basket"))
        sent = {"csrf_token": token, "item": number}
        page = client.post("/colocation/basket/remove", data=sent, follow_redirects=True)
        assert f"message-{tone}" in page.text
