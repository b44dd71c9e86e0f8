"""Prices published by the service as owners do it."""

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal

from registry.tariffs.commands import EndTariff, PublishTariff, ReplaceTariff
from registry.tariffs.models import TariffPeriod, TariffUnit
from registry.tariffs.queries import TariffFilter, tariff_for, tariffs_query
from registry.tariffs.rules import Price
from registry.tariffs.service import end_tariff, publish_tariff, replace_tariff

BASIS = "Quyết định 12/QĐ-GIA"

#: A day of these tests, in the morning.
NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
TODAY = date(2026, 11, 25)


def amounts(at, username, **filter_fields):
    """The amounts that a reader is shown, in the order of the list."""
    with at(username, read_only=True) as ctx:
        rows = ctx.session.execute(tariffs_query(ctx, TariffFilter(**({"on": TODAY} | filter_fields)), TODAY))
        return [row.Tariff.price for row in rows]


def applying(at, username, structure_id, on=TODAY):
    """The amount that applies to a structure, as a reader is told; None for none."""
    with at(username, read_only=True) as ctx:
        tariff = tariff_for(ctx, [structure_id], on).get(structure_id)
        return tariff and tariff.price.price


def price(amount, *, unit="position", period="month", tax_included=False, tax_rate="10"):
    """A price in đồng, without its tax of 10 % unless said otherwise."""
    return Price(Decimal(str(amount)), TariffUnit(unit), TariffPeriod(period), tax_included, Decimal(tax_rate))


def terms(first, last=None):
    """The days of a price, and its basis."""
    return {"valid_from": first, "valid_to": last, "legal_basis": BASIS, "note": None}


def publish(
    ctx, amount, *, kind="antenna_tower", first=date(2026, 1, 1), last=None, commune=None, code=None, **of_price
):
    """Publish a price of the actor's organisation, on its first day if that has passed."""
    command = PublishTariff(kind, price(amount, **of_price), terms(first, last), commune, code)
    moment = datetime.combine(first, NOW.timetz())
    return publish_tariff(dataclasses.replace(ctx, now=min(ctx.now, moment)), command)


def replace(ctx, tariff_id, amount, first, *, version=1, last=None, **of_price):
    """Another price from a day on."""
    return replace_tariff(ctx, ReplaceTariff(tariff_id, version, price(amount, **of_price), terms(first, last)))


def end(ctx, tariff_id, last, *, version=1):
    """A last day."""
    return end_tariff(ctx, EndTariff(tariff_id, version, last))
