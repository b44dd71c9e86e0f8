"""The audit chain: complete, append-only, verifiable, in the action's own transaction (P20, PROMISES 7.7)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import any_, delete, func, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from registry.audit import chain
from registry.audit.models import AuditEvent, AuditNote, AuditPayload
from registry.authz.blueprint import DATABASE
from registry.kernel.db.base import Base
from registry.kernel.db.session import WEB_ROLE, Database
from registry.structures.commands import EditStructure
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from tests.factories.structures import make, organisation_id
from tests.support.live import context
from tests.support.processes import LIMIT_S


def verify(session):
    """Numbers of the events whose digest, link, payload or history does not fit."""
    wrong, previous, expected = [], chain.GENESIS, 1
    payloads = {row.number: row for row in session.scalars(select(AuditPayload))}
    for event in session.scalars(select(AuditEvent).order_by(AuditEvent.number)):
        sound = event.number == expected and event.previous_digest == previous
        sound &= chain.digest_of_event(event) == event.digest
        payload = payloads.get(event.number)
        if payload is not None:
            sound &= chain.digest_of_payload(payload.salt, payload.payload) == event.payload_digest
        if not sound:
            wrong.append(event.number)
        previous, expected = event.digest, event.number + 1
    return wrong


def test_the_chain_of_everything_done_so_far_verifies(ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx).code
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Đổi tên"}))
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(AuditEvent)) >= 4
        assert verify(ctx.session) == []


def test_an_event_says_who_did_what_for_whom_and_when(ctx_of):
    with ctx_of("viettel") as ctx:
        tower = make(ctx)
        row_id, now, change, owner = tower.id, ctx.now, ctx.change_id, tower.owner_organisation_id
        actor = ctx.actor
    with ctx_of("so.khcn", read_only=True) as ctx:
        event = ctx.session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)).one()
        assert (event.action, event.object_kind, event.object_id) == ("structure.create", "structure", row_id)
        assert (event.actor_id, event.organisation_id, event.on_behalf_of_id) == (
            actor.id,
            actor.organisation_id,
            owner,
        )
        assert (event.occurred_at, event.change_id, event.origin) == (now, change, "test")
        touched = ["antenna_tower", "structure"]
        assert event.history_digest == chain.digest_of_history(ctx.session, touched, change)


def test_a_change_without_a_record_stops_the_commit(ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx).code
    with pytest.raises(RuntimeError, match="without an audit record"), ctx_of("viettel") as ctx:
        get_structure(ctx, code).name = "Lén lút"
    with ctx_of("viettel", read_only=True) as ctx:
        assert get_structure(ctx, code).name != "Lén lút"


def test_no_audit_row_no_action(ctx_of, monkeypatch):
    """Whatever stops the audit row stops the change."""
    with ctx_of("viettel") as ctx:
        code = make(ctx).code

    def fails(*_arguments):
        raise OSError("no audit")

    monkeypatch.setattr(chain, "digest_of_values", fails)
    with pytest.raises(OSError, match="no audit"), ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Không dấu vết"}))
    monkeypatch.undo()
    with ctx_of("viettel", read_only=True) as ctx:
        assert get_structure(ctx, code).name != "Không dấu vết"


@pytest.mark.parametrize("table", ["audit_event", "audit_payload", "audit_note"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_application_cannot_change_the_audit(ctx_of, table, statement):
    column = "id" if table == "audit_note" else "number"
    with pytest.raises(ProgrammingError, match="permission denied"), ctx_of("quantri") as ctx:
        ctx.session.execute(text(statement.format(table, column, column)))


@pytest.fixture
def as_owner(database):
    """The test's connection as the owner of the tables; the outer transaction is rolled back at the end."""
    connection = database._bind
    with connection.begin_nested() as savepoint:
        connection.execute(text("RESET ROLE"))
        yield connection
        if savepoint.is_active:
            savepoint.rollback()


@pytest.mark.parametrize("table", ["audit_event", "audit_note"])
def test_even_the_owner_of_the_tables_is_refused(as_owner, table):
    with pytest.raises(DBAPIError, match="append-only"):
        as_owner.execute(delete(Base.metadata.tables[table]))


def test_an_erased_payload_leaves_the_chain_whole(ctx_of, database):
    with ctx_of("viettel") as ctx:
        make(ctx)
    connection = database._bind
    with connection.begin_nested():
        connection.execute(text("RESET ROLE"))
        connection.execute(text("DELETE FROM audit_payload WHERE number = (SELECT max(number) FROM audit_event)"))
        connection.execute(text("SET LOCAL ROLE registry_web"))
    with ctx_of("so.khcn", read_only=True) as ctx:
        last = ctx.session.scalar(select(func.max(AuditEvent.number)))
        assert ctx.session.get(AuditPayload, last) is None
        assert verify(ctx.session) == []


