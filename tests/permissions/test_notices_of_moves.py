"""Every move of every workflow: who has something to do next is notified, once, and can open what it is notified of."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.authz.scopes import visible
from registry.kernel.i18n import force_locale
from registry.notices.events import NOTICE_EVENTS, Standing, standing_of
from registry.notices.models import Notice
from registry.notices.queries import addressed_to
from registry.notices.texts import explain, notice_text
from registry.workflow.definition import WORKFLOWS
from registry.workflow.notice_events import events_of
from registry.workflow.worklist import assigned_clause
from tests.permissions.cases import address, body
from tests.permissions.test_moves import ALL, ENDPOINT, SOME, tried
from tests.support.fixtures import all_rows
from tests.support.offenders import no_offenders


@pytest.fixture
def readers(app, cast, ctx_of):
    """A function of a case and the last notice before -> by account: on its desk, new notices, may read the case."""

    def read(workflow, case_id, last):
        by_account = {}
        for username in cast:
            with ctx_of(username, read_only=True) as ctx:
                clause = assigned_clause(ctx, workflow)
                own = select(workflow.model.id).where(workflow.model.id == case_id)
                on_desk = clause is not None and ctx.session.scalar(own.where(clause)) is not None
                query = select(Notice).where(Notice.id > last, addressed_to(ctx.actor)).order_by(Notice.id)
                notices = [(notice, *_read(app, notice, ctx.actor)) for notice in ctx.session.scalars(query)]
                may_read = ctx.session.scalar(own.where(visible(ctx, workflow.model, workflow.read))) is not None
                by_account[username] = on_desk, notices, may_read
        return by_account

    return read


def _read(app, notice, actor):
    """Standing, text and explanation of a notice in both languages."""
    standing = standing_of(notice, actor)
    texts = []
    for language in ("vi", "en"):
        with app.app_context(), force_locale(language):
            texts.append((notice_text(notice).sentence, explain(notice, actor)))
    return standing, texts


def faults_of(flow, case_id, before, after, actor):
    """What is wrong with the notices of one move."""
    for username, (on_desk, notices, may_read) in after.items():
        own = [each for each in notices if (each[0].subject_kind, each[0].subject_id) == (flow.code, case_id)]
        keys = [each[0].event for each in own]
        if len(keys) != len(set(keys)):
            yield username, "twice", keys
        acts = any(standing is not None and standing[0] is Standing.ACT for _notice, standing, _texts in own)
        if on_desk and not before[username][0] and not acts and username != actor:
            yield username, "on the desk without a notice"
        if own and not may_read:
            yield username, "notified of what it may not open", keys
        for notice, standing, ((text, told), (text_en, told_en)) in notices:
            event = NOTICE_EVENTS.get(f"{notice.subject_kind}.{notice.event}")
            if event is None or standing is None or not (told.why and told_en.why and text and text_en):
                yield username, "without a reason", notice.event
            elif (told.why == told_en.why) or (standing[0] is Standing.ACT and not (told.to_do and told_en.to_do)):
                yield username, "without a task, or in the other language", notice.event


@pytest.mark.parametrize("is_whole", [SOME, ALL], ids=["some", "all"])
def test_a_move_notifies_those_who_act_next_once_each_and_only_who_may_open_it(
    app, database, objects, members, clock, readers, is_whole
):
    offenders, sent = [], 0
    for kind, name in tried(objects, is_whole):
        values = objects[""] | objects[kind] | members[name].given
        workflow, case_id = WORKFLOWS[values["workflow"]], int(values["case_id"])
        clock.advance(timedelta(milliseconds=1))
        savepoint = database._bind.begin_nested()
        last = all_rows(database, select(func.coalesce(func.max(Notice.id), 0))).scalar_one()
        before = readers(workflow, case_id, last)
        answer = members[name].open(address(app, ENDPOINT, values), "POST", body(ENDPOINT, kind, values))
        assert answer.status_code == 303, (kind, name)
        after = readers(workflow, case_id, last)
        sent += sum(len(notices) for _desk, notices, _may in after.values())
        offenders += [(kind, name, *fault) for fault in faults_of(workflow, case_id, before, after, name)]
        savepoint.rollback()
    assert sent > 0
    no_offenders(
        "a move notifies those who act next, once, and only who may open it",
        offenders,
        "name the parties in `notifies`, and the assignee of the state that it leads to",
    )


def test_every_end_of_a_term_notifies_those_who_must_act(app):
    """The first assignee of the state that the end of a term leads to, or both sides where the case has ended."""
    del app
    silent = [
        (flow.code, deadline.overdue)
        for flow in WORKFLOWS.values()
        if flow.model.__module__.startswith("registry.")
        for deadline in flow.deadlines.values()
        if deadline.overdue not in events_of(flow)
    ]
    assert silent == []
