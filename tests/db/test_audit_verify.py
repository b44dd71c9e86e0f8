"""`flask audit verify`: finds what a superuser changes, refuses foreign checkpoints, and reads only."""

import dataclasses
import json
import random
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config.settings import Settings, SettingsError
from registry.audit import verifier
from registry.audit.access_log import AuditNoteWriter
from registry.audit.chain import (
    GENESIS,
    as_stored,
    digest_of_event,
    digest_of_payload,
    digest_of_tables,
    write_pending,
)
from registry.audit.checkpoints import (
    CHECKPOINTS,
    CheckpointRefused,
    CheckpointTargets,
    checkpoint_from,
    mail_of,
    read_checkpoints,
    take_checkpoint,
    write_checkpoint,
)
from registry.audit.cli import audit_group
from registry.audit.jobs import SEALING, checkpoint, seal
from registry.audit.models import AuditEvent, AuditPayload, AuditSeal
from registry.audit.seals import EVERY_S, digest_of_notes, digest_of_seal, ranges_of, seal_batch
from registry.audit.verifier import reading, verify
from registry.authz.actors import SYSTEM_ACTOR
from registry.cables.commands import SetMembers
from registry.cables.service import set_members
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.kernel.jobs import REPEATED_WORK, Resources, run_worker
from registry.structures.commands import EditStructure
from registry.structures.writing import edit_structure
from registry.wiring import worker_services
from tests.factories.cables import cable, poles
from tests.factories.structures import make
from tests.support.clock import NOW
from tests.support.forgery import WHOLE, forge, forging, whole_forgery
from tests.support.live import context
from tests.support.mail_server import Mailbox, mail_server
from tests.support.ports import free_port
from tests.support.rounds import seeds

FORGERIES = 9


def write_notes(database, count, action="look"):
    writer = AuditNoteWriter(database)
    for number in range(count):
        writer(SYSTEM_ACTOR, action, owner_ids=(1, 2), looks=[{"what": "list", "rows": number, "share": 0.5}])


@pytest.fixture(scope="module")
def module_world(module_url):
    """A register with changes and 30 sealed notes; tests undo what they do to it."""
    database = Database(module_url, role=WORKER_ROLE)
    database.before_commit.append(write_pending)
    with context(database, "viettel") as ctx:
        codes = [pole.code for pole in poles(ctx, 3)]
        cable_route = cable(ctx, *codes)
        made_code, version = cable_route.code, cable_route.version
    with context(database, "viettel") as ctx:
        set_members(ctx, SetMembers(made_code, version, tuple(codes[:2])))
    for number in range(3):
        with context(database, "viettel") as ctx:
            code = make(ctx).code
        with context(database, "viettel") as ctx:
            edit_structure(ctx, EditStructure(code, 1, {"name": f"Đổi tên {number}"}))
    for _batch in range(3):
        write_notes(database, 10)
        with database.transaction(SYSTEM_ACTOR) as ctx:
            seal_batch(ctx.session, ctx.now)
    yield database
    database.dispose()


@pytest.fixture
def world(module_world):
    """A connection of the owner of that register in a transaction that is rolled back."""
    with module_world.engine.connect() as connection:
        connection.execute(text("RESET ROLE"))
        yield connection
        connection.rollback()


def found(connection, *checkpoints):
    return verify(connection, NOW, checkpoints).findings


def checkpoint_of(connection):
    return take_checkpoint(Session(connection), NOW)


def test_a_sound_register_has_no_findings(world):
    report = verify(world, NOW, [checkpoint_of(world)])
    assert report.findings == []
    assert (report.notes, report.seals, report.unsealed) == (30, 3, 0)
    assert report.events > 6


@pytest.mark.parametrize("seed", seeds(1, 4))
def test_forgeries_by_chance_are_found(world, seed):
    """Of rows that are older than the last checkpoint."""
    chance = random.Random(seed)  # noqa: S311
    kept, unseen = checkpoint_of(world), []
    for _number in range(FORGERIES):
        with forging(world):
            what = forge(world, chance)
            if not verify(world, NOW + timedelta(hours=2), [kept]).findings:
                unseen.append(what)
    assert unseen == []


