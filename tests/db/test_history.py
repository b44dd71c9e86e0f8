"""The database writes history: any past moment can be rebuilt, nobody can write it, time never runs backwards."""

import io
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import ProgrammingError

from registry.audit.chain import record
from registry.cables.models import CableMember
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.plan import System
from registry.imports.models import BatchState, RowOutcome
from registry.imports.service import apply_batch, check_batch, good_rows, read_batch, request_apply, set_mapping, upload
from registry.kernel.db.history import history_of
from registry.kernel.errors import NotFound
from registry.structures.codes import Condition, SharingStatus
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.history import get_record
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from registry.structures.queries import get_structure
from registry.structures.writing import confirm, edit_structure, resume, suspend
from registry.structures.writing.create_edit import current_values
from tests.factories.structures import make, organisation_id
from tests.support.import_files import as_csv, site
from tests.support.rounds import seeds

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
VERSIONED = ("structure", "antenna_tower", "capacity_place", "capacity_entry", "organisation", "dated_setting")


def values_at(ctx, code, moment):
    """What the register said of a structure at a moment."""
    return get_record(ctx, code, When(recorded_at=moment)).values


def rows_of(ctx, structure_id):
    past = history_of(Structure)
    columns = (past.c.name, past.c.version, past.c.recorded_from, past.c.recorded_to, past.c.change_id)
    return ctx.session.execute(select(*columns).where(past.c.id == structure_id).order_by(past.c.history_id)).all()


@pytest.mark.parametrize("seed", seeds(1, 8))
def test_a_structure_as_of_any_past_moment_equals_what_it_was(ctx_of, seed):
    """Random edits at random moments; what the record said after each is what is rebuilt for that time."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    moment = START
    with ctx_of("viettel", now=moment) as ctx:
        tower = make(ctx, name="Ban đầu")
        code, recorded = tower.code, [(moment, current_values(tower))]
    for number in range(12):
        moment += timedelta(minutes=chance.randint(1, 5000))
        with ctx_of("viettel", now=moment) as ctx:
            values = {
                "name": f"Tên {number}",
                "height_m": Decimal(chance.randint(10, 300)),
                "condition": chance.choice([None, *Condition]),
                "sharing_status": chance.choice([SharingStatus.AVAILABLE, SharingStatus.NOT_ASSESSED]),
            }
            changed = dict(chance.sample(sorted(values.items()), chance.randint(1, 4)))
            step = chance.choice(["edit", "confirm", "suspend", "resume"])
            tower = get_structure(ctx, code)
            if step == "suspend" and tower.status == "active":
                suspend(ctx, ChangeStatus(code, tower.version, "bảo trì"))
            elif step == "resume" and tower.status == "suspended":
                resume(ctx, ChangeStatus(code, tower.version))
            elif step == "confirm":
                confirm(ctx, ChangeStatus(code, tower.version))
            else:
                edit_structure(ctx, EditStructure(code, tower.version, changed))
            recorded.append((moment, current_values(tower)))
    with ctx_of("viettel", now=moment + timedelta(days=1), read_only=True) as ctx:
        for (since, values), (until, _later) in zip(
            recorded, [*recorded[1:], (moment + timedelta(days=1), {})], strict=True
        ):
            for asked in (since, since + (until - since) / 2, until - timedelta(microseconds=1)):
                past = values_at(ctx, code, asked)
                assert {name: past[name] for name in values} == values
        with pytest.raises(NotFound):
            values_at(ctx, code, START - timedelta(seconds=1))


def test_statements_over_many_rows_leave_history_for_each(ctx_of):
    with ctx_of("viettel") as ctx:
        ids = [make(ctx).id for _number in range(3)]
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(text("UPDATE structure SET note = 'hàng loạt' WHERE id = ANY(:ids)"), {"ids": ids})
        record(ctx, "test.bulk", "structure", None)
    with ctx_of("so.khcn", read_only=True) as ctx:
        for row_id in ids:
            rows = rows_of(ctx, row_id)
            assert len(rows) == 2
            assert rows[0].recorded_to == rows[1].recorded_from
            assert rows[1].recorded_to is None


def imported(ctx, store, rows):
    """One import of a list of Viettel's towers, as the pages and the worker run it; the batch."""
    batch = upload(
        ctx, store, UploadFile(organisation_id(ctx.session, "viettel"), "antenna_tower", "cột.csv", io.BytesIO(rows))
    )
    read_batch(ctx, store, batch.id)
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System(batch.options["system"])))
    check_batch(ctx, batch.id)
    if good_rows(batch):
        request_apply(ctx, batch.id)
        apply_batch(ctx, batch.id)
    return batch


