"""The filter of the list of tariffs as it stands in an address, both ways."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from registry.kernel.errors import Invalid
from registry.kernel.fields import ValueRefused, parse_day
from registry.kernel.i18n import _, format_date
from registry.structures.kinds import HOSTS
from registry.tariffs.models import TariffUnit
from registry.tariffs.queries import TariffFilter

Args = MultiDict[str, str]
_LARGEST_ID: Final = 2**63 - 1
_SHOWN: Final = 60


def read_filter(args: Args, today: date) -> TariffFilter:
    """The filter of an address, on a day (today unless given, also one to come); Invalid names what is wrong."""
    unit = _code(args, "unit", [member.value for member in TariffUnit])
    return TariffFilter(
        on=_day(args, today),
        kind=_code(args, "kind", list(HOSTS)),
        unit=TariffUnit(unit) if unit else None,
        owner_id=_whole(args, "owner"),
        unit_id=_whole(args, "place"),
    )


def as_arguments(chosen: TariffFilter, today: date) -> dict[str, Any]:
    """The arguments of the address of a filter; None where one says nothing."""
    return {
        "on": format_date(chosen.on) if chosen.on not in (None, today) else None,
        "kind": chosen.kind,
        "unit": chosen.unit.value if chosen.unit else None,
        "owner": chosen.owner_id,
        "place": chosen.unit_id,
    }


def _code(args: Args, name: str, known: list[str]) -> str | None:
    code = args.get(name, "")
    if code and code not in known:
        raise Invalid({name: _("Bộ lọc %(name)s không có giá trị «%(code)s».", name=name, code=code[:_SHOWN])})
    return code or None


def _day(args: Args, today: date) -> date:
    text = args.get("on", "").strip()
    try:
        return parse_day(text) if text else today
    except ValueRefused as refused:
        raise Invalid({"on": str(refused)}) from refused


def _whole(args: Args, name: str) -> int | None:
    text = args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > _LARGEST_ID:
        sentence = _("Bộ lọc %(name)s cần một số nguyên, không phải «%(text)s».", name=name, text=text[:_SHOWN])
        raise Invalid({name: sentence})
    return int(text)
