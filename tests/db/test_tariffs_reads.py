"""Prices as they are read: one comparable figure, who sees what, which applies where, page by page."""

from dataclasses import replace as changed
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import select, text

from registry.audit.chain import record
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.lists.page import read_page
from registry.tariffs.list_view import TARIFFS
from registry.tariffs.models import Tariff, TariffPeriod, TariffUnit
from registry.tariffs.queries import (
    OUTLIER,
    TariffFilter,
    comparison_figures,
    covered_units,
    figures_from_row,
    get_tariff,
    tariff_for,
    tariffs_for,
    tariffs_query,
)
from registry.tariffs.rules import comparable, figures_of, limits_of
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import area_unit_ids
from tests.factories.structures import make, organisation_id, place_inside
from tests.factories.tariffs import BASIS, NOW, TODAY, amounts, applying, price, publish, replace


@pytest.fixture
def at(ctx_of):
    """A function: user name -> a context of the day of these tests."""
    return lambda username, now=NOW, **more: ctx_of(username, now=now, **more)


# --- one comparable figure


def test_the_database_and_the_rules_compare_alike(at):
    dice = Random(7)  # noqa: S311 - sample figures, nothing secret
    with at("viettel") as ctx:
        for number in range(60):
            period = dice.choice(list(TariffPeriod))
            publish(
                ctx,
                Decimal(dice.randrange(1, 10 ** dice.randrange(1, 12))),
                period=period.value,
                tax_included=dice.random() < 0.5,
                tax_rate=str(Decimal(dice.randrange(0, 10_001)) / 100),
                first=date(2000, 1, 1) + timedelta(days=number),
                last=date(2000, 1, 1) + timedelta(days=number),
            )
        for tariff in ctx.session.scalars(select(Tariff)):
            expected = comparable(tariff.price, tariff.period, tariff.tax_rate, tax_included=tariff.tax_included)
            assert tariff.monthly == expected, vars(tariff)


@pytest.mark.parametrize(
    "asked",
    [
        [[7]],
        [[30], [80]],
        [[50, 40, 90]],
        [[50], [40], [90]],
        [[4, 4, 1, 2], [3], [5, 6]],
        [[10, 20], [30, 40, 55], [20], []],
        [[100], [110, 1], [90, 1]],
        [[100, 100, 100, 100, 100, 100], [1], [300, 900]],
    ],
)
def test_the_database_and_the_rules_find_the_same_median(at, asked):
    for username, prices in zip(("viettel", "vnpt", "dienluc"), asked, strict=False):
        with at(username) as ctx:
            publish_in_communes(ctx, prices)
    with at("viettel") as ctx:
        publish(ctx, 1_000_000, period="once")
        row = ctx.session.execute(tariffs_query(ctx, TariffFilter(TODAY, unit=TariffUnit.POSITION), TODAY)).first()
        limits = limits_of(setting(ctx.session, OUTLIER, TODAY))
        assert figures_from_row(row) == figures_of([[Decimal(amount) for amount in prices] for prices in asked], limits)


def publish_in_communes(ctx, prices, without=None):
    """Each price in a commune of its own."""
    communes = ctx.session.scalars(
        select(AdminUnit.id)
        .where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to.is_(None), AdminUnit.id != (without or 0))
        .order_by(AdminUnit.id)
    )
    for amount, commune in zip(prices, communes, strict=False):
        publish(ctx, amount, commune=commune)


def test_prices_of_an_owner_and_of_its_heir_count_as_those_of_one(at):
    for username, price_asked in (("viettel", 100), ("vnpt", 120), ("dienluc", 140)):
        with at(username) as ctx:
            publish(ctx, price_asked)
    with at("vnpt", read_only=True) as ctx:
        (row,) = ctx.session.execute(select(comparison_figures(TODAY)))
        assert (row.owners, row.median) == (3, 120)
    with at("viettel") as ctx:
        ctx.session.execute(
            text(
                "INSERT INTO organisation_succession (predecessor_id, successor_id, effective_on, legal_basis)"
                " VALUES (:old, :new, '2026-09-01', 'thử')"
            ),
            {"old": organisation_id(ctx.session, "viettel"), "new": organisation_id(ctx.session, "vnpt")},
        )
        record(ctx, "organisation.succeed", "organisation", None)
    with at("vnpt", read_only=True) as ctx:
        assert ctx.session.execute(select(comparison_figures(TODAY))).all() == []


def test_a_price_of_a_unit_that_fits_no_such_structure_is_neither_shown_there_nor_counted(at):
    with at("viettel") as ctx:
        structure = make(ctx)
        tariff = Tariff(
            organisation_id=ctx.actor.organisation_id,
            kind="antenna_tower",
            **vars(price(100, unit="bore")),
            valid_from=date(2026, 1, 1),
            legal_basis=BASIS,
            published_at=ctx.now,
        )
        ctx.session.add(tariff)
        ctx.session.flush()
        with pytest.raises(Invalid) as refused:
            replace(ctx, tariff.id, 120, TODAY, unit="bore")
        assert refused.value.fields["unit"][0].startswith("Đơn vị tính “ống” không dùng cho “Cột ăng ten”")
        structure_id = structure.id
        record(ctx, "tariff.publish", "tariff", None)
    assert applying(at, "viettel", structure_id) is None