def test_structures_of_two_imports_are_rebuilt_as_of_a_moment_between_them(ctx_of, tmp_path):
    """The second file changes a known row and brings a new one; then the owner edits the row."""
    store, day = FileStore(tmp_path), timedelta(days=1)
    with ctx_of("viettel", now=START) as ctx:
        first = imported(ctx, store, as_csv([site(1), site(2)]))
        assert (first.state, first.counts["applied"]) == (BatchState.APPLIED, 2)
    with ctx_of("viettel", now=START + 2 * day) as ctx:
        changed = {"Chiều cao cột (m)": "55"}
        second = imported(ctx, store, as_csv([site(1, **changed), site(2), site(17, **changed)]))
        assert (second.counts["applied"], second.counts[RowOutcome.UNCHANGED]) == (2, 1)
    with ctx_of("viettel", now=START + 3 * day) as ctx:
        by_code = {row.own_code: row for row in ctx.session.scalars(select(Structure))}
        edit_structure(ctx, EditStructure(by_code["THA-0001"].code, 2, {"height_m": Decimal(60)}))
    with ctx_of("viettel", now=START + 4 * day, read_only=True) as ctx:
        towers = {own: get_structure(ctx, row.code) for own, row in by_code.items()}
        assert set(towers) == {"THA-0001", "THA-0002", "THA-0017"}
        heights = {
            moment: {own: height_as_of(ctx, tower, START + moment * day) for own, tower in towers.items()}
            for moment in (-1, 0, 1, 2, 3, 4)
        }
        changes = {rows_of(ctx, tower.id)[0].change_id for own, tower in towers.items() if own != "THA-0017"}
        assert changes == {first.applied_change_id}
        assert rows_of(ctx, towers["THA-0017"].id)[0].change_id == second.applied_change_id
    before, after, last = Decimal(42), Decimal(55), Decimal(60)
    unknown = {"THA-0001": None, "THA-0002": None, "THA-0017": None}
    first_file = unknown | {"THA-0001": before, "THA-0002": before}
    second_file = first_file | {"THA-0001": after, "THA-0017": after}
    edited = second_file | {"THA-0001": last}
    assert heights == {-1: unknown, 0: first_file, 1: first_file, 2: second_file, 3: edited, 4: edited}


def height_as_of(ctx, tower, moment):
    """The height that the register knew at a moment; None where it did not know the tower."""
    try:
        return values_at(ctx, tower.code, moment)["height_m"]
    except NotFound:
        return None


def test_two_changes_in_one_transaction_keep_their_order(ctx_of):
    with ctx_of("viettel") as ctx:
        tower = make(ctx, name="Một")
        code, row_id = tower.code, tower.id
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Hai"}))
        edit_structure(ctx, EditStructure(code, 2, {"name": "Ba"}))
    with ctx_of("viettel", read_only=True) as ctx:
        rows = rows_of(ctx, row_id)
        assert [row.name for row in rows] == ["Một", "Hai", "Ba"]
        assert rows[1].recorded_from == rows[1].recorded_to == rows[2].recorded_from
        assert rows[1].change_id == rows[2].change_id
        assert values_at(ctx, code, ctx.now)["name"] == "Ba"


