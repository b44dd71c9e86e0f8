"""Changes of prices: which tenants are told of them, in what words, and what the log keeps."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.notices.models import Notice
from registry.notices.texts import notice_text
from registry.territory.models import AdminUnit, UnitLevel
from tests.factories.structures import make, organisation_id
from tests.factories.tariffs import NOW, TODAY, end, publish, replace


@pytest.fixture
def at(ctx_of):
    """A function: user name -> a context of the day of these tests."""
    return lambda username, now=NOW, **more: ctx_of(username, now=now, **more)


# --- who is told


@pytest.fixture
def tenant(at):
    """Two towers of Viettel, VNPT on the first; their ids and codes."""
    with at("viettel") as ctx:
        first, other = make(ctx), make(ctx)
        for structure in (first, other):
            set_place(ctx, SetPlace(structure.code, "Sàn 1", PlaceUnit.POSITION, 5))
        add_entry(ctx, AddEntry(first.code, "Sàn 1", 1, "vnpt"))
        return first, other


def notices(at):
    with at("vnpt", read_only=True) as ctx:
        query = select(Notice).where(Notice.subject_kind == "tariff").order_by(Notice.id)
        return [(each.event, each.organisation_ids, notice_text(each)) for each in ctx.session.scalars(query)]


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
        publish(ctx, 3, commune=elsewhere)
    assert notices(at) == []


@pytest.mark.parametrize(("expires", "told"), [(NOW + timedelta(days=1), 1), (NOW - timedelta(days=1), 0)])
def test_who_holds_a_reservation_is_told_while_it_runs(at, tenant, expires, told):
    _one, other = tenant
    with at("viettel") as ctx:
        slot = ctx.session.scalars(select(CapacityPlace).where(CapacityPlace.structure_id == other.id)).one()
        ctx.session.add(
            CapacityEntry(
                organisation_id=slot.organisation_id,
                place_id=slot.id,
                state=EntryState.RESERVED,
                quantity=1,
                holder_id=organisation_id(ctx.session, "vnpt"),
                expires_at=expires,
            )
        )
        ctx.session.flush()
        publish(ctx, 1, code=other.code, first=TODAY)
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
