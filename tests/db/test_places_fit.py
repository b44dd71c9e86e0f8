"""A place fits its structure: unit of the kind, bores and heights of the structure, one name in any spelling."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.capacity.checks import has_unfit_places
from registry.capacity.commands import SetPlace
from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.capacity.rules import UNITS_OF_HOSTING, kind_problems
from registry.capacity.service import set_place
from registry.kernel.errors import Invalid
from registry.structures.kinds import HOSTS
from registry.structures.models import Structure
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
            "unit": "Đơn vị tính «ống» không dùng cho «Cột treo cáp»; cần một trong: cáp, vị trí."
        }
        duct = make(ctx, kind="cable_duct", **DUCT)
        wide = SetPlace(duct.code, "Ống", PlaceUnit.BORE, 3, {"diameter_mm": Decimal(900)})
        assert "lớn hơn đường kính ống của công trình (110" in refused(ctx, wide)["diameter_mm"]
        set_place(ctx, SetPlace(duct.code, "Ống 1 và 2", PlaceUnit.BORE, 2, {"diameter_mm": Decimal(110)}))
        assert (
            "là 99, nhiều hơn số ống của công trình là 3"
            in refused(ctx, SetPlace(duct.code, "Ống 3", PlaceUnit.BORE, 97))["total"]
        )
        set_place(ctx, SetPlace(duct.code, "Ống 3", PlaceUnit.BORE, 1))


@pytest.mark.parametrize("respelt", ["xà  2", "XÀ 2", "xa\N{COMBINING GRAVE ACCENT} 2", "Xa 2"])
def test_a_name_in_another_spelling_is_no_second_place(ctx_of, respelt):
    with ctx_of("viettel") as ctx:
        pole = make(ctx, kind="cable_pole")
        set_place(ctx, SetPlace(pole.code, "Xà 2", PlaceUnit.CABLE, 4))
        assert (
            "là cách viết khác của «Xà 2» đã khai"
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