FORGERIES = (
    "UPDATE audit_event SET actor_label = 'Người khác' WHERE number = 3",
    "UPDATE audit_event SET occurred_at = occurred_at - interval '1 day' WHERE number = 3",
    "UPDATE audit_payload SET payload = '[]' WHERE number = 3",
    "DELETE FROM audit_payload WHERE number = 3; DELETE FROM audit_event WHERE number = 3",
    "UPDATE audit_event SET object_id = 999 WHERE number = 3",
)


def test_a_superusers_forgery_is_found(live_app):
    """The triggers switched off, the rows changed: the chain says where."""
    database = DATABASE.of(live_app)
    for _number in range(4):
        with context(database, "viettel") as ctx:
            make(ctx)
    with database.session() as session:
        assert verify(session) == []
        for forgery in FORGERIES:
            session.execute(text("RESET ROLE"))
            session.execute(text("SET session_replication_role = replica"))
            for statement in forgery.split("; "):
                session.execute(text(statement))
            session.expire_all()
            wrong = verify(session)
            session.rollback()
            assert wrong, forgery
            assert min(wrong) in (3, 4), forgery
        assert verify(session) == []


def test_a_look_at_anothers_exact_position_is_noted_once_for_its_owner(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, sharing_status="available").code
        owner = organisation_id(ctx.session, "viettel")
    notes = select(AuditNote).where(owner == any_(AuditNote.owner_ids)).order_by(AuditNote.id)
    for username, address, expected in (
        ("so.khcn", f"/structures/{code}", 1),
        ("so.khcn", "/structures", 1),
        ("vnpt", "/structures/tiles/14/13005/7269.mvt", 0),
        ("viettel", f"/structures/{code}", 0),
        ("bo.khcn", f"/structures/{code}", 0),
    ):
        with ctx_of(None, read_only=True) as ctx:
            before = len(ctx.session.scalars(notes).all())
        assert client_of(username).get(address).status_code == 200
        with ctx_of(None, read_only=True) as ctx:
            look_notes = ctx.session.scalars(notes).all()
        assert len(look_notes) - before == expected, (username, address)
        if expected:
            assert look_notes[-1].action == "look"
            assert look_notes[-1].actor_label == "Lê Thị Hạnh"


def test_a_refusal_is_noted(client_of, ctx_of):
    assert client_of("bo.khcn").get("/admin/users").status_code == 403
    with ctx_of("quantri", read_only=True) as ctx:
        note = ctx.session.scalars(select(AuditNote).order_by(AuditNote.id.desc()).limit(1)).one()
    assert (note.action, note.actor_label) == ("refused", "Đặng Quốc Việt")
    assert note.details == {"endpoint": "accounts.users", "method": "GET", "status": 403}


def test_concurrent_changes_form_one_chain(live_url):
    """Eight writers at once, five changes each, every one on a connection of its own and begun before any ended."""
    writers, changes = 8, 5
    database = Database(live_url, role=WEB_ROLE, pool_size=writers)
    database.before_commit.append(chain.write_pending)
    with database.session() as session:
        last_number = session.scalar(select(func.max(AuditEvent.number)))
    barrier = Barrier(writers, timeout=LIMIT_S)

    def write(writer):
        for _change in range(changes):
            with context(database, ("viettel", "vnpt")[writer % 2]) as ctx:
                # Without a code of the owner's own, for which writers of one owner wait.
                make(ctx, owner=("viettel", "vnpt")[writer % 2], own_code="")
                # Nobody goes on to its commit before all have written; the chain must put them in a row.
                barrier.wait()

    with ThreadPoolExecutor(writers) as pool:
        failures = [done.exception() for done in [pool.submit(write, writer) for writer in range(writers)]]
    # Whoever fails leaves the others waiting for it.
    assert [why for why in failures if why and not isinstance(why, BrokenBarrierError)] == []
    assert failures == [None] * writers
    with database.session() as session:
        numbers = list(session.scalars(select(AuditEvent.number).order_by(AuditEvent.number)))
        events = select(AuditEvent.change_id).where(AuditEvent.action == "structure.create")
        assert numbers == list(range(1, last_number + writers * changes + 1))
        assert verify(session) == []
        assert len(set(session.scalars(events))) == writers * changes
        assert session.scalar(select(func.count()).select_from(Structure)) == writers * changes
    database.dispose()
