"""Each check finds what it says, and nothing of what the reader may not know."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from registry.audit.access_log import logged_accesses
from registry.audit.chain import record
from registry.capacity.commands import SetPlace
from registry.capacity.service import set_place
from registry.kernel.clock import utc_now
from registry.structures.commands import ChangeStatus
from registry.structures.filtering.checks import CHECKS
from registry.structures.filtering.filter import StructureFilter
from registry.structures.listing.query import list_structures
from registry.structures.writing import confirm, decommission
from registry.upkeep.queries import count_checks
from tests.factories.structures import HAC_THANH, make, organisation_id

LONG_AGO = utc_now() - timedelta(days=800)
#: About 10 m and 60 m east of Hạc Thành.
BESIDE = (HAC_THANH[0] + 0.0001, HAC_THANH[1])
APART = (HAC_THANH[0] + 0.0006, HAC_THANH[1])


def found(ctx, check, **more):
    """The codes that a list narrowed to a check shows."""
    return {row.code for row in list_structures(ctx, StructureFilter(quality=check, **more)).rows}


def test_two_of_a_kind_at_one_place_are_duplicates_but_neighbours_are_not(ctx_of):
    with ctx_of("viettel") as ctx:
        duplicates = {make(ctx).code, make(ctx, at=BESIDE).code}
        make(ctx, at=APART)
        make(ctx, kind="cable_pole")
        gone = make(ctx, at=APART)
        decommission(ctx, ChangeStatus(gone.code, 1, "đã tháo"))
        assert found(ctx, "duplicate") == duplicates


def test_ducts_that_meet_at_a_manhole_are_no_duplicates(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, kind="cable_duct")
        make(ctx, kind="cable_duct", at=(HAC_THANH[0] + 0.003, HAC_THANH[1] + 0.003))
        assert found(ctx, "duplicate") == set()
        same = {
            make(ctx, kind="cable_duct", at=(105.70, 19.75)).code,
            make(ctx, kind="cable_duct", at=(105.70, 19.75)).code,
        }
        assert found(ctx, "duplicate") == same


def test_of_others_published_beside_ones_own_only_yes_or_no_is_told_and_noted(ctx_of):
    with ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt", at=BESIDE, sharing_status="available")
        vnpt = organisation_id(ctx.session, "vnpt")
    with ctx_of("viettel") as ctx:
        own = make(ctx).code
        make(ctx, at=APART)
    with ctx_of("viettel", read_only=True) as ctx:
        assert found(ctx, "near_others") == {own}
        looks, owners = logged_accesses(ctx)
        assert owners == {vnpt}
        assert [entry["what"] for entry in looks] == ["near_others"]
    with ctx_of("dienluc", read_only=True) as ctx:
        assert found(ctx, "near_others") == set()
        assert logged_accesses(ctx)[1] == set()


@pytest.mark.parametrize("secret", [{}, {"sharing_status": "restricted"}, {"status": "planned"}])
def test_what_others_have_not_published_is_not_even_a_yes(ctx_of, secret):
    with ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt", at=BESIDE, **secret)
    with ctx_of("viettel") as ctx:
        make(ctx)
        assert found(ctx, "near_others") == set()
        assert logged_accesses(ctx)[1] == set()


def test_values_that_cannot_be_are_found_by_the_limits_of_the_declarations(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx)
        low, later = make(ctx, at=APART), make(ctx, at=(105.70, 19.75))
        ctx.session.execute(text("UPDATE antenna_tower SET building_height_m = 900 WHERE id = :id"), {"id": low.id})
        ctx.session.execute(text("UPDATE structure SET surveyed_on = '2199-01-01' WHERE id = :id"), {"id": later.id})
        record(ctx, "test.break", "structure", None)
        assert found(ctx, "impossible") == {low.code, later.code}


def test_a_place_far_from_the_commune_of_its_record_is_found(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx)
        moved = make(ctx, at=APART)
        other = text(
            "UPDATE structure SET commune_id = (SELECT id FROM admin_unit WHERE level = 'commune' AND valid_to IS NULL"
            " AND geom IS NOT NULL ORDER BY ST_Distance(geom, ST_Point(105.776, 19.807, 4326)) DESC LIMIT 1)"
            " WHERE id = :id"
        )
        ctx.session.execute(other, {"id": moved.id})
        record(ctx, "test.break", "structure", None)
        assert found(ctx, "misplaced") == {moved.code}


def test_what_was_not_stated_is_found(ctx_of):
    with ctx_of("viettel") as ctx:
        full = make(ctx, condition="good").code
        set_place(ctx, SetPlace(full, "Sàn 1", "position", 3))
        bare = make(ctx, at=APART, condition="", position_method="unknown").code
        for check in ("no_capacity", "no_condition", "unknown_position"):
            assert found(ctx, check) == {bare}


def test_old_records_are_stale_until_they_are_confirmed(ctx_of):
    with ctx_of("viettel", now=LONG_AGO) as ctx:
        old, confirmed = make(ctx).code, make(ctx, at=APART).code
    with ctx_of("viettel") as ctx:
        confirm(ctx, ChangeStatus(confirmed, 1))
        new = make(ctx, at=(105.70, 19.75)).code
        assert found(ctx, "unconfirmed") == {old}
        for word, expected in (("older", {old}), ("newer", {confirmed, new})):
            rows = list_structures(ctx, StructureFilter(confirmed=word)).rows
            assert {row.code for row in rows} == expected


@pytest.mark.parametrize("username", ["vnpt", None])
def test_of_structures_known_by_their_cell_no_check_says_anything(ctx_of, username):
    with ctx_of("viettel", now=LONG_AGO) as ctx:
        make(ctx, condition="", position_method="unknown")
        make(ctx, at=BESIDE)
    with ctx_of(username, read_only=True) as ctx:
        for check in CHECKS:
            assert found(ctx, check) == set()
        for word in ("older", "newer"):
            assert list_structures(ctx, StructureFilter(confirmed=word)).rows == []


def test_every_count_equals_its_list(ctx_of):
    with ctx_of("viettel", now=LONG_AGO) as ctx:
        for number in range(4):
            make(ctx, at=(HAC_THANH[0] + 0.0001 * number, HAC_THANH[1]), condition="" if number % 2 else "good")
    with ctx_of("viettel", read_only=True) as ctx:
        owner = organisation_id(ctx.session, "viettel")
        counts = count_checks(ctx, owner)
        assert set(counts) == set(CHECKS)
        assert counts == {check: len(found(ctx, check, owner_id=owner)) for check in CHECKS}
        assert counts["duplicate"] == 4
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert set(count_checks(ctx, owner)) == set(CHECKS) - {"near_others"}
