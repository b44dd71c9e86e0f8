"""Official boundaries from a folder: a small one made here, and the real one where it is at hand."""

from datetime import date

import pytest
from sqlalchemy import func, select, text, update

import registry.audit.models as audit
from config.settings import CHECKOUT
from registry.authz.actors import PUBLIC_ACTOR, SYSTEM_ACTOR
from registry.kernel.errors import Invalid, SignInRequired
from registry.territory import queries
from registry.territory.importing.service import import_folder
from registry.territory.models import AdminSuccession, AdminUnit, ExtentQuality, SuccessionKind, UnitLevel
from registry.territory.seed import seed
from tests.support.boundaries import UNIT, feature, square, write_collection, write_table

REAL = CHECKOUT.parent / "shared" / "data" / "boundaries"
NOW = date(2026, 1, 1)
LAST = date(2025, 6, 30)
UNITS_HEADER = ["code", "name", "level", "parent_code", "valid_from", "valid_to", "kind"]
SUCCESSORS_HEADER = ["old_code", "new_code", "relation", "is_default", "effective"]
DISTRICT = {"level": "district", "parent_code": "38", "kind": "huyện", "name": "Huyện Đông Sơn", "code": "405"}
CITY = {"level": "district", "parent_code": "38", "kind": "thành phố", "name": "Thành phố Thanh Hóa", "code": "380"}


@pytest.fixture
def folder(tmp_path):
    """Three communes and two districts (the city as it was and as it became) as squares side by side."""
    write_collection(
        tmp_path / "communes.geojson",
        feature(square(105.7, 19.8), **UNIT),
        feature(square(105.8, 19.8), **(UNIT | {"code": "14797", "name": "Phường Hạc Thành"})),
        feature(square(105.6, 19.8), **(UNIT | {"code": "16378", "name": "Phường Đông Sơn"})),
    )
    write_collection(
        tmp_path / "districts.geojson",
        feature(square(105.7, 19.8), **CITY, valid_from=None, valid_to="2024-12-31"),
        feature(square(105.6, 19.8, side=0.2), **CITY, valid_from="2025-01-01", valid_to="2025-06-30"),
        feature(square(105.6, 19.8), **DISTRICT, valid_from=None, valid_to="2024-12-31"),
    )
    write_table(
        tmp_path / "former_communes.csv",
        UNITS_HEADER,
        ["16381", "Xã Đông Hoàng", "commune", "405", "", "2024-12-31", "xã"],
        ["16381", "Xã Đông Hoàng", "commune", "380", "2025-01-01", "2025-06-30", "xã"],
    )
    write_table(
        tmp_path / "commune_successors.csv", SUCCESSORS_HEADER, ["14755", "14758", "whole", "yes", "2025-07-01"]
    )
    write_table(tmp_path / "former_name_keys.csv", ["code", "older_name_key"], ["14755", "xahamrongcu"])
    return tmp_path


@pytest.fixture
def writing(database):
    """Transactions of the machine on this test's connection."""
    return lambda: database.transaction(SYSTEM_ACTOR)


def run(writing, folder):
    with writing() as ctx:
        return import_folder(ctx, folder)


def refusals(writing, folder):
    with pytest.raises(Invalid) as refusal:
        run(writing, folder)
    return refusal.value.fields["folder"]


def counted(writing, model):
    with writing() as ctx:
        return ctx.session.scalar(select(func.count()).select_from(model))


def test_official_outlines_replace_approximate_ones(writing, folder):
    result = run(writing, folder)
    assert (result.units_added, result.extents_changed, result.names_changed) == (0, 6, 1)
    assert (result.units_changed, result.successions_changed) == (0, 0)
    with writing() as ctx:
        hit = queries.unit_at(ctx.session, 105.75, 19.85, UnitLevel.COMMUNE, NOW)
        assert (hit.code, hit.approximate) == ("14758", False)
        former = queries.unit_at(ctx.session, 105.75, 19.85, UnitLevel.COMMUNE, LAST)
        assert former.approximate


