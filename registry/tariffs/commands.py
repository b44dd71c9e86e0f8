"""Commands that write tariffs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.tariffs.rules import Price


@dataclass(frozen=True)
class PublishTariff:
    """A new price of the actor's organisation: for the province, one commune, or one structure by its code."""

    kind: str
    price: Price
    #: Values of TERMS.
    terms: Mapping[str, Any]
    admin_unit_id: int | None = None
    structure_code: str | None = None


@dataclass(frozen=True)
class ReplaceTariff:
    """A new price for the same subject from a day on; `version` is the one that was read.

    The unit of `price` must be that of the tariff; a rent stays a rent, a one-off charge a one-off charge.
    """

    tariff_id: int
    version: int
    price: Price
    #: Values of TERMS.
    terms: Mapping[str, Any]


@dataclass(frozen=True)
class EndTariff:
    """The last day of a tariff; the day before its first day withdraws it."""

    tariff_id: int
    version: int
    last_on: date