def test_a_clock_that_goes_backwards_leaves_no_interval_upside_down(ctx_of):
    with ctx_of("viettel", now=START) as ctx:
        tower = make(ctx, name="Một")
        code, row_id = tower.code, tower.id
    for version, minutes in enumerate((60, -30, 10, -600), 1):
        with ctx_of("viettel", now=START + timedelta(minutes=minutes)) as ctx:
            edit_structure(ctx, EditStructure(code, version, {"name": f"Phút {minutes}"}))
    with ctx_of("viettel", read_only=True) as ctx:
        rows = rows_of(ctx, row_id)
    assert [row.recorded_to is None for row in rows] == [False] * 4 + [True]
    assert all(row.recorded_from <= row.recorded_to for row in rows[:-1])
    assert all(a.recorded_to == b.recorded_from for a, b in pairwise(rows))


def test_a_deletion_ends_the_open_version_alone_and_never_before_it_began(ctx_of):
    past = history_of(CableMember)
    with ctx_of("viettel", now=START) as ctx:
        pole, cable = make(ctx, kind="cable_pole"), make(ctx, kind="cable_route")
        owner_id = cable.owner_organisation_id
        member = CableMember(organisation_id=owner_id, cable_id=cable.id, ordinal=1, structure_id=pole.id)
        ctx.session.add(member)
        ctx.session.flush()
        member_id, cable_id = member.id, cable.id
        record(ctx, "cable.members", "structure", cable_id, on_behalf_of_id=owner_id)
    later, before = START + timedelta(hours=2), START - timedelta(hours=1)
    for moment, statement in (
        (later, update(CableMember).values(ordinal=2)),
        (before, delete(CableMember)),
    ):
        with ctx_of("viettel", now=moment) as ctx:
            ctx.session.execute(statement.where(CableMember.id == member_id))
            record(ctx, "cable.members", "structure", cable_id, on_behalf_of_id=owner_id)
    with ctx_of("viettel", now=later + timedelta(hours=1), read_only=True) as ctx:
        query = select(past.c.ordinal, past.c.recorded_from, past.c.recorded_to).where(past.c.id == member_id)
        rows = ctx.session.execute(query.order_by(past.c.history_id)).all()
    assert rows == [(1, START, later), (2, later, later)]


def test_a_statement_that_changes_no_row_asks_for_no_action(ctx_of):
    with ctx_of("viettel") as ctx:
        ctx.session.execute(update(Structure).where(Structure.id == -1).values(note="không hàng nào"))
        assert ctx.session.scalar(text("SELECT current_setting('registry.touched', true)")) in (None, "")


@pytest.mark.parametrize("table", VERSIONED)
@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM {}", "UPDATE {} SET change_id = 1", "TRUNCATE {}", "INSERT INTO {} (recorded_from) VALUES (now())"],
)
def test_the_application_cannot_write_history_by_itself(ctx_of, table, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), ctx_of("so.khcn") as ctx:
        ctx.session.execute(text(statement.format(f"{table}_history")))


def test_every_versioned_table_has_its_triggers(ctx_of):
    with ctx_of(None, read_only=True) as ctx:
        tables = set(
            ctx.session.scalars(text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE '%_history'"))
        )
        attached = set(
            ctx.session.scalars(
                text(
                    "SELECT tgrelid::regclass::text || '_history' FROM pg_trigger WHERE tgname LIKE 'history_%'"
                    " GROUP BY tgrelid HAVING count(*) = 3"
                )
            )
        )
    assert tables == attached
    assert {f"{kind}_history" for kind in KINDS} <= tables


def test_a_structure_is_never_deleted(ctx_of):
    with ctx_of("viettel") as ctx:
        row_id = make(ctx).id
    with pytest.raises(ProgrammingError, match="permission denied"), ctx_of("viettel") as ctx:
        ctx.session.execute(text("DELETE FROM structure WHERE id = :id"), {"id": row_id})
    with ctx_of("viettel") as ctx:
        ctx.session.execute(text("RESET ROLE"))
        with pytest.raises(ProgrammingError, match="is never deleted"), ctx.session.begin_nested():
            ctx.session.execute(text("DELETE FROM structure WHERE id = :id"), {"id": row_id})
