"""Lists, records, tiles and files of the past equal a rebuild from what was said, and with both times stay the same."""

import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from registry.exports.structures import columns_of, open_structures
from registry.kernel.clock import local_date
from registry.kernel.db.history import history_of
from registry.kernel.errors import NotFound
from registry.structures.codes import Condition, SharingStatus, Status
from registry.structures.commands import ChangeStatus, CreateStructure, EditStructure
from registry.structures.filtering.url import read_filter
from registry.structures.history import get_record
from registry.structures.kinds import KINDS
from registry.structures.listing.query import list_structures
from registry.structures.map.tiles import tile
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing import create_structure, decommission, edit_structure, resume, suspend
from registry.structures.writing.create_edit import current_values
from tests.factories.structures import organisation_id, position_at, values_for
from tests.support.outsider import tile_at
from tests.support.replay import Rebuilt, start_of

KIND = "antenna_tower"
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
#: Two places in two tiles of zoom 14, and what may be typed.
PLACES = ((105.776, 19.807), (105.776, 19.857))
ZOOM = 14
FIELDS = {
    "name": st.sampled_from(["Trạm một", "Trạm hai", "Cột ba"]),
    "height_m": st.integers(20, 90).map(Decimal),
    "condition": st.sampled_from([None, *Condition]),
    "sharing_status": st.sampled_from([SharingStatus.AVAILABLE, SharingStatus.NOT_ASSESSED]),
    "address": st.sampled_from([None, "ngõ 1", "ngõ 2"]),
}
BACK = st.one_of(st.none(), st.integers(0, 60))
STEP = st.tuples(
    st.integers(1, 60 * 24 * 12),
    st.one_of(
        st.tuples(st.just("create"), st.integers(0, 1), BACK),
        st.tuples(st.just("edit"), st.fixed_dictionaries({}, optional=FIELDS), BACK),
        st.tuples(st.just("move"), st.integers(0, 1), BACK),
        st.tuples(st.sampled_from(["suspend", "resume"]), st.none(), st.none()),
        st.tuples(st.just("decommission"), st.none(), st.integers(0, 40)),
    ),
    st.integers(0, 9),
)


class World:
    """The register and its rebuilding side by side, under a clock that only goes forward."""

    def __init__(self, ctx_of):
        self.ctx_of, self.moment, self.rebuilt = ctx_of, START, []

    def take(self, minutes, step, pick):
        """One step; where it is not possible it is a registration."""
        self.moment += timedelta(minutes=minutes)
        what, how, back = step
        with self.ctx_of("viettel", now=self.moment) as ctx:
            if what == "create" or not self.rebuilt:
                self._create(ctx, how if what == "create" else 0, back)
            else:
                self._change(ctx, self.rebuilt[pick % len(self.rebuilt)], what, how, back)

    def _create(self, ctx, index, back):
        day = None if back is None else local_date(self.moment) - timedelta(days=back)
        owner, values = organisation_id(ctx.session, "viettel"), values_for(KIND)
        command = CreateStructure(KIND, owner, values, position_at(*PLACES[index]), effective_on=day)
        structure = create_structure(ctx, command)
        new = Rebuilt(structure.code)
        new.say(self.moment, current_values(structure) | {"place": index}, day)
        self.rebuilt.append(new)

    def _change(self, ctx, old, what, how, back):
        structure = get_structure(ctx, old.code, KINDS[KIND].model)
        day = None if back is None else local_date(self.moment) - timedelta(days=back)
        if what in ("edit", "move"):
            if day is not None:
                day = max(day, local_date(old.statements[0].holds_from))
            values = how if what == "edit" else {}
            position = position_at(*PLACES[how]) if what == "move" else None
            changed = {name: value for name, value in values.items() if getattr(structure, name) != value}
            edit_structure(ctx, EditStructure(old.code, structure.version, values, position, effective_on=day))
            if what == "move" and how != old.now["place"]:
                changed = {"place": how}
            if changed:
                old.say(self.moment, changed, day)
        elif what == "decommission" and structure.status in (Status.ACTIVE, Status.SUSPENDED):
            decommission(ctx, ChangeStatus(old.code, structure.version, "hết dùng", day))
            after = day + timedelta(days=1)
            late = start_of(after) < self.moment
            old.say(self.moment, {"status": Status.DECOMMISSIONED}, after if late else None)
        elif what == "suspend" and structure.status == Status.ACTIVE:
            suspend(ctx, ChangeStatus(old.code, structure.version, "bảo trì"))
            old.say(self.moment, {"status": Status.SUSPENDED})
        elif what == "resume" and structure.status == Status.SUSPENDED:
            resume(ctx, ChangeStatus(old.code, structure.version))
            old.say(self.moment, {"status": Status.ACTIVE})

    def expected(self, day, known_at):
        """Code -> values of everything that there was."""
        expected = {rebuilt_structure.code: rebuilt_structure.at(day, known_at) for rebuilt_structure in self.rebuilt}
        return {code: values for code, values in expected.items() if values is not None}

    @contextmanager
    def reading(self):
        """A context of the department a little later."""
        with self.ctx_of("so.khcn", now=self.moment + timedelta(minutes=1), read_only=True) as ctx:
            yield ctx


