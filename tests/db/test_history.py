"""The database writes history: any past moment can be rebuilt, nobody can write it, time never runs backwards."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from registry.audit.chain import record
from registry.kernel.db.history import history_of
from registry.kernel.errors import NotFound
from registry.structures.codes import Condition, SharingStatus
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.queries import get_as_of, get_structure
from registry.structures.service import confirm, edit_structure, resume, suspend
from registry.structures.service.edit import current_values
from tests.factories.structures import make

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
VERSIONED = ("structure", "antenna_tower", "capacity_place", "capacity_entry", "organisation", "dated_setting")


def rows_of(ctx, structure_id):
    past = history_of(Structure)
    columns = (past.c.name, past.c.version, past.c.recorded_from, past.c.recorded_to, past.c.change_id)
    return ctx.session.execute(select(*columns).where(past.c.id == structure_id).order_by(past.c.history_id)).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_structure_as_of_any_past_moment_equals_what_it_was(ctx_of, seed):
    """Random edits at random moments; what the record said after each is what is rebuilt for that time."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    moment = START
    with ctx_of("viettel", now=moment) as ctx:
        tower = make(ctx, name="Ban đầu")
        code, known = tower.code, [(moment, current_values(tower))]
    for number in range(12):
        moment += timedelta(minutes=chance.randint(1, 5000))
        with ctx_of("viettel", now=moment) as ctx:
            values = {
                "name": f"Tên {number}",
                "height_m": Decimal(chance.randint(10, 300)),
                "condition": chance.choice([None, *Condition]),
                "sharing_status": chance.choice([SharingStatus.AVAILABLE, SharingStatus.NOT_ASSESSED]),
            }
            chosen = dict(chance.sample(sorted(values.items()), chance.randint(1, 4)))
            step = chance.choice(["edit", "confirm", "suspend", "resume"])
            tower = get_structure(ctx, code)
            if step == "suspend" and tower.status == "active":
                suspend(ctx, ChangeStatus(code, tower.version, "bảo trì"))
            elif step == "resume" and tower.status == "suspended":
                resume(ctx, ChangeStatus(code, tower.version))
            elif step == "confirm":
                confirm(ctx, ChangeStatus(code, tower.version))
            else:
                edit_structure(ctx, EditStructure(code, tower.version, chosen))
            known.append((moment, current_values(tower)))
    with ctx_of("viettel", now=moment + timedelta(days=1), read_only=True) as ctx:
        tower = get_structure(ctx, code)
        for (since, values), (until, _later) in zip(known, [*known[1:], (moment + timedelta(days=1), {})], strict=True):
            for asked in (since, since + (until - since) / 2, until - timedelta(microseconds=1)):
                past = get_as_of(ctx, tower, asked)
                assert {name: past[name] for name in values} == values
        with pytest.raises(NotFound):
            get_as_of(ctx, tower, START - timedelta(seconds=1))


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
        assert get_as_of(ctx, get_structure(ctx, code), ctx.now)["name"] == "Ba"


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