def test_each_whole_forgery_is_found(world):
    """Those that mend what would betray them inside the database, up to a chain that is computed again."""
    kept, done, unseen = checkpoint_of(world), set(), []
    chance = random.Random("19")  # noqa: S311
    for how in WHOLE:
        with forging(world):
            what = whole_forgery(world, chance, how)
            done |= {how} if what else set()
            if what and not found(world, kept):
                unseen.append(what)
    assert unseen == []
    assert {how.__name__ for how in set(WHOLE) - done} == set()


def test_what_revisions_wrote_belongs_to_events(world):
    event = select(AuditEvent.number).where(AuditEvent.action == "schema.revise").limit(1)
    number = world.scalar(event)
    with forging(world):
        for table in ("audit_payload", "audit_event"):
            world.execute(text(f"DELETE FROM {table} WHERE number = {number}"))  # noqa: S608
        sentences = found(world)
    assert any(sentence.endswith("không có thay đổi nào trong nhật ký ghi dòng này.") for sentence in sentences)


def test_the_finding_names_the_row(world):
    with forging(world):
        world.execute(text("UPDATE audit_event SET actor_label = 'Người khác' WHERE number = 3"))
        assert found(world) == ["Nhật ký số 3: nội dung khác với mã băm."]
    with forging(world):
        world.execute(
            text("UPDATE audit_note SET actor_label = 'Người khác' WHERE id = (SELECT min(id) + 12 FROM audit_note)")
        )
        (sentence,) = found(world)
        assert sentence.startswith("Niêm phong số 2: lượt ghi trong các số ")
    with forging(world):
        world.execute(text("UPDATE structure SET name = 'Lén lút' WHERE id = (SELECT min(id) FROM structure)"))
        (sentence,) = found(world)
        assert sentence.startswith("Bảng structure, mã số ")


def test_a_note_put_among_sealed_ones_is_found(world):
    with forging(world):
        world.execute(text("DELETE FROM audit_note WHERE id = (SELECT max(id) FROM audit_note)"))
        assert found(world)
    with forging(world):
        write = "INSERT INTO audit_note SELECT {} AS id, occurred_at, actor_id, actor_label, organisation_id, action,"
        rest = " owner_ids, request_id, origin, details FROM audit_note ORDER BY id LIMIT 1"
        world.execute(text(write.format("0") + rest))
        later = verify(world, NOW + timedelta(hours=2)).findings
        assert later == ["Lượt ghi số 0 nằm giữa các lượt đã niêm phong mà không có niêm phong."]


def test_notes_that_are_never_sealed_are_found(world):
    with forging(world):
        world.execute(text("DELETE FROM audit_seal"))
        assert found(world) == []
        (sentence,) = verify(world, NOW + timedelta(minutes=11)).findings
        assert sentence.startswith("30 lượt ghi từ ")


def test_a_cut_tail_is_found_by_a_checkpoint_only(world):
    kept = checkpoint_of(world)
    with forging(world):
        world.execute(text("DELETE FROM audit_note WHERE id <@ (SELECT notes FROM audit_seal WHERE number = 3)"))
        world.execute(text("DELETE FROM audit_seal WHERE number = 3"))
        assert found(world) == []
        (sentence,) = found(world, kept)
        assert sentence.endswith("có niêm phong đến số 3, nay không còn: phần cuối đã bị cắt.")
    with forging(world):
        world.execute(text("DELETE FROM audit_payload WHERE number = (SELECT max(number) FROM audit_event)"))
        world.execute(text("DELETE FROM audit_event WHERE number = (SELECT max(number) FROM audit_event)"))
        assert any(f"có nhật ký đến số {kept.events}, nay không còn" in sentence for sentence in found(world, kept))