def test_the_areas_of_units_are_those_of_inspectors(at):
    with at("viettel") as ctx:
        levels = (UnitLevel.PROVINCE, UnitLevel.DISTRICT, UnitLevel.COMMUNE)
        for number, level in enumerate(levels):
            unit = ctx.session.scalars(select(AdminUnit).where(AdminUnit.level == level).limit(1)).one()
            ctx.session.add(
                Tariff(
                    organisation_id=ctx.actor.organisation_id,
                    kind="manhole",
                    **vars(price(1 + number)),
                    admin_unit_id=unit.id,
                    valid_from=TODAY,
                    legal_basis=BASIS,
                    published_at=ctx.now,
                )
            )
        ctx.session.flush()
        record(ctx, "tariff.publish", "tariff", None)
        pairs = covered_units()
        units_by_area = {}
        for root, unit_id in ctx.session.execute(select(pairs.c.root, pairs.c.id)):
            units_by_area.setdefault(root, set()).add(unit_id)
        assert len(units_by_area) == 3
        assert units_by_area == {root: set(area_unit_ids(ctx.session, [root])) for root in units_by_area}


# --- who sees what


def test_every_owner_and_the_lead_department_see_all_prices(at):
    for username in ("viettel", "vnpt"):
        with at(username) as ctx:
            publish(ctx, 1)
    assert all(len(amounts(at, username)) == 2 for username in ("viettel", "vnpt", "dienluc", "so.khcn"))
    for username in ("so.xaydung", "ubnd.xa", "kiemtra1", "quansu", "nguoidan", "quantri", None):
        assert amounts(at, username) == []


def test_the_finance_department_sees_prices_of_owners_with_public_assets_of_the_kind(at):
    with at("viettel") as ctx:
        make(ctx, is_public_asset="true")
        make(ctx, kind="cable_pole")
        publish(ctx, 1)
        publish(ctx, 2, kind="cable_pole")
    with at("vnpt") as ctx:
        make(ctx, owner="vnpt", is_public_asset="true", sharing_status="restricted")
        publish(ctx, 3)
    assert amounts(at, "so.taichinh") == [1]


def test_nobody_else_learns_of_a_restricted_structure_by_its_price(at):
    with at("viettel") as ctx:
        code = make(ctx, sharing_status="restricted").code
        tariff_id = publish(ctx, 1, code=code).id
        publish(ctx, 8)
    for username in ("vnpt", "dienluc"):
        with at(username) as ctx:
            publish(ctx, 8)
    assert set(amounts(at, "vnpt")) == {8}
    assert set(amounts(at, "viettel")) == {1, 8}
    assert set(amounts(at, "so.khcn")) == {1, 8}
    with at("vnpt", read_only=True) as ctx:
        with pytest.raises(NotFound):
            get_tariff(ctx, tariff_id)
        row = ctx.session.execute(tariffs_query(ctx, TariffFilter(TODAY), TODAY)).first()
        figures = figures_from_row(row)
        assert (figures.count, figures.lowest, figures.left_out) == (3, 8, 0)


def test_the_code_of_an_unpublished_structure_is_told_to_who_sees_it(at):
    with at("viettel") as ctx:
        code = make(ctx).code
        publish(ctx, 1, code=code)
    codes_by_user = {}
    for username in ("viettel", "vnpt", "so.khcn"):
        with at(username, read_only=True) as ctx:
            codes_by_user[username] = (
                ctx.session.execute(tariffs_query(ctx, TariffFilter(TODAY), TODAY)).one().structure_code
            )
    assert codes_by_user == {"viettel": code, "vnpt": None, "so.khcn": code}


# --- which applies


def test_the_closest_place_counts(at):
    with at("viettel") as ctx:
        structure = make(ctx, sharing_status="available")
        other = make(ctx, at=place_elsewhere(ctx, structure), sharing_status="available")
        publish(ctx, 100)
        publish(ctx, 200, commune=structure.commune_id)
        publish(ctx, 300, code=structure.code, first=date(2026, 6, 1))
        ids = structure.id, other.id
    assert applying(at, "vnpt", ids[0]) == 300
    assert applying(at, "vnpt", ids[0], date(2026, 5, 31)) == 200
    assert applying(at, "vnpt", ids[0], date(2025, 12, 31)) is None
    assert applying(at, "vnpt", ids[1]) == 100


def place_elsewhere(ctx, structure):
    other = ctx.session.scalars(
        select(AdminUnit.id).where(
            AdminUnit.level == UnitLevel.COMMUNE,
            AdminUnit.valid_to.is_(None),
            AdminUnit.id != structure.commune_id,
            AdminUnit.geom.is_not(None),
        )
    ).all()
    return place_inside(ctx.session, other)