def test_a_district_has_the_extent_of_its_day(writing, folder):
    run(writing, folder)
    with writing() as ctx:
        before = queries.unit_at(ctx.session, 105.65, 19.85, UnitLevel.DISTRICT, date(2024, 12, 31))
        after = queries.unit_at(ctx.session, 105.65, 19.85, UnitLevel.DISTRICT, date(2025, 1, 1))
    assert (before.code, after.code) == ("405", "380")
    assert not before.approximate
    assert not after.approximate


def test_on_a_shared_border_the_lowest_code_wins(writing, folder):
    run(writing, folder)
    with writing() as ctx:
        assert queries.unit_at(ctx.session, 105.8, 19.85, UnitLevel.COMMUNE, NOW).code == "14758"
        assert queries.unit_at(ctx.session, 105.7, 19.85, UnitLevel.COMMUNE, NOW).code == "14758"


def test_loading_twice_changes_nothing(writing, folder):
    run(writing, folder)
    history = counted(writing, text("admin_unit_history"))
    events = counted(writing, audit.AuditEvent)
    assert run(writing, folder).changes == 0
    assert counted(writing, text("admin_unit_history")) == history
    assert counted(writing, text("admin_succession_history")) == counted(writing, AdminSuccession)
    assert counted(writing, audit.AuditEvent) == events


def test_a_seed_after_an_import_leaves_it_alone(writing, folder):
    run(writing, folder)
    with writing() as ctx:
        result = seed(ctx, "38")
        assert (result.units, result.successions) == (0, 0)
        assert queries.find_units(ctx.session, "14758", on=NOW)[0].extent_quality is ExtentQuality.OFFICIAL


def test_a_listed_unit_that_is_not_known_is_added_with_its_succession(writing, folder):
    write_table(
        folder / "former_communes.csv",
        UNITS_HEADER,
        ["99901", "Xã Cũ Thử", "commune", "389", "", "2024-12-31", "xã"],
        ["99901", "Thị trấn Cũ Thử", "commune", "389", "2025-01-01", "2025-06-30", "thị trấn"],
    )
    write_table(folder / "commune_successors.csv", SUCCESSORS_HEADER, ["99901", "15091", "part", "no", "2025-07-01"])
    result = run(writing, folder)
    assert (result.units_added, result.successions_changed) == (2, 2)
    with writing() as ctx:
        raised = queries.find_units(ctx.session, "99901", on=LAST)[0]
        (before,) = queries.list_predecessors(ctx.session, raised.id)
        assert (before.succession.kind, before.unit.name) == (SuccessionKind.RENAME, "Xã Cũ Thử")
        (after,) = queries.list_successors(ctx.session, raised.id)
        assert (after.succession.kind, after.unit.code) == (SuccessionKind.PARTIAL_SPLIT, "15091")


def test_a_corrected_name_is_one_change(writing, folder):
    run(writing, folder)
    write_collection(
        folder / "communes.geojson", feature(square(105.7, 19.8), **(UNIT | {"name": "Phường Hàm Rồng Mới"}))
    )
    result = run(writing, folder)
    assert (result.changes, result.units_changed) == (1, 1)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"code": "99999"}, "đối tượng 1, trường code: giá trị “99999”"),
        ({"valid_from": "2025-08-01"}, "đối tượng 1, trường valid_from: giá trị “2025-08-01”"),
        ({"level": "district"}, "đối tượng 1, trường code: giá trị “14758”"),
    ],
)
def test_it_refuses_an_outline_of_an_unknown_unit(writing, folder, changed, sentence):
    write_collection(folder / "communes.geojson", feature(square(105.7, 19.8), **(UNIT | changed)))
    (message,) = refusals(writing, folder)
    assert message.startswith(f"Tệp communes.geojson, {sentence}")


