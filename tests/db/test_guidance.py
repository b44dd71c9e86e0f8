"""Guidance of the departments: fields, versions, who acknowledged which, reminders, and the public part."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from registry.accounts.models import Organisation, RoleAssignment, UserAccount
from registry.audit.chain import record
from registry.authz.actors import Role
from registry.files.pages import STORE
from registry.guidance.commands import PublishDocument
from registry.guidance.jobs import run_reminders
from registry.guidance.models import GuidanceField, GuidanceKind, GuidanceReceipt
from registry.guidance.queries import (
    get_document,
    get_public,
    is_current,
    missing_of,
    public_query,
    read_reminders,
    receipts_of,
    versions_of,
)
from registry.guidance.service import acknowledge, publish, remind, withdraw
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound
from tests.factories.campaigns import at
from tests.permissions.guidance import PAPER
from tests.support.clock import NOW


@pytest.fixture
def published(app, ctx_of):
    """A function: the id of a document of a department."""

    def make(username="so.xaydung", **more):
        with ctx_of(username) as ctx:
            number = more.pop("number", "05/HD-SXD")
            command = PublishDocument(GuidanceKind.GUIDANCE, "Hướng dẫn", number, None, None, "hd.pdf", PAPER, **more)
            return publish(ctx, STORE.of(app), command).id

    return make


def test_each_department_publishes_in_its_own_field_and_keeps_its_own(ctx_of, published):
    fields = {
        "so.khcn": GuidanceField.TELECOM,
        "so.xaydung": GuidanceField.CONSTRUCTION,
        "so.taichinh": GuidanceField.FINANCE,
        "so.congthuong": GuidanceField.ENERGY,
    }
    for username, field in fields.items():
        document_id = published(username)
        other = "so.khcn" if username != "so.khcn" else "so.xaydung"
        with ctx_of(other) as ctx, pytest.raises(Forbidden):
            withdraw(ctx, document_id, "Không phải của tôi")
        with ctx_of("viettel", read_only=True) as ctx:
            assert get_document(ctx, document_id).field is field
    with pytest.raises(Forbidden):
        published("ubnd.xa")


def test_a_new_version_replaces_the_former_which_stays_readable_and_is_replaced_once(ctx_of, published):
    first = published()
    second = published(replaces_id=first)
    with pytest.raises(Conflict):
        published(replaces_id=first)
    with ctx_of("viettel", read_only=True) as ctx:
        former, present = get_document(ctx, first), get_document(ctx, second)
        assert [document.id for document in versions_of(ctx, former)] == [second, first]
        assert (is_current(ctx, former), is_current(ctx, present)) == (False, True)
    with ctx_of("so.xaydung") as ctx:
        withdraw(ctx, second, "Ban hành nhầm")
        assert is_current(ctx, get_document(ctx, first))
    third = published(replaces_id=first)
    with ctx_of("so.taichinh", read_only=True) as ctx:
        assert [document.id for document in versions_of(ctx, get_document(ctx, third))] == [third, first]
        with pytest.raises(NotFound):
            get_document(ctx, second)


def names_missing(ctx, document_id):
    return {row.name for row in missing_of(ctx, get_document(ctx, document_id))}


def test_addressed_organisations_acknowledge_each_version_and_the_department_sees_who_and_when(ctx_of, published):
    first = published(addressees=(Role.OPERATOR,), due_on=date(2026, 12, 10))
    with ctx_of("viettel") as ctx:
        assert [document.id for document in read_reminders(ctx).waiting] == [first]
        acknowledge(ctx, first)
        acknowledge(ctx, first)
        assert read_reminders(ctx).waiting == []
        person, own = ctx.actor.id, ctx.actor.organisation_id
    with ctx_of("dienluc") as ctx, pytest.raises(Forbidden):
        acknowledge(ctx, first)
    with ctx_of("so.xaydung") as ctx:
        (row,) = [row for row in receipts_of(ctx, get_document(ctx, first)) if not row.is_missing]
        account = ctx.session.get_one(UserAccount, person)
        assert (row.organisation_id, row.acknowledged_by, row.acknowledged_at) == (own, account.full_name, ctx.now)
        assert row.name not in names_missing(ctx, first)
        assert names_missing(ctx, first)
    second = published(addressees=(Role.OPERATOR,), replaces_id=first)
    with ctx_of("vnpt") as ctx:
        with pytest.raises(MoveRefused):
            acknowledge(ctx, first)
        assert [document.id for document in read_reminders(ctx).waiting] == [second]
    with ctx_of("viettel", read_only=True) as ctx:
        assert [document.id for document in read_reminders(ctx).waiting] == [second]
        assert list(ctx.session.scalars(select(GuidanceReceipt.document_id))) == [first]


def test_a_document_waits_for_those_it_was_sent_to_and_no_more_for_one_that_ended(ctx_of, published):
    document_id = published(addressees=(Role.OPERATOR,), due_on=date(2026, 12, 10))
    with ctx_of("quantri") as ctx:
        rows = ctx.session.scalars(select(Organisation).where(Organisation.code.in_(("viettel", "vnpt"))))
        viettel, vnpt = sorted(rows, key=lambda row: row.code)
        vnpt.valid_to = ctx.today - timedelta(days=1)
        record(ctx, "organisation.save", "organisation", vnpt.id)
        ctx.session.flush()
    with ctx_of("so.xaydung") as ctx:
        assert vnpt.name not in names_missing(ctx, document_id)
        ended = [row for row in receipts_of(ctx, get_document(ctx, document_id)) if row.name == vnpt.name]
        assert [(row.ended_on, row.is_late(date(2027, 1, 1))) for row in ended] == [(vnpt.valid_to, False)]
        assert vnpt.id not in get_document(ctx, published(addressees=(Role.OPERATOR,))).addressed_ids
        assert viettel.name in names_missing(ctx, document_id)


def test_those_who_are_missing_are_reminded_once_a_day(ctx_of, published, clock):
    document_id = published(addressees=(Role.OPERATOR,))
    with ctx_of("so.xaydung") as ctx:
        count = remind(ctx, document_id)
        assert count == len(names_missing(ctx, document_id))
    with ctx_of("so.xaydung") as ctx, pytest.raises(MoveRefused):
        remind(ctx, document_id)
    clock.advance(timedelta(days=2))
    with ctx_of("so.xaydung") as ctx:
        assert remind(ctx, document_id) == count
    with ctx_of("viettel") as ctx, pytest.raises(Forbidden):
        remind(ctx, document_id)


def test_the_clock_reminds_once_of_a_missed_day_and_the_department_has_it_before_it(database, ctx_of, published):
    document_id = published(addressees=(Role.OPERATOR,), due_on=date(2026, 12, 10))

    reminded = [run_reminders(database, at(date(2026, 12, day))) for day in (10, 11, 12)]
    assert reminded == [0, 1, 0]
    with ctx_of("so.xaydung", now=at(date(2026, 12, 11)), read_only=True) as ctx:
        missing = len(names_missing(ctx, document_id))
        assert [(document.id, count) for document, count in read_reminders(ctx).late] == [(document_id, missing)]
    with ctx_of("so.taichinh", now=at(date(2026, 12, 11)), read_only=True) as ctx:
        assert read_reminders(ctx).late == []


def test_the_public_part_is_read_by_everyone_and_nothing_else(ctx_of, published):
    hidden, open_id = published(), published(is_public=True)
    with ctx_of(None, read_only=True) as ctx:
        assert [row.GuidanceDocument.id for row in ctx.session.execute(public_query())] == [open_id]
        assert get_public(ctx, open_id).id == open_id
        with pytest.raises(NotFound):
            get_public(ctx, hidden)


def test_an_older_public_version_stays_readable_and_leaves_the_list(ctx_of, published):
    first = published(is_public=True)
    second = published(is_public=True, replaces_id=first)
    with ctx_of(None, read_only=True) as ctx:
        assert [row.GuidanceDocument.id for row in ctx.session.execute(public_query())] == [second]
        versions = versions_of(ctx, get_public(ctx, first), public=True)
        assert [document.id for document in versions] == [second, first]


def test_a_term_without_addressees_or_in_the_past_is_refused_and_a_group_without_members(ctx_of, published):
    with ctx_of("quantri") as ctx:
        ctx.session.execute(
            update(RoleAssignment).where(RoleAssignment.role == Role.DEFENCE_USER).values(ended_at=ctx.now)
        )
        record(ctx, "account.roles", "account", ctx.actor.id)
    for more, name in (
        ({"due_on": date(2026, 12, 1)}, "addressees"),
        ({"due_on": NOW.date() - timedelta(days=1), "addressees": (Role.OPERATOR,)}, "due_on"),
        ({"addressees": (Role.DEFENCE_USER,)}, "addressees"),
    ):
        with pytest.raises(Invalid) as caught:
            published(**more)
        assert list(caught.value.fields) == [name]
