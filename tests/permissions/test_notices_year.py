"""A year of all workflows with a real mail server: who gets a mail, and why, equals docs/notices.md."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.accounts.models import UserAccount
from registry.authz.actors import SYSTEM_ACTOR
from registry.kernel.installation import CHECKOUT
from registry.notices.delivery import queue_mails, send_due
from registry.notices.documents import NAME
from registry.notices.events import NOTICE_EVENTS, Standing, standing_of
from registry.notices.mail import Mailer
from registry.notices.models import Notice
from registry.notices.queries import addressed_to
from registry.workflow.definition import WORKFLOWS
from registry.workflow.engine import fire_by_clock
from tests.factories.notices import give_addresses
from tests.permissions.cases import address, body
from tests.permissions.test_moves import ENDPOINT, tried
from tests.support.fixtures import all_rows
from tests.support.mail_server import Mailbox, mail_server
from tests.support.offenders import no_offenders
from tests.support.ports import free_port

ROW = re.compile(r"\| `(\w+)`<br>")
SECTION = re.compile(r"## .* \(`(\w+)`\)")


def documented():
    """Key of an event -> the parties of each standing, as the document names them."""
    rows, subject = {}, ""
    for line in (CHECKOUT / NAME).read_text(encoding="utf-8").splitlines():
        if section := SECTION.match(line):
            subject = section[1]
        elif row := ROW.match(line):
            rows[f"{subject}.{row[1]}"] = dict(zip(Standing, line.split(" | ")[1:4], strict=True))
    return rows


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def played(database, mailbox, ctx_of, cast):
    """A function of the mailer and one step -> what differs between inboxes, mails and the document."""
    table = documented()

    def differences(mailer, make):
        last = all_rows(database, select(func.coalesce(func.max(Notice.id), 0))).scalar_one()
        before = len(mailbox.envelopes)
        make()
        notices = all_rows(database, select(Notice.id, Notice.created_at).where(Notice.id > last)).all()
        for row in notices:
            queue_mails(database, row.id, row.created_at)
        if notices:
            send_due(database, mailer, max(row.created_at for row in notices) + timedelta(hours=2))
        mailed = {rcpt for envelope in mailbox.envelopes[before:] for rcpt in envelope.rcpt_tos}
        owed = set()
        for username in cast:
            with ctx_of(username, read_only=True) as ctx:
                query = select(Notice).where(Notice.id > last, addressed_to(ctx.actor))
                for notice in ctx.session.scalars(query):
                    owed.add(ctx.session.scalar(select(UserAccount.email).where(UserAccount.id == ctx.actor.id)))
                    event = NOTICE_EVENTS[f"{notice.subject_kind}.{notice.event}"]
                    _standing, party = standing_of(notice, ctx.actor)
                    if str(event.parties[party].label) not in " ".join(table[event.key].values()):
                        yield username, event.key, party
        # Accounts outside of the cast get mails too: those of the cast are compared.
        of_cast = {f"{username}@donvi.example" for username in cast}
        if mailed & of_cast != owed & of_cast:
            yield "mails", sorted(mailed & of_cast), sorted(owed & of_cast)

    return differences


def moves_of_people(app, objects, members, clock):
    for kind, name in tried(objects, is_whole=True):
        path_values = objects[""] | objects[kind] | members[name].given

        def make(kind=kind, name=name, path_values=path_values):
            clock.advance(timedelta(milliseconds=1))
            answer = members[name].open(address(app, ENDPOINT, path_values), "POST", body(ENDPOINT, kind, path_values))
            assert answer.status_code == 303, (kind, name)

        yield kind, make


def moves_of_the_clock(database, objects):
    """The end of the term of each case that has one."""
    cases = {
        (path_values["workflow"], int(path_values["case_id"]))
        for path_values in objects.values()
        if "move" in path_values
    }
    for code, case_id in sorted(cases):
        workflow = WORKFLOWS.get(code)
        if workflow is None:
            continue
        with database.transaction(SYSTEM_ACTOR, origin="test", read_only=True) as ctx:
            case = ctx.session.get(workflow.model, case_id)
            deadline = workflow.deadlines.get(case.state) if case is not None else None
        if deadline is None:
            continue

        def make(workflow=workflow, case_id=case_id, deadline=deadline):
            with database.transaction(SYSTEM_ACTOR, origin="test") as ctx:
                fire_by_clock(ctx, workflow, ctx.session.get_one(workflow.model, case_id), deadline.overdue)

        yield f"{code}.{deadline.overdue}", make


@pytest.mark.trial
def test_a_year_of_all_workflows_mails_whom_the_document_names(
    app, database, objects, members, clock, mailbox, played, ctx_of
):
    offenders, steps = [], 0
    with mail_server(mailbox, free_port()) as server:
        mailer = Mailer(app, server, "bao-tin@so.example", "https://hatang.example.vn")
        with ctx_of("so.khcn") as ctx:
            give_addresses(ctx)
        for name, make in (*moves_of_people(app, objects, members, clock), *moves_of_the_clock(database, objects)):
            steps += 1
            savepoint = database._bind.begin_nested()
            offenders += [(name, *each) for each in played(mailer, make)]
            savepoint.rollback()
    assert steps > len(WORKFLOWS)
    assert mailbox.envelopes
    no_offenders("mails go to those that docs/notices.md names", offenders, "declare the party in the event")