def answers(ctx, args):
    """All that the department is told of a time: list, files, tiles and records, as plain values."""
    structure_filter = read_filter(MultiDict(args))
    rows = list_structures(ctx, structure_filter, size=200).rows
    source = open_structures(ctx, MultiDict(args | {"kind": KIND}))
    names = [column.name for column in columns_of(KIND)]
    return {
        "list": {row.code: dict(row._mapping) | {"geom": row.geom.desc} for row in rows},
        "file": {record[0][1]: dict(zip(names, record[0], strict=True)) for record in source.records()},
        "tiles": [codes_in(tile(ctx, structure_filter, ZOOM, *tile_at(*position, ZOOM)).body) for position in PLACES],
        "count": source.count(10),
        "records": {row.code: get_record(ctx, row.code, structure_filter.when).values for row in rows},
    }


def codes_in(body):
    return {code.decode() for code in re.findall(rb"THA-[A-Z]+-\d+", body)}


def compare(answers_read, expected, ctx, args, filters):
    """Each answer says what the rebuilding says, and so do these of the filters."""
    assert set(answers_read["list"]) == set(answers_read["file"]) == set(answers_read["records"]) == set(expected)
    assert answers_read["count"] == min(len(expected), 11)
    for index, codes in enumerate(answers_read["tiles"]):
        assert codes == {code for code, values in expected.items() if values["place"] == index}
    for code, values in expected.items():
        told = {name: value for name, value in values.items() if name != "place"}
        assert {name: answers_read["records"][code][name] for name in told} == told
        row, line = answers_read["list"][code], answers_read["file"][code]
        for name in ("name", "status", "sharing_status", "condition"):
            assert row[name] == values[name]
        assert (line["name"], line["height_m"], line["address"]) == (
            values["name"],
            values["height_m"],
            values["address"],
        )
        assert float(line["longitude"]) == PLACES[values["place"]][0]
        assert float(line["latitude"]) == PLACES[values["place"]][1]
    compare_filters(ctx, args, expected, filters)


def compare_filters(ctx, args, expected, selection):
    """Filters narrow by what was valid then."""
    west, south = PLACES[1][0] - 0.01, PLACES[1][1] - 0.01
    filters = (
        ({"q": "tram hai"}, lambda values: values["name"] == "Trạm hai"),
        ({"status": "suspended"}, lambda values: values["status"] == Status.SUSPENDED),
        ({"condition": "good"}, lambda values: values["condition"] == Condition.GOOD),
        ({"kind": KIND, "height_m_min": "50"}, lambda values: values["height_m"] >= 50),
        ({"bbox": f"{west},{south},{west + 0.02},{south + 0.02}"}, lambda values: values["place"] == 1),
        ({"near": f"{PLACES[1][1]}; {PLACES[1][0]}", "within": "300"}, lambda values: values["place"] == 1),
    )
    for query, holds in filters[selection]:
        rows = list_structures(ctx, read_filter(MultiDict(args | query)), "name", size=200).rows
        assert {row.code for row in rows} == {code for code, values in expected.items() if holds(values)}, query


def from_history(ctx, day, known_at):
    """Code -> version number, by reading all history rows one after another."""
    past = history_of(Structure)
    columns = (past.c.code, past.c.version, past.c.effective_from, past.c.recorded_from)
    versions = {}
    for row in ctx.session.execute(select(*columns).order_by(past.c.history_id)):
        if row.recorded_from <= known_at and row.effective_from < start_of(day + timedelta(days=1)):
            versions[row.code] = row.version
    return versions


LIVES = given(
    before=st.lists(STEP, min_size=2, max_size=9),
    after=st.lists(STEP, min_size=1, max_size=5),
    probes=st.lists(st.tuples(st.integers(-70, 0), st.integers(0, 100)), min_size=2, max_size=3),
)
CHANCES = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


@settings(max_examples=2, **CHANCES)
@LIVES
def test_what_is_shown_of_the_past_is_what_a_rebuilding_gives_and_stays_so(database, ctx_of, before, after, probes):
    with database._bind.begin_nested() as savepoint:
        compare_worlds(World(ctx_of), before, after, probes, by_turns=3)
        savepoint.rollback()


@pytest.mark.trial
@settings(max_examples=60, **CHANCES)
@LIVES
def test_the_past_is_what_a_rebuilding_gives_in_many_lives(database, ctx_of, before, after, probes):
    with database._bind.begin_nested() as savepoint:
        compare_worlds(World(ctx_of), before, after, probes)
        savepoint.rollback()