def test_a_chain_computed_again_is_found_by_a_checkpoint_only(world):
    """The forger changes a note and an event, and gives both chains new digests to their ends."""
    kept = checkpoint_of(world)
    with forging(world), Session(world, join_transaction_mode="create_savepoint") as session:
        session.execute(
            text("UPDATE audit_note SET actor_label = 'Người khác' WHERE id = (SELECT min(id) FROM audit_note)")
        )
        session.execute(text("UPDATE audit_event SET actor_label = 'Người khác' WHERE number = 2"))
        previous = GENESIS
        for seal in session.query(AuditSeal).order_by(AuditSeal.number):
            notes = session.execute(
                text("SELECT * FROM audit_note WHERE id >= :first AND id < :after ORDER BY id"),
                {"first": seal.notes[0].lower, "after": seal.notes[-1].upper},
            ).all()
            seal.notes_digest, seal.previous_digest = digest_of_notes(notes), previous
            previous = seal.digest = digest_of_seal(seal)
        previous = GENESIS
        for event in session.query(AuditEvent).order_by(AuditEvent.number):
            event.previous_digest = previous
            previous = event.digest = digest_of_event(event)
        session.flush()
        assert found(world) == []
        assert [sentence.split(" khác với điểm kiểm")[0] for sentence in found(world, kept)] == [
            f"Dòng số {kept.events} của nhật ký",
            f"Dòng số {kept.seals} của niêm phong",
        ]


def test_a_note_that_commits_late_is_sealed_later_and_no_alarm(world):
    """Its number lies below those of the batch before."""
    with forging(world), Session(world, join_transaction_mode="create_savepoint") as session:
        session.execute(text("SET LOCAL session_replication_role = origin"))
        copied = (
            "INSERT INTO audit_note SELECT {} AS id, occurred_at, actor_id, actor_label, organisation_id, action,"
            " owner_ids, request_id, origin, details FROM audit_note ORDER BY id LIMIT 1"
        )
        session.execute(text(copied.format("1001")))
        session.execute(text(copied.format("1003")))
        assert seal_batch(session, NOW) == 2
        session.execute(text(copied.format("1002")))
        assert seal_batch(session, NOW + timedelta(minutes=1)) == 1
        assert seal_batch(session, NOW + timedelta(hours=3)) == 0
        assert found(world) == []
        held = session.query(AuditSeal).order_by(AuditSeal.number).all()[-2:]
        assert [[(each.lower, each.upper) for each in seal.notes] for seal in held] == [
            [(1001, 1002), (1003, 1004)],
            [(1002, 1003)],
        ]


def test_ranges_join_numbers_that_follow_each_other():
    assert [(each.lower, each.upper) for each in ranges_of([1, 2, 3, 7, 9, 10])] == [(1, 4), (7, 8), (9, 11)]


def test_the_worker_seals_beside_its_jobs_at_least_every_minute():
    assert SEALING in REPEATED_WORK
    assert SEALING.run is seal
    assert EVERY_S <= 60


@pytest.mark.parametrize("role", ["registry_web", "registry_worker"])
@pytest.mark.parametrize("table", ["audit_seal", "register_identity"])
def test_the_application_changes_no_seal_and_no_identity(world, role, table):
    statement = text(f"DELETE FROM {table}")  # noqa: S608
    with pytest.raises(DBAPIError, match="append-only"), world.begin_nested():
        world.execute(statement)
    world.execute(text(f"SET LOCAL ROLE {role}"))
    with pytest.raises(DBAPIError, match="permission denied"), world.begin_nested():
        world.execute(statement)


def test_the_verifier_can_only_read(module_url):
    with reading(module_url) as connection:
        assert connection.scalar(text("SELECT current_user")) == "pg_read_all_data"
        with pytest.raises(DBAPIError, match="read-only"):
            connection.execute(text("CREATE TABLE forged (id int)"))


