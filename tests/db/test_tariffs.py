"""Prices as they are written: what stands for good, what ends, what overlaps nothing, what is refused."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from registry.kernel.errors import Conflict, Forbidden, Invalid, NotFound, SignInRequired
from registry.tariffs.commands import PublishTariff
from registry.tariffs.models import Tariff
from registry.tariffs.queries import get_tariff, history_of
from registry.tariffs.service import publish_tariff
from registry.territory.models import AdminUnit, UnitLevel
from tests.factories.structures import make
from tests.factories.tariffs import BASIS, NOW, TODAY, amounts, end, price, publish, replace, terms


@pytest.fixture
def at(ctx_of):
    """A function: user name -> a context of the day of these tests."""
    return lambda username, now=NOW, **more: ctx_of(username, now=now, **more)


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
            ctx.session.execute(text(f"UPDATE tariff SET {change} WHERE id = :id"), {"id": tariff.id})  # noqa: S608


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
        with pytest.raises(Conflict, match="đã được sửa sau khi mở trang"):
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
        ctx.session.add(Tariff(**values, **vars(price(1))))
        with pytest.raises(IntegrityError, match="ex_tariff_one_price_a_day"):
            ctx.session.flush()
        ctx.session.rollback()


def test_other_owners_kinds_units_places_and_manners_stand_beside_it(at):
    with at("viettel") as ctx:
        structure = make(ctx)
        code, commune = structure.code, structure.commune_id
        publish(ctx, 1)
        publish(ctx, 2, kind="cable_pole")
        publish(ctx, 3, kind="cable_pole", unit="metre")
        publish(ctx, 4, period="once")
        publish(ctx, 5, commune=commune)
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
            ("structure", {"code": mine, "commune": old}),
            ("admin_unit", {"commune": old}),
            ("admin_unit", {"commune": -1}),
            ("valid_to", {"last": date(2025, 1, 1)}),
            ("tax_rate", {"tax_rate": "101"}),
            ("unit", {"unit": "bore"}),
        )
        for field, fields in cases:
            with pytest.raises(Invalid) as refused:
                publish(ctx, 1000, **fields)
            assert field in refused.value.fields, fields


def test_a_published_price_starts_today_or_later(at):
    yesterday = TODAY - timedelta(days=1)
    with at("viettel") as ctx:
        with pytest.raises(Invalid) as refused:
            publish_tariff(ctx, PublishTariff("antenna_tower", price(1_000_000), terms(yesterday), None, None))
        assert "24/11/2026, là ngày đã qua" in refused.value.fields["valid_from"][0]
        assert publish_tariff(ctx, PublishTariff("antenna_tower", price(1_000_000), terms(TODAY), None, None)).id


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
