"""What the list of requests can be narrowed to besides state and words: each figure of co-location opens it so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, select
from werkzeug.datastructures import MultiDict

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.colocation.codes import ItemDecision, RefusalGround
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.outcomes import Outcome, by_owner, filed_between, has_item, is_so
from registry.colocation.periods import check_order
from registry.kernel.db.base import Choice
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, format_date
from registry.structures.filtering.url import read_day
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.territory.queries import area_unit_ids

_DIGITS: Final = 18
_SHOWN: Final = 60
_ITEM_OUTCOMES: Final = {Outcome.ACCEPTED: ItemDecision.ACCEPTED, Outcome.REFUSED: ItemDecision.REJECTED}
Args = MultiDict[str, str]
C = TypeVar("C", bound=Choice)


@dataclass(frozen=True)
class RequestFilter:
    """Owner, area of a structure, days of sending, ground of a refusal, outcome.

    The area of a commune is the commune itself and what it was made of (`territory.queries.area_unit_ids`).
    """

    owner_id: int | None = None
    unit_id: int | None = None
    first: date | None = None
    last: date | None = None
    ground: RefusalGround | None = None
    outcome: Outcome | None = None

    @property
    def arguments(self) -> dict[str, str]:
        """What says it in an address."""
        given = {
            "owner": self.owner_id,
            "unit": self.unit_id,
            "from": self.first and self.first.isoformat(),
            "to": self.last and self.last.isoformat(),
            "ground": self.ground and self.ground.value,
            "outcome": self.outcome and self.outcome.value,
        }
        return {name: str(value) for name, value in given.items() if value is not None}


#: Argument -> field of the filter.
_FIELDS: Final[Mapping[str, str]] = {
    "owner": "owner_id",
    "unit": "unit_id",
    "from": "first",
    "to": "last",
    "ground": "ground",
    "outcome": "outcome",
}


def read_request_filter(ctx: Ctx, args: Args) -> RequestFilter:
    """The filter that an address names; Invalid for a value that there is not."""
    first, last = read_day(args, "from"), read_day(args, "to")
    check_order(first, last)
    unit_id = _number("unit", args)
    if unit_id is not None and not holds(ctx.actor, P.COLOCATION_SETTLE):
        raise Invalid({"unit": _("Chỉ Sở Khoa học và Công nghệ lọc đề nghị theo xã, phường của công trình.")})
    return RequestFilter(
        _number("owner", args),
        unit_id,
        first,
        last,
        _member("ground", RefusalGround, args),
        _member("outcome", Outcome, args),
    )


def request_clauses(ctx: Ctx, chosen: RequestFilter) -> list[ColumnElement[bool]]:
    """The WHERE of a filter. Conditions on items are met by one and the same item."""
    found: list[ColumnElement[bool]] = []
    if chosen.first is not None or chosen.last is not None:
        found += filed_between(chosen.first, chosen.last)
    if chosen.owner_id is not None:
        found.append(ColocationRequest.owner_organisation_id == chosen.owner_id)
    if chosen.outcome is not None and (clause := is_so(ctx, chosen.outcome)) is not None:
        found.append(clause)
    items: list[ColumnElement[bool]] = []
    if chosen.unit_id is not None:
        items.append(Structure.commune_id.in_(sorted(area_unit_ids(ctx.session, [chosen.unit_id]))))
    if chosen.outcome in _ITEM_OUTCOMES:
        items.append(by_owner(_ITEM_OUTCOMES[chosen.outcome]))
    if chosen.ground is not None:
        items += [by_owner(ItemDecision.REJECTED), ColocationItem.ground == chosen.ground]
    if items:
        found.append(has_item(items, (Structure, Structure.id == ColocationItem.structure_id)))
    return found


def words_of(ctx: Ctx, chosen: RequestFilter) -> list[tuple[str, str, RequestFilter]]:
    """Each condition as label and value, with the filter that is left without it."""
    named: dict[str, tuple[str, str]] = {}
    if chosen.owner_id is not None:
        name = _name(ctx, Organisation.short_name, Organisation.id, "owner", chosen.owner_id)
        named["owner"] = (_("Chủ sở hữu"), name)
    if chosen.unit_id is not None:
        named["unit"] = (_("Xã, phường"), _name(ctx, AdminUnit.name, AdminUnit.id, "unit", chosen.unit_id))
    if chosen.first is not None:
        named["from"] = (_("Gửi từ ngày"), format_date(chosen.first))
    if chosen.last is not None:
        named["to"] = (_("Gửi đến ngày"), format_date(chosen.last))
    if chosen.ground is not None:
        named["ground"] = (_("Căn cứ từ chối"), str(chosen.ground.label))
    if chosen.outcome is not None:
        named["outcome"] = (_("Kết quả"), str(chosen.outcome.label))
    return [(label, value, replace(chosen, **{_FIELDS[name]: None})) for name, (label, value) in named.items()]


def _name(ctx: Ctx, name: Any, key: Any, argument: str, number: int) -> str:
    found = ctx.session.scalar(select(name).where(key == number))
    if found is None:
        sentence = _(
            "Bộ lọc %(name)s: không có số %(number)d trong cơ sở dữ liệu; hãy mở danh sách từ trang số liệu.",
            name=argument,
            number=number,
        )
        raise Invalid({argument: sentence})
    return str(found)


def _number(name: str, args: Args) -> int | None:
    text = args.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS:
        raise Invalid(
            {name: _("Bộ lọc %(name)s cần một số nguyên, không phải «%(text)s».", name=name, text=text[:_SHOWN])}
        )
    return int(text)


def _member(name: str, choices: type[C], args: Args) -> C | None:
    text = args.get(name, "").strip()
    if not text:
        return None
    if text not in set(choices):
        raise Invalid({name: _("Bộ lọc %(name)s không có giá trị «%(text)s».", name=name, text=text[:_SHOWN])})
    return choices(text)