@pytest.fixture
def command(module_world, application, monkeypatch):
    """Runs the command on that register; its exit code and its output."""
    url = module_world.engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr("registry.audit.cli.owner_url", lambda _chosen: url)

    def run(*arguments):
        result = application.test_cli_runner().invoke(audit_group, ["verify", *map(str, arguments)])
        return result.exit_code, result.output

    return run


def test_the_command_says_what_it_read_and_fits_the_checkpoints(module_world, command, tmp_path):
    checkpoint(Resources(module_world, tmp_path))
    checkpoint(Resources(module_world, tmp_path))
    code, output = command("--checkpoint", tmp_path / "audit" / "checkpoints.jsonl")
    assert code == 0, output
    assert "khớp với 2 điểm kiểm" in output


def test_a_schema_from_before_the_bound_histories_is_refused_in_one_sentence(command, monkeypatch):
    monkeypatch.setattr("registry.audit.cli.current_on", lambda _connection: "r0004")
    code, output = command()
    assert code == 1
    assert output.startswith("Error: Lược đồ của cơ sở dữ liệu ở bản r0004, cần bản r0005")
    assert len(output.splitlines()) == 1


def test_a_checkpoint_of_another_register_is_refused_in_one_sentence(world, command, tmp_path):
    own = checkpoint_of(world)
    path = tmp_path / "foreign.jsonl"
    write_checkpoint(path, own)
    write_checkpoint(path, dataclasses.replace(own, register=uuid4()))
    code, output = command("--checkpoint", path)
    assert code == 1
    assert output.startswith("Error: Điểm kiểm thuộc hệ thống ")
    assert len(output.splitlines()) == 1


@pytest.mark.parametrize(
    "content", ["", "không phải", "{}", "[1]", '{"register": 1}', "{" * 5_000, json.dumps({"time": "x"})]
)
def test_a_file_without_a_checkpoint_is_refused_in_one_sentence(world, tmp_path, content):
    path = tmp_path / "some.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CheckpointRefused, match="không có điểm kiểm nào"):
        read_checkpoints(path, world)
    with pytest.raises(CheckpointRefused, match="Không đọc được"):
        read_checkpoints(tmp_path / "gone", world)


def test_the_mail_carries_the_checkpoint_as_a_file(world):
    line = checkpoint_of(world).as_line()
    message = mail_of(line, CheckpointTargets(None, sender="Sổ <so@so.example>"), "giam.sat@bo.example", NOW)
    (attached,) = message.iter_attachments()
    assert message["To"] == "giam.sat@bo.example"
    assert checkpoint_from(attached.get_content().decode()) == checkpoint_of(world)


def test_each_checkpoint_is_mailed_to_each_address_and_a_lost_file_stops_nothing(module_world, tmp_path, caplog):
    (tmp_path / "taken").write_text("")
    targets = CheckpointTargets(tmp_path / "taken" / "file", ("a@bo.example", "b@so.example"))
    checkpoint(Resources(module_world, tmp_path, {CHECKPOINTS: targets}))
    with module_world.engine.connect() as connection:
        connection.execute(text("RESET ROLE"))
        jobs = connection.execute(
            text("SELECT args FROM procrastinate_jobs WHERE task_name = 'audit.mail_checkpoint' ORDER BY id")
        ).all()
    assert [job.args["address"] for job in jobs][-2:] == list(targets.addresses)
    assert "cannot be written" in caplog.text


