"""Texts of notices about tariffs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from registry.kernel.i18n import _, format_date
from registry.notices.models import Notice
from registry.notices.texts import NoticeText
from registry.structures.kinds import KINDS
from registry.tariffs.models import TariffPeriod, TariffUnit
from registry.tariffs.rules import Price, format_price


def read_notice(notice: Notice) -> NoticeText:
    """Text and title of a notice; prices are in the title, for signed-in readers only."""
    facts = notice.params
    kind = KINDS[facts["kind"]].label if facts["kind"] in KINDS else facts["kind"]
    return NoticeText(
        _sentence(notice.event, facts, str(kind)), "tariffs.detail", {"tariff_id": notice.subject_id}, _title(facts)
    )


def _sentence(event: str, facts: Mapping[str, Any], kind: str) -> str:
    owner = facts["owner"]
    if event == "published":
        return _(
            "%(owner)s công bố giá thuê “%(kind)s” áp dụng từ %(day)s.", owner=owner, kind=kind, day=_begins(facts)
        )
    if event == "replaced":
        return _("%(owner)s đổi giá thuê “%(kind)s” từ %(day)s.", owner=owner, kind=kind, day=_begins(facts))
    if event == "withdrawn":
        return _("%(owner)s rút giá thuê “%(kind)s” chưa áp dụng.", owner=owner, kind=kind)
    if event == "kept":
        return _("%(owner)s tiếp tục áp dụng giá thuê “%(kind)s”.", owner=owner, kind=kind)
    day = format_date(date.fromisoformat(facts["old"]["to"]))
    return _("%(owner)s áp dụng giá thuê “%(kind)s” đến hết %(day)s.", owner=owner, kind=kind, day=day)


def _begins(facts: Mapping[str, Any]) -> str:
    return format_date(date.fromisoformat(facts["new"]["from"]))


def _title(facts: Mapping[str, Any]) -> str:
    old, new = facts["old"], facts["new"]
    if old and new:
        return _("Giá mới: %(new)s; giá cũ: %(old)s", new=_format_facts(new), old=_format_facts(old))
    return _format_facts(new or old)


def _format_facts(facts: Mapping[str, Any]) -> str:
    return format_price(
        Price(
            Decimal(facts["price"]),
            TariffUnit(facts["unit"]),
            TariffPeriod(facts["period"]),
            bool(facts["tax_included"]),
            Decimal(facts["tax_rate"]),
        )
    )