def test_a_price_of_a_former_unit_applies_to_what_stands_in_its_successor(at):
    with at("viettel") as ctx:
        structure = make(ctx)
        former = ctx.session.scalar(
            text("SELECT predecessor_id FROM admin_succession WHERE successor_id = :id LIMIT 1"),
            {"id": structure.commune_id},
        )
        assert former is not None
        tariff = Tariff(
            organisation_id=ctx.actor.organisation_id,
            kind="antenna_tower",
            **vars(price(150)),
            admin_unit_id=former,
            valid_from=date(2024, 1, 1),
            legal_basis=BASIS,
            published_at=ctx.now,
        )
        ctx.session.add(tariff)
        record(ctx, "tariff.publish", "tariff", None)
        structure_id = structure.id
    assert applying(at, "viettel", structure_id) == 150


def test_a_rent_comes_before_a_one_off_charge_and_each_unit_has_its_own(at):
    with at("viettel") as ctx:
        structure = make(ctx, kind="cable_pole")
        publish(ctx, 900, code=structure.code, kind="cable_pole", period="once")
        publish(ctx, 30, kind="cable_pole", unit="metre")
        publish(ctx, 100, kind="cable_pole")
        structure_id = structure.id
    with at("viettel", read_only=True) as ctx:
        tariffs = tariffs_for(ctx, [structure_id], TODAY)[structure_id]
        assert [(tariff.price.price, tariff.monthly is None) for tariff in tariffs] == [
            (100, False),
            (30, False),
            (900, True),
        ]
        assert tariff_for(ctx, [structure_id], TODAY)[structure_id].price.price == 100


def test_prices_of_other_owners_and_kinds_do_not_apply(at):
    with at("vnpt") as ctx:
        publish(ctx, 500)
    with at("viettel") as ctx:
        publish(ctx, 400, kind="cable_pole")
        structure_id = make(ctx).id
    assert applying(at, "viettel", structure_id) is None


def test_only_structures_that_are_seen_exactly_have_a_price(at):
    with at("viettel") as ctx:
        structure_id = make(ctx).id
        publish(ctx, 100)
    assert applying(at, "viettel", structure_id) == 100
    assert applying(at, "vnpt", structure_id) is None
    assert applying(at, None, structure_id) is None


def test_the_price_of_a_successor_applies_to_what_it_took_over(at):
    with at("viettel") as ctx:
        structure_id = make(ctx, sharing_status="available").id
    with at("quantri") as ctx:
        ctx.session.execute(
            text(
                "INSERT INTO organisation_succession (predecessor_id, successor_id, effective_on, legal_basis)"
                " VALUES (:old, :new, '2026-10-01', 'thử')"
            ),
            {"old": organisation_id(ctx.session, "viettel"), "new": organisation_id(ctx.session, "vnpt")},
        )
        record(ctx, "organisation.succeed", "organisation", None)
    with at("vnpt") as ctx:
        publish(ctx, 120)
    assert applying(at, "dienluc", structure_id) == 120
    assert applying(at, "dienluc", structure_id, date(2026, 9, 30)) is None


def test_a_price_out_of_line_is_marked_where_enough_like_ones_are(at):
    with at("viettel") as ctx:
        structure = make(ctx)
        publish_in_communes(ctx, [100, 100], without=structure.commune_id)
        publish(ctx, 500, code=structure.code)
        structure_id = structure.id
    with at("vnpt") as ctx:
        publish(ctx, 100)
    with at("viettel", read_only=True) as ctx:
        assert not tariff_for(ctx, [structure_id], TODAY)[structure_id].unusual
    with at("dienluc") as ctx:
        publish(ctx, 100)
    with at("viettel", read_only=True) as ctx:
        tariff = tariff_for(ctx, [structure_id], TODAY)[structure_id]
        assert (tariff.unusual, tariff.figures.count, tariff.figures.owners) == (True, 4, 3)
        assert tariff.figures.median == 100


# --- paging


def test_pages_follow_each_other_without_gap_or_repetition(at):
    view = changed(TARIFFS, size=3)
    with at("viettel") as ctx:
        commune = ctx.session.scalar(
            select(AdminUnit.id).where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to.is_(None)).limit(1)
        )
        for number, kind in enumerate(("cable_pole", "antenna_tower", "manhole", "cable_duct")):
            publish(ctx, 100 + number, kind=kind)
            commune_of_price = None if kind != "antenna_tower" else commune
            publish(ctx, 50, kind=kind, unit="position" if commune_of_price else "metre", commune=commune_of_price)
            publish(ctx, 900, kind=kind, period="once")
    with at("vnpt", read_only=True) as ctx:
        filter_values, pages, cursor = {"on": TODAY}, [], None
        while True:
            last = read_page(ctx, view, filter_values, cursor)
            pages.append([row.Tariff.id for row in last.rows])
            cursor = last.next
            if cursor is None:
                break
        whole = [row.Tariff.id for row in ctx.session.execute(tariffs_query(ctx, TariffFilter(TODAY), TODAY))]
        assert [each for page in pages for each in page] == whole
        assert (len(pages), last.total) == (4, 12)
        back = read_page(ctx, view, filter_values, last.previous)
        assert [row.Tariff.id for row in back.rows] == pages[2]
