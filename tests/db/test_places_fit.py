"""A place fits its structure: unit of the kind, bores and heights of the structure, one name in any spelling."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.capacity.checks import has_unfit_places
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.capacity.rules import UNITS_OF_HOSTING, fitting_units, kind_problems
from registry.capacity.service import add_entry, set_place
from registry.kernel.db.row_access import across_organisations
from registry.kernel.errors import Invalid
from registry.notices.models import Notice
from registry.structures.bulk_edit.commands import ApplyBulkEdit, BulkChange, Target
from registry.structures.bulk_edit.queries import BULK_RULES, preview
from registry.structures.bulk_edit.service import apply_bulk_edit, read_change
from registry.structures.codes import SharingStatus
from registry.structures.commands import EditStructure
from registry.structures.filtering.checks import CHECKS
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from tests.factories.structures import make

DUCT = {"bore_count": "3", "bore_diameter_mm": "110"}


def refused(ctx, command):
    with pytest.raises(Invalid) as error:
        set_place(ctx, command)
    return {name: str(sentence[0]) for name, sentence in error.value.fields.items()}


def test_each_kind_takes_the_units_of_what_is_installed_on_it():
    for kind in HOSTS.values():
        if kind.hosting is None:
            continue
        fitting = UNITS_OF_HOSTING[kind.hosting]
        assert PlaceUnit(kind.place.counted_in) in fitting
        for unit in PlaceUnit:
            assert ("unit" in kind_problems(kind, object(), unit, 1, None, 0)) == (unit not in fitting)


def test_bores_stand_in_ducts_alone_and_are_neither_wider_nor_more_than_theirs(ctx_of):
    with ctx_of("viettel") as ctx:
        pole = make(ctx, kind="cable_pole")
        assert refused(ctx, SetPlace(pole.code, "Ống 1", PlaceUnit.BORE, 1)) == {
            "unit": "Đơn vị tính “ống” không dùng cho “Cột treo cáp”; cần một trong: cáp, vị trí."
        }
        duct = make(ctx, kind="cable_duct", **DUCT)
        wide = SetPlace(duct.code, "Ống", PlaceUnit.BORE, 3, {"diameter_mm": Decimal(900)})
        assert "lớn hơn đường kính ống của công trình (110" in refused(ctx, wide)["diameter_mm"]
        set_place(ctx, SetPlace(duct.code, "Ống 1 và 2", PlaceUnit.BORE, 2, {"diameter_mm": Decimal(110)}))
        assert (
            "là 99, nhiều hơn số ống của công trình là 3"
            in refused(ctx, SetPlace(duct.code, "Ống 3", PlaceUnit.BORE, 97))["total"]
        )
        for count in (20, 5, 2):
            assert "cần không quá số đó" in refused(ctx, SetPlace(duct.code, "Chỗ", PlaceUnit.POSITION, count))["total"]
        set_place(ctx, SetPlace(duct.code, "Chỗ", PlaceUnit.POSITION, 1))
        assert "total" in refused(ctx, SetPlace(duct.code, "Ống 3", PlaceUnit.BORE, 1))
        # Several cables share a bore.
        set_place(ctx, SetPlace(duct.code, "Cáp trong ống 1", PlaceUnit.CABLE, 6))


def test_the_form_of_a_place_offers_the_units_of_the_kind_and_begins_with_the_usual_one():
    for kind in HOSTS.values():
        if kind.hosting is not None:
            units = fitting_units(kind)
            assert units[0].value == kind.place.counted_in
            assert set(units) == set(UNITS_OF_HOSTING[kind.hosting])


@pytest.mark.parametrize("respelt", ["xà  2", "XÀ 2", "xa\N{COMBINING GRAVE ACCENT} 2", "Xa 2"])
def test_a_name_in_another_spelling_is_no_second_place(ctx_of, respelt):
    with ctx_of("viettel") as ctx:
        pole = make(ctx, kind="cable_pole")
        set_place(ctx, SetPlace(pole.code, "Xà 2", PlaceUnit.CABLE, 4))
        assert (
            "là cách viết khác của “Xà 2” đã khai"
            in refused(ctx, SetPlace(pole.code, respelt, PlaceUnit.CABLE, 2))["label"]
        )
        assert set_place(ctx, SetPlace(pole.code, "Xà 2", PlaceUnit.CABLE, 5)).total == 5


def test_the_quality_page_names_the_structures_with_places_that_would_be_refused(ctx_of):
    with ctx_of("viettel") as ctx:
        good, wide, crowded = (make(ctx, kind="cable_duct", **DUCT) for _each in range(3))
        pole, mast = make(ctx, kind="cable_pole"), make(ctx, kind="antenna_tower")
        top = HOSTS[mast.kind].top_of(mast)
        places = (
            (good, PlaceUnit.BORE, 3, {"diameter_mm": 110}),
            (wide, PlaceUnit.BORE, 1, {"diameter_mm": 111}),
            (crowded, PlaceUnit.BORE, 2, {}),
            (crowded, PlaceUnit.BORE, 2, {}),
            (pole, PlaceUnit.LEVEL, 1, {}),
            (mast, PlaceUnit.POSITION, 1, {"height_m": top + 1}),
        )
        for number, (structure, unit, total, measures) in enumerate(places):
            ctx.session.add(
                CapacityPlace(
                    organisation_id=structure.owner_organisation_id,
                    structure_id=structure.id,
                    label=f"Vị trí {number}",
                    unit=unit,
                    total=total,
                    **measures,
                )
            )
        ctx.session.flush()
        unfit = set(ctx.session.scalars(select(Structure.id).where(has_unfit_places())))
        assert unfit == {wide.id, crowded.id, pole.id, mast.id}
        ctx.session.rollback()


def test_a_full_structure_is_not_offered_as_having_room(ctx_of):
    with ctx_of("viettel") as ctx:
        full, unknown = (make(ctx, kind="cable_pole", sharing_status="not_assessed") for _each in range(2))
        set_place(ctx, SetPlace(full.code, "Xà", PlaceUnit.CABLE, 1))
        add_entry(ctx, AddEntry(full.code, "Xà", 1, holder="VNPT"))
        set_place(ctx, SetPlace(unknown.code, "Xà", PlaceUnit.CABLE, None))
        offer = {"sharing_status": SharingStatus.AVAILABLE}
        edit_structure(ctx, EditStructure(unknown.code, unknown.version, offer))
        with pytest.raises(Invalid) as caught:
            edit_structure(ctx, EditStructure(full.code, full.version, offer))
        assert "đã hết chỗ" in caught.value.fields["sharing_status"][0]
    with ctx_of("viettel") as ctx:
        full, unknown = (get_structure(ctx, each.code) for each in (full, unknown))
        [refusal] = [rule(BulkChange("sharing_status", SharingStatus.AVAILABLE, "available")) for rule in BULK_RULES]
        assert set(ctx.session.scalars(select(Structure.id).where(refusal.where))) == {full.id}
        full.sharing_status = SharingStatus.AVAILABLE
        ctx.session.flush()
        offered = select(Structure.id).where(CHECKS["offered_full"].clause(ctx))
        assert set(ctx.session.scalars(offered)) == {full.id}


def test_a_restriction_needs_a_basis_and_both_departments_and_the_users_learn_of_it(ctx_of):
    with ctx_of("viettel") as ctx:
        pole = make(ctx, kind="cable_pole")
        set_place(ctx, SetPlace(pole.code, "Xà", PlaceUnit.CABLE, 4))
        add_entry(ctx, AddEntry(pole.code, "Xà", 1, holder="VNPT"))
        values = {"sharing_status": SharingStatus.RESTRICTED}
        with pytest.raises(Invalid) as caught:
            edit_structure(ctx, EditStructure(pole.code, pole.version, values))
        assert "phải nêu căn cứ" in caught.value.fields["restriction_basis"][0]
        values |= {"restriction_basis": "Công văn 7/BCH"}
        edit_structure(ctx, EditStructure(pole.code, pole.version, values))
        with across_organisations(ctx, "notice"):
            sent = {notice.subject_kind: notice for notice in ctx.session.scalars(select(Notice))}
        assert set(sent["structure_restriction"].roles) == {"lead_department", "construction_department"}
        assert sent["structure_restriction"].params["codes"] == [pole.code]
        assert sent["capacity_use"].event == "closed"
        # What is restricted already is not asked again.
        edit_structure(ctx, EditStructure(pole.code, pole.version, {"restriction_basis": None}))


def test_a_bulk_edit_restricts_with_its_reason_as_the_basis_and_tells_the_departments_once(ctx_of):
    with ctx_of("viettel") as ctx:
        codes = tuple(make(ctx, kind="cable_pole").code for _each in range(2))
    with ctx_of("viettel") as ctx:
        change = read_change(ctx, "sharing_status", "restricted")
        target = Target(codes=codes)
        command = ApplyBulkEdit(target, change, "Công văn 7/BCH", preview(ctx, target, change).digest)
        apply_bulk_edit(ctx, command, later=lambda *_arguments: None)
        assert {get_structure(ctx, code).restriction_basis for code in codes} == {"Công văn 7/BCH"}
        with across_organisations(ctx, "notice"):
            notice = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "structure_restriction")).one()
        assert notice.params["count"] == 2


def test_a_structure_that_changes_stays_with_its_places_and_their_users(ctx_of):
    with ctx_of("viettel") as ctx:
        duct, mast = make(ctx, kind="cable_duct", **DUCT), make(ctx)
        set_place(ctx, SetPlace(duct.code, "Ống", PlaceUnit.BORE, None))
        add_entry(ctx, AddEntry(duct.code, "Ống", 2, holder="VNPT"))
        [field] = KINDS[mast.kind].top_fields[:1]
        top = KINDS[mast.kind].top_of(mast)
        set_place(ctx, SetPlace(mast.code, "Sàn", PlaceUnit.POSITION, 3, {"height_m": top - 1}))
        add_entry(ctx, AddEntry(mast.code, "Sàn", 1, holder="VNPT", loads={"attach_height_m": top - 2}))

        def edit(structure, **values):
            try:
                with ctx.session.begin_nested():
                    edit_structure(ctx, EditStructure(structure.code, structure.version, values))
            except Invalid as refusal:
                ctx.session.refresh(structure)
                return refusal.fields
            return {}

        [sentence] = edit(duct, bore_count=1)["bore_count"]
        assert "Ống" in sentence
        assert edit(duct, bore_count=2) == {}
        at_places, at_users = edit(mast, **{field: Decimal(6)})[field]
        assert "Vị trí “Sàn”" in at_places
        assert "Cao độ" in at_users
        assert edit(mast, **{field: top - 1}) == {}
