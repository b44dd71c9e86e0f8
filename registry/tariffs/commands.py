"""What the writes of tariffs need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.tariffs.rules import Price


@dataclass(frozen=True)
class PublishTariff:
    """A new price of the actor's organisation: for the whole province, one unit of it, or one structure by its code."""

    kind: str
    price: Price
    valid_from: date
    valid_to: date | None
    legal_basis: str
    note: str | None = None
    admin_unit_id: int | None = None
    structure_code: str | None = None


@dataclass(frozen=True)
class ReplaceTariff:
    """Another price from a day on for what a tariff was for; `version` is the one that was read.

    The unit of `price` is that of the tariff, and a rent stays a rent, a one-off charge a one-off charge.
    """

    tariff_id: int
    version: int
    price: Price
    valid_from: date
    valid_to: date | None
    legal_basis: str
    note: str | None = None


@dataclass(frozen=True)
class EndTariff:
    """A last day for a tariff; the day before its first one withdraws it before it applied."""

    tariff_id: int
    version: int
    last_on: date