def compare_worlds(world, before, after, probes, *, by_turns=1):
    """`by_turns`: into how many parts the filters are divided, of which each comparison has one."""
    for step in before:
        world.take(*step)
    span = world.moment - START
    asked = []
    for days, share in probes:
        day = local_date(world.moment) + timedelta(days=days)
        asked.append((day, START + span * share / 100))
    kept = []
    with world.reading() as ctx:
        for number, (day, known_at) in enumerate(asked, 1):
            args = {"as_of": day.isoformat(), "recorded_at": known_at.isoformat()}
            answers_read = answers(ctx, args)
            compare(answers_read, world.expected(day, known_at), ctx, args, slice(number % by_turns, None, by_turns))
            versions = {code: record["version"] for code, record in answers_read["records"].items()}
            assert versions == from_history(ctx, day, known_at)
            kept.append((args, answers_read))
        day, args = asked[0][0], {"as_of": asked[0][0].isoformat()}
        compare(answers(ctx, args), world.expected(day, ctx.now), ctx, args, slice(0, None, by_turns))
    for step in after:
        world.take(*step)
    with world.reading() as ctx:
        for args, answers_read in kept:
            assert answers(ctx, args) == answers_read


def test_a_day_of_the_present_is_the_present(ctx_of):
    world = World(ctx_of)
    for number in range(4):
        world.take(900, ("create", number % 2, None if number else 20), 0)
    world.take(50, ("edit", {"name": "Trạm hai", "height_m": Decimal(61)}, 10), 0)
    with world.reading() as ctx:
        now = list_structures(ctx, read_filter(MultiDict())).rows
        today = list_structures(ctx, read_filter(MultiDict({"as_of": ctx.today.isoformat()}))).rows
    names = ("code", "name", "status", "owner_name", "commune_name", "updated_at")
    assert len(now) == 4
    assert [[getattr(row, name) for name in names] for row in now] == [
        [getattr(row, name) for name in names] for row in today
    ]


def test_a_late_correction_changes_its_field_from_its_day_on_and_no_other(ctx_of):
    """Height and note changed in March; in June the name is corrected as of February: March keeps what it had."""
    with ctx_of("viettel", now=START) as ctx:
        structure = create_structure(
            ctx,
            CreateStructure(
                KIND,
                organisation_id(ctx.session, "viettel"),
                values_for(KIND, name="Cũ", note="Khảo sát", height_m="30"),
                position_at(*PLACES[0]),
            ),
        )
        code = structure.code
    with ctx_of("viettel", now=datetime(2026, 3, 10, 2, tzinfo=UTC)) as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"height_m": Decimal(40), "note": "Nâng cột"}))
    june = datetime(2026, 6, 1, 2, tzinfo=UTC)
    with ctx_of("viettel", now=june) as ctx:
        edit_structure(ctx, EditStructure(code, 2, {"name": "Mới"}, effective_on=date(2026, 2, 1)))
    with ctx_of("so.khcn", now=june + timedelta(days=1), read_only=True) as ctx:
        for day, known_at, name, height in (
            ("2026-01-31", "2026-06-01", "Cũ", 30),
            ("2026-02-01", "2026-06-01", "Mới", 30),
            ("2026-03-09", "2026-06-01", "Mới", 30),
            ("2026-03-10", "2026-06-01", "Mới", 40),
            ("2026-02-01", "2026-05-31", "Cũ", 30),
            ("2026-03-10", "2026-05-31", "Cũ", 40),
        ):
            when = read_filter(MultiDict({"as_of": day, "recorded_at": known_at})).when
            values = get_record(ctx, code, when).values
            note = "Khảo sát" if height == 30 else "Nâng cột"
            assert (values["name"], values["height_m"], values["note"]) == (name, height, note), day
            rows = list_structures(ctx, read_filter(MultiDict({"as_of": day, "recorded_at": known_at, "q": name})))
            assert [row.code for row in rows.rows] == [code]
        assert current_values(get_structure(ctx, code))["name"] == "Mới"
        past = history_of(Structure)
        is_open = past.c.recorded_to.is_(None)
        assert ctx.session.scalar(select(func.count()).where(past.c.id == structure.id, is_open)) == 1
    with ctx_of("viettel", now=june + timedelta(days=2)) as ctx:
        edit_structure(ctx, EditStructure(code, 3, {"condition": Condition.DEGRADED}))
        assert get_structure(ctx, code).version == 4


def test_nothing_was_there_before_it_was_registered(ctx_of):
    with ctx_of("viettel", now=START) as ctx:
        values, owner = values_for(KIND), organisation_id(ctx.session, "viettel")
        late = CreateStructure(KIND, owner, values, position_at(*PLACES[0]), effective_on=date(2025, 6, 1))
        code = create_structure(ctx, late).code
    with ctx_of("so.khcn", now=START + timedelta(days=3), read_only=True) as ctx:
        for args, there in (
            ({"as_of": "2025-05-31"}, False),
            ({"as_of": "2025-06-01"}, True),
            ({"as_of": "2025-06-01", "recorded_at": "2026-01-04"}, False),
            ({"recorded_at": "2026-01-04"}, False),
            ({"recorded_at": "2026-01-05"}, True),
        ):
            structure_filter = read_filter(MultiDict(args))
            assert [row.code for row in list_structures(ctx, structure_filter).rows] == ([code] if there else []), args
            try:
                assert get_record(ctx, code, structure_filter.when).row.code == code
                assert there
            except NotFound:
                assert not there