def test_it_refuses_an_outline_that_crosses_itself_and_changes_nothing(writing, folder):
    ring = [[105.7, 19.8], [105.8, 19.9], [105.8, 19.8], [105.7, 19.9], [105.7, 19.8]]
    write_collection(folder / "communes.geojson", feature({"type": "Polygon", "coordinates": [ring]}, **UNIT))
    (message,) = refusals(writing, folder)
    assert message.startswith("Tệp communes.geojson, đối tượng 1, trường geometry: giá trị “Self-intersection")
    with writing() as ctx:
        assert queries.find_units(ctx.session, "405")[0].extent_quality is ExtentQuality.APPROXIMATE


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (["16381", "Xã Đông Hoàng", "commune", "999", "", "2024-12-31", "xã"], "parent_code"),
        (["16381", "Xã Đông Hoàng", "commune", "405", "", "2025-03-31", "xã"], "parent_code"),
        (["16381", "Xã Đông Hoàng", "commune", "38", "", "2025-03-31", "xã"], "valid_to"),
        (["15091", "Xã Ngọc Liên", "commune", "389", "", "", "xã"], "parent_code"),
        (["15091", "Xã Ngọc Liên", "commune", "38", "", "", "xã"], "valid_to"),
    ],
)
def test_it_refuses_a_unit_that_contradicts_its_parent_or_its_own_later_self(writing, folder, row, field):
    write_table(folder / "former_communes.csv", UNITS_HEADER, row)
    (message,) = refusals(writing, folder)
    assert message.startswith(f"Tệp former_communes.csv, dòng 2, trường {field}: ")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (["99999", "14758", "whole", "yes", "2025-07-01"], "old_code"),
        (["14755", "99999", "whole", "yes", "2025-07-01"], "new_code"),
        (["14758", "14758", "whole", "yes", "2026-01-01"], "new_code"),
    ],
)
def test_it_refuses_a_succession_between_units_not_in_force_then(writing, folder, row, field):
    write_table(folder / "commune_successors.csv", SUCCESSORS_HEADER, row)
    (message,) = refusals(writing, folder)
    assert message.startswith(f"Tệp commune_successors.csv, dòng 2, trường {field}: ")


def test_it_refuses_an_older_name_of_an_unknown_unit(writing, folder):
    write_table(folder / "former_name_keys.csv", ["code", "older_name_key"], ["99999", "xacu"])
    (message,) = refusals(writing, folder)
    assert message.startswith("Tệp former_name_keys.csv, dòng 2, trường code: giá trị “99999”")


def test_the_public_may_not_import(database, folder):
    with database.transaction(PUBLIC_ACTOR) as ctx, pytest.raises(SignInRequired):
        import_folder(ctx, folder)


def test_the_pieces_follow_the_extent(writing):
    with writing() as ctx:
        unit = queries.find_units(ctx.session, "14758", on=NOW)[0]
        ctx.session.execute(
            update(AdminUnit).where(AdminUnit.id == unit.id).values(geom=None, extent_quality=ExtentQuality.NONE)
        )
        pieces = ctx.session.scalar(text("SELECT count(*) FROM admin_unit_piece WHERE unit_id = :id"), {"id": unit.id})
        assert pieces == 0
        ctx.session.rollback()
        ctx.memo["abort"] = True


@pytest.mark.skipif(not REAL.is_dir(), reason="the folder of official boundaries is not at hand")
def test_the_real_folder_goes_in_once(writing):
    first = run(writing, REAL)
    assert (first.units_added, first.extents_changed, first.successions_changed) == (0, 195, 0)
    assert run(writing, REAL).changes == 0
    with writing() as ctx:
        official = ctx.session.scalars(
            select(AdminUnit).where(AdminUnit.extent_quality == ExtentQuality.OFFICIAL)
        ).all()
        assert len(official) == 195
        hit = queries.unit_at(ctx.session, 105.776, 19.807, UnitLevel.COMMUNE, NOW)
        assert (hit.name, hit.approximate) == ("Phường Hạc Thành", False)
        assert queries.unit_at(ctx.session, 105.72, 19.80, UnitLevel.DISTRICT, date(2024, 12, 31)).code == "405"
        assert queries.unit_at(ctx.session, 105.72, 19.80, UnitLevel.DISTRICT, LAST).code == "380"
