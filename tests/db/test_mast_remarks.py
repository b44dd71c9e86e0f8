"""Masts nearer than the rule allows, and plans without their item: remarked on to owners, listed for departments."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Text, column, literal, select, values
from sqlalchemy.dialects.postgresql import JSONB

from registry.audit.chain import record
from registry.kernel.dated_settings import DatedSetting
from registry.planned_sites.mast_spacing import PlannedMast, find_obstacles
from registry.structures.bulk_edit.commands import Target
from registry.structures.commands import EditStructure
from registry.structures.filtering.filter import StructureFilter
from registry.structures.listing.query import list_structures
from registry.structures.positions.mast_spacing import SPACING, masts_too_near, required_metres, spacing_of
from registry.structures.writing import edit_structure
from registry.territory.models import AdminUnit, UnitKind
from registry.upkeep.queries import count_checks
from tests.db.test_bulk_edit import apply
from tests.db.test_import_cells import checked, line, read
from tests.factories.sites import away
from tests.factories.structures import HAC_THANH, make, organisation_id

BEFORE_ANY_RULE = date(2020, 1, 1)
AFTER = date(2026, 10, 1)
PUBLISHED = {"sharing_status": "available", "is_published": "true"}


def mast(ctx, metres=0.0, **more):
    lon, lat = away(metres)
    return make(ctx, at=(lon, lat), **({"sharing_status": "not_assessed", "is_published": "false"} | more))


def remarked(ctx_of, username, check="too_near"):
    with ctx_of(username, read_only=True) as ctx:
        return {row.code for row in list_structures(ctx, StructureFilter(quality=check)).rows}


def test_a_mast_10_m_from_one_of_its_owner_is_remarked_on_to_it_and_both_departments(ctx_of):
    with ctx_of("viettel") as ctx:
        first = mast(ctx, built_on="01/01/2020")
        second = mast(ctx, 10.5, status="planned")
        rows = masts_too_near(ctx, second)
        assert [(row.code, round(row.metres, 1), row.required) for row in rows] == [(first.code, 10.5, 300)]
        assert masts_too_near(ctx, first) == []
        assert count_checks(ctx, organisation_id(ctx.session, "viettel"))["too_near"] == 1
    for username in ("viettel", "so.khcn", "so.xaydung"):
        assert remarked(ctx_of, username) == {second.code}, username
    assert remarked(ctx_of, "vnpt") == set()


def test_a_hidden_mast_of_another_changes_no_remark_of_an_owner(ctx_of):
    with ctx_of("viettel") as ctx:
        own = mast(ctx, status="planned")
    before = remarked(ctx_of, "viettel")
    with ctx_of("vnpt") as ctx:
        for metres in range(5, 65, 3):
            mast(ctx, metres, owner="vnpt", built_on="01/01/2020")
    assert remarked(ctx_of, "viettel") == before == set()
    assert own.code in remarked(ctx_of, "so.khcn")
    with ctx_of("viettel", read_only=True) as ctx:
        assert masts_too_near(ctx, own) == []


@pytest.mark.parametrize("seed", range(3))
def test_remarks_are_those_that_the_form_of_a_new_mast_gives(ctx_of, seed):
    chances = random.Random(seed)  # noqa: S311
    with ctx_of("viettel") as ctx:
        for _number in range(6):
            mast(ctx, chances.uniform(-600, 600), built_on="01/01/2020")
    with ctx_of("vnpt") as ctx:
        for _number in range(6):
            mast(ctx, chances.uniform(-600, 600), owner="vnpt", built_on="01/01/2020", **PUBLISHED)
    with ctx_of("viettel") as ctx:
        metres, height = chances.uniform(-600, 600), chances.choice(["3", "30"])
        planned = mast(ctx, metres, status="planned", height_m=height)
        lon, lat = away(metres)
        plan = PlannedMast(lon, lat, on=ctx.today, height_m=Decimal(height))
        obstacles = find_obstacles(ctx, plan).masts
        expected = {each.structure.code for each in obstacles if each.is_too_near} - {planned.code}
        assert {row.code for row in masts_too_near(ctx, planned)} == expected


def test_sql_and_python_require_the_same_distance(ctx_of):
    rule = {
        "other": {"same": 450, "different": 250},
        "urban": {"same": 300, "different": 120},
        "units": {"14758": {"same": 70, "different": 20}},
        "exempt_height_m": 3,
    }
    units = [(code, kind) for code in ("14758", "1") for kind in UnitKind]
    with ctx_of("so.khcn", read_only=True) as ctx:
        unit = values(column("code", Text), column("kind", AdminUnit.kind.type), name="unit").data(units)
        for same in (True, False):
            query = select(unit.c.code, unit.c.kind, required_metres(literal(rule, JSONB), unit.c, literal(same)))
            for code, kind, metres in ctx.session.execute(query):
                assert metres == spacing_of(rule, code, kind).required_m(is_same_operator=same), (code, kind)


def test_a_mast_built_before_the_first_rule_has_no_remark(ctx_of):
    with ctx_of("viettel") as ctx:
        mast(ctx, built_on=f"{BEFORE_ANY_RULE:%d/%m/%Y}")
        old = mast(ctx, 20, built_on=f"{BEFORE_ANY_RULE + timedelta(days=9):%d/%m/%Y}")
        new = mast(ctx, 40, built_on=f"{AFTER:%d/%m/%Y}")
        assert masts_too_near(ctx, old) == []
        assert len(masts_too_near(ctx, new)) == 2


def test_a_mast_keeps_the_distance_in_force_on_the_day_it_was_built(ctx_of):
    rule = {"same": 1000, "different": 1000}
    with ctx_of("viettel") as ctx:
        setting = {"key": SPACING, "valid_from": date(2026, 6, 1), "source": "thử", "needs_verification": True}
        value = {"urban": rule, "other": rule, "units": {}, "exempt_height_m": 3}
        ctx.session.add(DatedSetting(**setting, value=value, reason="thử"))
        record(ctx, "test.setting", "dated_setting", None)
        mast(ctx, built_on="01/01/2020")
        earlier, later = mast(ctx, 500, built_on="01/05/2026"), mast(ctx, -500, built_on="01/07/2026")
        assert [masts_too_near(ctx, each) == [] for each in (earlier, later)] == [True, False]
    assert remarked(ctx_of, "viettel") == {later.code}


def test_what_conforms_to_a_plan_without_its_item_is_listed(ctx_of):
    with ctx_of("viettel") as ctx:
        bare = make(ctx, plan_conformity="conforms")
        make(ctx, at=(HAC_THANH[0] + 0.02, HAC_THANH[1]), plan_conformity="conforms", plan_item="Mục 12")
        make(ctx, at=(HAC_THANH[0] + 0.04, HAC_THANH[1]))
    for username in ("viettel", "so.khcn", "so.xaydung"):
        assert remarked(ctx_of, username, "no_plan_item") == {bare.code}, username


def test_a_bulk_edit_that_states_conformity_lists_all_that_lack_their_item(ctx_of):
    with ctx_of("viettel") as ctx:
        bare = [make(ctx, at=(HAC_THANH[0] + 0.02 * number, HAC_THANH[1])).code for number in range(3)]
        itemised = make(ctx, at=(HAC_THANH[0] - 0.02, HAC_THANH[1]), plan_item="Mục 12").code
        apply(ctx, Target(codes=(*bare, itemised)), "plan_conformity", "conforms")
    for username in ("viettel", "so.khcn", "so.xaydung"):
        assert remarked(ctx_of, username, "no_plan_item") == set(bare), username
    with ctx_of("viettel") as ctx:
        apply(ctx, Target(codes=tuple(bare[:1])), "plan_conformity", "deviates")
    assert remarked(ctx_of, "so.khcn", "no_plan_item") == set(bare[1:])


def test_a_bulk_edit_that_publishes_masts_remarks_on_newer_ones_of_others_beside_them(ctx_of):
    with ctx_of("viettel") as ctx:
        older = [mast(ctx, metres, built_on="01/01/2020").code for metres in (0, 4000)]
    with ctx_of("vnpt") as ctx:
        newer = mast(ctx, 60, owner="vnpt", status="planned").code
    assert remarked(ctx_of, "vnpt") == set()
    assert remarked(ctx_of, "so.xaydung") == {newer}
    with ctx_of("viettel") as ctx:
        apply(ctx, Target(codes=tuple(older)), "sharing_status", "available")
    for username in ("vnpt", "so.khcn", "so.xaydung"):
        assert remarked(ctx_of, username) == {newer}, username
    assert remarked(ctx_of, "viettel") == set()


@pytest.mark.parametrize("seed", range(2))
def test_a_planned_site_made_real_keeps_the_remarks_of_the_day_it_was_built(ctx_of, seed):
    """At any distance, built on any day: the form of a new mast of that day is the oracle."""
    chances = random.Random(seed)  # noqa: S311
    with ctx_of("viettel") as ctx:
        for _number in range(4):
            mast(ctx, chances.uniform(-600, 600), built_on="01/01/2020")
        metres = chances.uniform(-600, 600)
        site = mast(ctx, metres, status="planned")
        lon, lat = away(metres)
        days = [AFTER + timedelta(days=chances.randrange(30)), BEFORE_ANY_RULE + timedelta(days=1)]
        for day in days:
            values = {"status": "active", "built_on": day}
            site = edit_structure(ctx, EditStructure(site.code, site.version, values))
            obstacles = find_obstacles(ctx, PlannedMast(lon, lat, on=day, height_m=site.height_m)).masts
            expected = {each.structure.code for each in obstacles if each.is_too_near} - {site.code}
            assert {row.code for row in masts_too_near(ctx, site)} == expected, day
            listed = {site.code} if expected else set()
            with ctx_of("so.xaydung", read_only=True) as reader:
                rows = list_structures(reader, StructureFilter(quality="too_near")).rows
            assert {row.code for row in rows} & {site.code} == listed, day


def test_the_preview_of_a_file_remarks_on_masts_near_own_ones_published_ones_and_rows(ctx_of, tmp_path):
    with ctx_of("vnpt") as ctx:
        own = mast(ctx, owner="vnpt", built_on="01/01/2020")
        mast(ctx, 5000, owner="vnpt", built_on="01/01/2020")
    with ctx_of("viettel") as ctx:
        published = mast(ctx, 2000, built_on="01/01/2020", **PUBLISHED)
        mast(ctx, 3000, built_on="01/01/2020")
    places = {1: 200, 2: 2100, 3: 3010, 4: 8000, 5: 8250, 6: 2600}
    with ctx_of("vnpt") as ctx:
        batch = read(ctx, tmp_path, [line(number, away(metres)) for number, metres in places.items()], "vnpt")
        rows, _notes, counts = checked(ctx, batch)
    remarks = {number: str(problems) for number, _outcome, warned, _id, problems in rows if warned}
    assert remarks.keys() == {2, 3, 6}, remarks
    assert own.code in remarks[2]
    assert published.code in remarks[3]
    assert "cột ở dòng 5" in remarks[6]
    assert counts["warned"] == len(remarks)