def test_a_mail_server_gets_each_checkpoint_and_its_file_proves_the_register(module_world, command, tmp_path):
    """One address is unknown there, the other has its mail all the same."""
    mailbox = Mailbox()
    mailbox.answers["gone@bo.example"] = "550 no such mailbox"
    with mail_server(mailbox, free_port()) as server:
        targets = CheckpointTargets(
            tmp_path / "checkpoints.jsonl", ("gone@bo.example", "giam.sat@bo.example"), server, "Sổ <so@so.example>"
        )
        resources = Resources(module_world, tmp_path, {CHECKPOINTS: targets})
        checkpoint(resources)
        assert run_worker(module_world, tmp_path, wait=False, services=resources.services) == 0
    assert "gone@bo.example" not in mailbox.recipients
    # Others may have waited in the queue.
    (message,) = (mail for mail in mailbox.messages if mail["To"] == "giam.sat@bo.example")
    (attached,) = message.iter_attachments()
    assert attached.get_content().decode() == targets.file.read_text(encoding="ascii")
    mailed = tmp_path / "mailed.json"
    mailed.write_bytes(attached.get_content())
    code, output = command("--checkpoint", mailed)
    assert code == 0, output
    assert "khớp với 1 điểm kiểm" in output


@pytest.mark.parametrize(
    "value",
    [1e22, -0.0, 1e-7, 0.1, 1.0, 123456789012345678, float(2**70), {2: "a", 10: "b"}, NOW, None, "ộ\u2028", [True, {}]],
)
def test_a_payload_is_hashed_as_the_database_gives_it_back(world, value):
    stored = as_stored({"value": value})
    back = world.scalar(text("SELECT CAST(:payload AS jsonb)"), {"payload": json.dumps(stored)})
    assert digest_of_payload(b"", back) == digest_of_payload(b"", stored)


def test_events_from_before_the_seals_raise_no_alarm(world):
    """They do not name the tables they touched, and their history has the former digest."""
    with forging(world), Session(world, join_transaction_mode="create_savepoint") as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)).one()
        payload = session.get_one(AuditPayload, event.number)
        former = dict(payload.payload)
        tables = former.pop("tables")
        del former["deleted"]
        digests = verifier._digests(world, verifier._FORMER_DIGEST, tables, [event.change_id])[event.change_id]
        payload.payload = former
        event.history_digest = digest_of_tables(tables, digests)
        event.payload_digest = digest_of_payload(payload.salt, former)
        event.digest = digest_of_event(event)
        session.flush()
        assert found(world) == []
        session.execute(
            text("UPDATE structure_history SET row_digest = sha256('x') WHERE change_id = :change"),
            {"change": event.change_id},
        )
        assert any("các dòng lịch sử của thay đổi này" in sentence for sentence in found(world))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"REGISTRY_CHECKPOINT_FILE": "ban-ghi/diem.jsonl"}, "REGISTRY_CHECKPOINT_FILE = ban-ghi/diem.jsonl"),
        ({"REGISTRY_CHECKPOINT_ADDRESSES": "a@so.example, b"}, "REGISTRY_CHECKPOINT_ADDRESSES = a@so.example, b"),
        ({"REGISTRY_CHECKPOINT_ADDRESSES": "a@so.example"}, "REGISTRY_MAIL_URL còn trống"),
        ({"REGISTRY_AUDIT_DATABASE_URL": "mysql://a"}, "REGISTRY_AUDIT_DATABASE_URL"),
    ],
)
def test_wrong_settings_are_refused_by_name(tmp_path, values, words):
    with pytest.raises(SettingsError, match=words):
        Settings.from_env({"DATA_DIR": str(tmp_path)} | values)


def test_settings_name_the_targets(tmp_path):
    settings = Settings.from_env(
        {
            "DATA_DIR": str(tmp_path),
            "REGISTRY_CHECKPOINT_FILE": "/mnt/append/diem.jsonl",
            "REGISTRY_CHECKPOINT_ADDRESSES": "a@so.example, b@bo.example",
            "REGISTRY_MAIL_URL": "smtp://may-chu:25?security=none",
            "REGISTRY_MAIL_FROM": "so@so.example",
            "REGISTRY_BASE_URL": "https://so.example",
        }
    )
    targets = worker_services(Flask("x"), settings)[CHECKPOINTS]
    assert targets.file == Path("/mnt/append/diem.jsonl")
    assert targets.addresses == ("a@so.example", "b@bo.example")
    assert targets.server.host == "may-chu"
