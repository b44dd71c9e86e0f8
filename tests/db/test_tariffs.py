"""Prices in the database: what stands for good, what overlaps nothing, which applies where, who is told, who sees what."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from registry.audit.chain import record
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.kernel.errors import Conflict, Forbidden, Invalid, NotFound, SignInRequired
from registry.notices.models import Notice
from registry.notices.readers import read
from registry.tariffs.models import Tariff, TariffPeriod, TariffUnit
from registry.tariffs.queries import (
    TariffFilter,
    figures_in,
    get_tariff,
    history_of,
    list_tariffs,
    tariff_for,
    tariffs_for,
    tariffs_query,
)
from registry.tariffs.rules import comparable, figures_of
from registry.tariffs.selectables import covered
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import area_unit_ids
from tests.factories.structures import make, organisation_id, place_inside
from tests.factories.tariffs import BASIS, end, price, publish, replace

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
TODAY = date(2026, 11, 25)
OWNERS = ("viettel", "vnpt", "dienluc")


@pytest.fixture
def at(ctx_of):
    """A function: user name -> a writing context of the day of these tests."""
    return lambda username, now=NOW, **more: ctx_of(username, now=now, **more)


def amounts(at, username, **chosen):
    with at(username, read_only=True) as ctx:
        rows = list_tariffs(ctx, TariffFilter(**({"on": TODAY} | chosen)), TODAY, None).rows
        return [row.Tariff.price for row in rows]


def applying(at, username, structure_id, on=TODAY):
    with at(username, read_only=True) as ctx:
        found = tariff_for(ctx, [structure_id], on).get(structure_id)
        return found and found.price.price


# --- one comparable figure


def test_the_database_and_the_rules_compare_alike(at):
    dice = Random(7)
    with at("viettel") as ctx:
        for number in range(60):
            period = dice.choice(list(TariffPeriod))
            publish(
                ctx,
                Decimal(dice.randrange(1, 10 ** dice.randrange(2, 14))) / 100,
                period=period.value,
                tax_included=dice.random() < 0.5,
                tax_rate=str(Decimal(dice.randrange(0, 10_001)) / 100),
                first=date(2000, 1, 1) + timedelta(days=number),
                last=date(2000, 1, 1) + timedelta(days=number),
            )
        for tariff in ctx.session.scalars(select(Tariff)):
            expected = comparable(tariff.price, tariff.period, tariff.tax_rate, tax_included=tariff.tax_included)
            assert tariff.monthly == expected, vars(tariff)


@pytest.mark.parametrize("asked", [[7], [3, 8], [5, 1, 9], [4, 4, 1, 2], [10, 20, 30, 40, 55]])
def test_the_database_and_the_rules_find_the_same_median(at, asked):
    with at("viettel") as ctx:
        communes = ctx.session.scalars(
            select(AdminUnit).where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to.is_(None))
        ).all()
        for amount, commune in zip(asked, communes, strict=False):
            publish(ctx, amount, place=commune.id)
        publish(ctx, 1_000_000, period="once")
        publish(ctx, 999, unit="metre")
        row = ctx.session.execute(tariffs_query(ctx, TariffFilter(TODAY, unit=TariffUnit.POSITION), TODAY)).first()
        assert figures_in(row) == figures_of([Decimal(amount) for amount in asked])


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
        pairs = covered()
        found = {}
        for root, unit_id in ctx.session.execute(select(pairs.c.root, pairs.c.id)):
            found.setdefault(root, set()).add(unit_id)
        assert len(found) == 3
        assert found == {root: set(area_unit_ids(ctx.session, [root])) for root in found}


# --- what was published stays


def test_a_change_is_a_new_row_that_ends_the_former(at):
    with at("viettel") as ctx:
        former = publish(ctx, 200_000)
        later = replace(ctx, former.id, 250_000, date(2027, 1, 1))
        assert (former.valid_to, former.price, later.valid_to) == (date(2026, 12, 31), 200_000, None)
        rows = history_of(ctx, later)
        assert [row.Tariff.price for row in rows] == [250_000, 200_000]


def test_replaced_on_the_day_itself_it_said_nothing_of_that_day(at):
    with at("viettel") as ctx:
        former = publish(ctx, 200_000, first=TODAY)
        replace(ctx, former.id, 250_000, TODAY)
    assert amounts(at, "vnpt") == [250_000]
    assert amounts(at, "vnpt", on=TODAY - timedelta(days=1)) == []


def test_the_past_is_never_replaced(at):
    with at("viettel") as ctx:
        former = publish(ctx, 200_000)
        with pytest.raises(Invalid, match=r"Giá mới áp dụng từ 24/11/2026; cần từ 25/11/2026 trở đi"):
            replace(ctx, former.id, 1, TODAY - timedelta(days=1))


def test_a_replacement_keeps_unit_and_manner(at):
    with at("viettel") as ctx:
        former = publish(ctx, 200_000)
        with pytest.raises(Invalid) as refused:
            replace(ctx, former.id, 1, TODAY, unit="metre", period="once")
        assert set(refused.value.fields) == {"unit", "period"}
        assert replace(ctx, former.id, 2_400_000, TODAY, period="year").monthly == 200_000


@pytest.mark.parametrize(
    "change",
    [
        "price = 1",
        "tax_rate = 5",
        "valid_from = valid_from + 1",
        "legal_basis = 'khác'",
        "valid_to = '2026-11-20'",
        "organisation_id = organisation_id + 1",
    ],
)
def test_the_database_refuses_to_rewrite_what_was_published(at, change):
    with at("viettel") as ctx:
        tariff = publish(ctx, 200_000)
        with pytest.raises(IntegrityError, match="tariff"), ctx.session.begin_nested():
            ctx.session.execute(text(f"UPDATE tariff SET {change} WHERE id = :id"), {"id": tariff.id})


def test_the_database_does_not_open_again_what_is_over(at):
    with at("viettel") as ctx:
        tariff = publish(ctx, 200_000, last=date(2026, 6, 30))
        with pytest.raises(IntegrityError, match="cannot change"), ctx.session.begin_nested():
            ctx.session.execute(text("UPDATE tariff SET valid_to = NULL WHERE id = :id"), {"id": tariff.id})


def test_the_application_may_not_delete_a_price(at):
    with at("viettel") as ctx:
        publish(ctx, 200_000)
        with pytest.raises(Exception, match="permission denied"), ctx.session.begin_nested():
            ctx.session.execute(text("DELETE FROM tariff"))


# --- end


def test_a_price_ends_on_a_day(at):
    with at("viettel") as ctx:
        tariff = publish(ctx, 200_000)
        assert end(ctx, tariff.id, TODAY).valid_to == TODAY
    assert len(amounts(at, "vnpt")) == 1
    assert amounts(at, "vnpt", on=TODAY + timedelta(days=1)) == []


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), date(2025, 12, 31)])
def test_it_does_not_end_in_the_past(at, day):
    with at("viettel") as ctx:
        tariff = publish(ctx, 200_000)
        with pytest.raises(Invalid, match=r"cần từ 25/11/2026 trở đi"):
            end(ctx, tariff.id, day)


def test_a_term_is_shortened_but_not_stretched(at):
    with at("viettel") as ctx:
        tariff = publish(ctx, 200_000, last=date(2026, 12, 31))
        with pytest.raises(Invalid, match=r"cần từ 25/11/2026 đến 31/12/2026"):
            end(ctx, tariff.id, date(2027, 1, 1))
        assert end(ctx, tariff.id, date(2026, 12, 1)).valid_to == date(2026, 12, 1)


def test_what_has_not_begun_is_withdrawn_and_makes_room(at):
    first = date(2027, 1, 1)
    with at("viettel") as ctx:
        tariff = publish(ctx, 200_000, first=first)
        end(ctx, tariff.id, date(2026, 12, 31))
        publish(ctx, 210_000, first=first)
    assert amounts(at, "vnpt", on=first) == [210_000]


def test_what_is_over_is_neither_ended_nor_replaced(at):
    with at("viettel") as ctx:
        tariff = publish(ctx, 200_000, last=date(2026, 6, 30))
        for act in (lambda: end(ctx, tariff.id, TODAY), lambda: replace(ctx, tariff.id, 1, TODAY)):
            with pytest.raises(Conflict, match=r"đã kết thúc ngày 30/06/2026"):
                act()


def test_a_stale_page_changes_nothing(at):
    with at("viettel") as ctx:
        tariff = publish(ctx, 200_000)
        end(ctx, tariff.id, date(2026, 12, 31))
        with pytest.raises(Conflict, match="đã được sửa sau khi bạn mở trang"):
            replace(ctx, tariff.id, 1, TODAY, version=1)


# --- one price a day


def test_two_prices_for_one_thing_on_one_day_are_refused_in_words(at):
    with at("viettel") as ctx:
        publish(ctx, 200_000, last=date(2026, 12, 31))
        with pytest.raises(Invalid) as refused:
            publish(ctx, 300_000, first=date(2026, 12, 31))
        (sentence,) = refused.value.fields["valid_from"]
        assert sentence.startswith("Từ 01/01/2026 đến 31/12/2026 đã có giá 200.000")
        publish(ctx, 300_000, first=date(2027, 1, 1))


def test_the_database_refuses_what_two_publish_at_once(at):
    with at("viettel") as ctx:
        publish(ctx, 200_000)
        values = {
            "organisation_id": ctx.actor.organisation_id,
            "kind": "antenna_tower",
            "valid_from": date(2026, 6, 1),
            "legal_basis": BASIS,
            "published_at": ctx.now,
        }
        with pytest.raises(IntegrityError, match="ex_tariff_one_price_a_day"), ctx.session.begin_nested():
            ctx.session.add(Tariff(**values, **vars(price(1))))
            ctx.session.flush()


def test_other_owners_kinds_units_places_and_manners_stand_beside_it(at):
    with at("viettel") as ctx:
        made = make(ctx)
        code, commune = made.code, made.commune_id
        publish(ctx, 1)
        publish(ctx, 2, kind="cable_pole")
        publish(ctx, 3, unit="metre")
        publish(ctx, 4, period="once")
        publish(ctx, 5, place=commune)
        publish(ctx, 6, code=code)
    with at("vnpt") as ctx:
        publish(ctx, 7)
    assert len(amounts(at, "vnpt")) == 7


# --- refusals


def test_what_is_wrong_is_said_at_its_field(at):
    with at("vnpt") as ctx:
        foreign = make(ctx, owner="vnpt").code
    with at("viettel") as ctx:
        mine = make(ctx).code
        old = ctx.session.scalars(select(AdminUnit.id).where(AdminUnit.level == UnitLevel.DISTRICT).limit(1)).one()
        cases = (
            ("kind", {"kind": "cable_route"}),
            ("kind", {"kind": "nha"}),
            ("structure", {"code": foreign}),
            ("structure", {"code": "\x00"}),
            ("structure", {"code": mine, "kind": "cable_pole"}),
            ("structure", {"code": mine, "place": old}),
            ("admin_unit", {"place": old}),
            ("admin_unit", {"place": -1}),
            ("valid_to", {"last": date(2025, 1, 1)}),
            ("tax_rate", {"tax_rate": "101"}),
        )
        for field, given in cases:
            with pytest.raises(Invalid) as refused:
                publish(ctx, 1000, **given)
            assert field in refused.value.fields, given


@pytest.mark.parametrize("username", ["so.khcn", "so.taichinh", "ubnd.xa", "quantri"])
def test_only_owners_publish(at, username):
    with pytest.raises(Forbidden), at(username) as ctx:
        publish(ctx, 1)


def test_the_public_neither_publishes_nor_reads(at):
    with at("viettel") as ctx:
        tariff_id = publish(ctx, 1).id
    with pytest.raises(SignInRequired), at(None) as ctx:
        publish(ctx, 1)
    with at(None, read_only=True) as ctx, pytest.raises(NotFound):
        get_tariff(ctx, tariff_id)


def test_nobody_changes_the_prices_of_others(at):
    with at("viettel") as ctx:
        tariff_id = publish(ctx, 1).id
    for act in (lambda ctx: replace(ctx, tariff_id, 2, TODAY), lambda ctx: end(ctx, tariff_id, TODAY)):
        with pytest.raises(Forbidden), at("vnpt") as ctx:
            act(ctx)


# --- who sees what


def test_every_owner_and_the_lead_department_see_all_prices(at):
    for username in ("viettel", "vnpt"):
        with at(username) as ctx:
            publish(ctx, 1)
    assert all(len(amounts(at, username)) == 2 for username in (*OWNERS, "so.khcn"))
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
    assert amounts(at, "vnpt") == [8]
    assert set(amounts(at, "viettel")) == {1, 8}
    assert set(amounts(at, "so.khcn")) == {1, 8}
    with at("vnpt", read_only=True) as ctx:
        with pytest.raises(NotFound):
            get_tariff(ctx, tariff_id)
        row = ctx.session.execute(tariffs_query(ctx, TariffFilter(TODAY), TODAY)).one()
        assert figures_in(row).count == 1


def test_the_code_of_an_unpublished_structure_is_told_to_who_sees_it(at):
    with at("viettel") as ctx:
        code = make(ctx).code
        publish(ctx, 1, code=code)
    seen = {}
    for username in ("viettel", "vnpt", "so.khcn"):
        with at(username, read_only=True) as ctx:
            seen[username] = ctx.session.execute(tariffs_query(ctx, TariffFilter(TODAY), TODAY)).one().structure_code
    assert seen == {"viettel": code, "vnpt": None, "so.khcn": code}


# --- which applies


def test_the_closest_place_counts(at):
    with at("viettel") as ctx:
        made = make(ctx, sharing_status="available")
        other = make(ctx, at=place_elsewhere(ctx, made), sharing_status="available")
        publish(ctx, 100)
        publish(ctx, 200, place=made.commune_id)
        publish(ctx, 300, code=made.code, first=date(2026, 6, 1))
        ids = made.id, other.id
    assert applying(at, "vnpt", ids[0]) == 300
    assert applying(at, "vnpt", ids[0], date(2026, 5, 31)) == 200
    assert applying(at, "vnpt", ids[0], date(2025, 12, 31)) is None
    assert applying(at, "vnpt", ids[1]) == 100


def place_elsewhere(ctx, made):
    other = ctx.session.scalars(
        select(AdminUnit.id).where(
            AdminUnit.level == UnitLevel.COMMUNE,
            AdminUnit.valid_to.is_(None),
            AdminUnit.id != made.commune_id,
            AdminUnit.geom.is_not(None),
        )
    ).all()
    return place_inside(ctx.session, other)


def test_a_price_of_a_former_unit_applies_to_what_stands_in_its_successor(at):
    with at("viettel") as ctx:
        made = make(ctx)
        former = ctx.session.scalar(
            text("SELECT predecessor_id FROM admin_succession WHERE successor_id = :id LIMIT 1"),
            {"id": made.commune_id},
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
        structure_id = made.id
    assert applying(at, "viettel", structure_id) == 150


def test_a_rent_comes_before_a_one_off_charge_and_each_unit_has_its_own(at):
    with at("viettel") as ctx:
        made = make(ctx)
        publish(ctx, 900, code=made.code, period="once")
        publish(ctx, 30, unit="metre")
        publish(ctx, 100)
        structure_id = made.id
    with at("viettel", read_only=True) as ctx:
        found = tariffs_for(ctx, [structure_id], TODAY)[structure_id]
        assert [(one.price.price, one.monthly is None) for one in found] == [(100, False), (30, False), (900, True)]
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
        made = make(ctx)
        communes = ctx.session.scalars(
            select(AdminUnit.id)
            .where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to.is_(None))
            .where(AdminUnit.id != made.commune_id)
            .limit(4)
        ).all()
        for commune in communes[:3]:
            publish(ctx, 100, place=commune)
        publish(ctx, 500, code=made.code)
        structure_id = made.id
    with at("viettel", read_only=True) as ctx:
        assert not tariff_for(ctx, [structure_id], TODAY)[structure_id].unusual
    with at("viettel") as ctx:
        publish(ctx, 100, place=communes[3])
    with at("viettel", read_only=True) as ctx:
        found = tariff_for(ctx, [structure_id], TODAY)[structure_id]
        assert (found.unusual, found.figures.count, found.figures.median) == (True, 5, 100)


# --- who is told


@pytest.fixture
def tenant(at):
    """Two towers of Viettel, VNPT on the first; their ids and codes."""
    with at("viettel") as ctx:
        one, other = make(ctx), make(ctx)
        for made in (one, other):
            set_place(ctx, SetPlace(made.code, "Sàn 1", PlaceUnit.POSITION, 5))
        add_entry(ctx, AddEntry(one.code, "Sàn 1", 1, "vnpt"))
        return one, other


def notices(at):
    with at("vnpt", read_only=True) as ctx:
        query = select(Notice).where(Notice.subject_kind == "tariff").order_by(Notice.id)
        return [(each.event, each.organisation_ids, read(each)) for each in ctx.session.scalars(query)]


def test_tenants_are_told_of_a_change_with_the_old_and_the_new_price(app, at, tenant):
    with at("viettel") as ctx:
        tariff_id = publish(ctx, 200_000).id
        replaced = replace(ctx, tariff_id, 8_000_000, date(2027, 1, 1), period="year").id
        vnpt = organisation_id(ctx.session, "vnpt")
    with app.test_request_context():
        (first, told, _reading), (second, told_again, reading) = notices(at)
    assert (first, second) == ("published", "replaced")
    assert told == told_again == [vnpt]
    assert "đổi giá thuê" in reading.sentence
    assert "01/01/2027" in reading.sentence
    assert "200" not in reading.sentence.replace("2027", "")
    assert reading.title.startswith("Giá mới: 8.000.000")
    assert "giá cũ: 200.000" in reading.title
    assert (reading.endpoint, reading.arguments) == ("tariffs.detail", {"tariff_id": replaced})


def test_tenants_are_told_of_an_end_and_of_a_withdrawal(app, at, tenant):
    with at("viettel") as ctx:
        end(ctx, publish(ctx, 200_000, last=date(2026, 12, 30)).id, date(2026, 12, 1))
        end(ctx, publish(ctx, 1, first=date(2027, 1, 1)).id, date(2026, 12, 31))
    with app.test_request_context():
        told = notices(at)
    assert [event for event, *_rest in told] == ["published", "ended", "published", "withdrawn"]
    assert "đến hết 01/12/2026" in told[1][2].sentence
    assert "rút giá thuê" in told[3][2].sentence


def test_nobody_is_told_of_prices_for_what_they_do_not_use(at, tenant):
    _one, other = tenant
    with at("viettel") as ctx:
        publish(ctx, 1, code=other.code)
        publish(ctx, 2, kind="cable_pole")
        elsewhere = ctx.session.scalars(
            select(AdminUnit.id).where(
                AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to.is_(None), AdminUnit.id != other.commune_id
            )
        ).first()
        publish(ctx, 3, place=elsewhere)
    assert notices(at) == []


@pytest.mark.parametrize(("expires", "told"), [(NOW + timedelta(days=1), 1), (NOW - timedelta(days=1), 0)])
def test_who_holds_a_reservation_is_told_while_it_runs(at, tenant, expires, told):
    _one, other = tenant
    with at("viettel") as ctx:
        place = ctx.session.scalars(select(CapacityPlace).where(CapacityPlace.structure_id == other.id)).one()
        ctx.session.add(
            CapacityEntry(
                organisation_id=place.organisation_id,
                place_id=place.id,
                state=EntryState.RESERVED,
                quantity=1,
                holder_id=organisation_id(ctx.session, "vnpt"),
                expires_at=expires,
            )
        )
        ctx.session.flush()
        publish(ctx, 1, code=other.code)
    with at("vnpt", read_only=True) as ctx:
        assert ctx.session.scalar(text("SELECT count(*) FROM notice WHERE subject_kind = 'tariff'")) == told


def test_a_change_leaves_one_event_on_behalf_of_its_owner(at):
    with at("viettel") as ctx:
        replace(ctx, publish(ctx, 200_000).id, 1, TODAY)
        owner = ctx.actor.organisation_id
    with at("quantri", read_only=True) as ctx:
        query = text("SELECT action, on_behalf_of_id FROM audit_event ORDER BY number DESC LIMIT 1")
        assert tuple(ctx.session.execute(query).one()) == ("tariff.publish", owner)
        kept = text("SELECT count(*) FROM tariff_history")
        assert ctx.session.scalar(kept) >= 2


# --- paging


def test_pages_follow_each_other_without_gap_or_repetition(at, monkeypatch):
    monkeypatch.setattr("registry.tariffs.queries.PAGE_SIZE", 3)
    with at("viettel") as ctx:
        for number, kind in enumerate(("cable_pole", "antenna_tower", "manhole", "cable_duct")):
            publish(ctx, 100 + number, kind=kind)
            publish(ctx, 50, kind=kind, unit="metre")
            publish(ctx, 900, kind=kind, period="once")
    with at("vnpt", read_only=True) as ctx:
        chosen, pages, cursor = TariffFilter(TODAY), [], None
        while True:
            page = list_tariffs(ctx, chosen, TODAY, cursor)
            pages.append([row.Tariff.id for row in page.rows])
            cursor = page.next
            if cursor is None:
                break
        whole = [row.Tariff.id for row in ctx.session.execute(tariffs_query(ctx, chosen, TODAY))]
        assert sum(pages, []) == whole
        assert (len(pages), page.total) == (4, 12)
        back = list_tariffs(ctx, chosen, TODAY, page.previous)
        assert [row.Tariff.id for row in back.rows] == pages[2]
