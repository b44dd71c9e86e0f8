"""Reads of lists and streets for pages, exports and prints; only what the actor may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Row, Select, case, cast, func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import AREA, get_visible, scopes_of, visible
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.kernel.text import natural_key
from registry.routelists.costs import Funding
from registry.routelists.models import (
    ItemState,
    ListState,
    RouteEditionItem,
    RouteItem,
    RouteList,
    RouteListEdition,
)
from registry.routelists.rules import WAITING
from registry.territory.models import AdminUnit

_LINES = "routelists.lines"
_DECIMALS = 7
#: In place of a year: the streets of all lists.
ALL_YEARS = "all"


@dataclass(frozen=True)
class Difference:
    """A street that differs between two lists; metres are None if a list does not have it."""

    commune: str
    street: str
    before_m: Decimal | None
    now_m: Decimal | None


def get_list(ctx: Ctx, list_id: int) -> RouteList:
    message = _("Không có danh mục tuyến đường này, hoặc không có quyền xem.")
    route_list: RouteList = get_visible(ctx, RouteList, P.ROUTELIST_READ, RouteList.id == list_id, message=message)
    return route_list


def get_item(ctx: Ctx, item_id: int) -> RouteItem:
    message = _("Không có đề xuất tuyến đường này, hoặc không có quyền xem.")
    route_item: RouteItem = get_visible(ctx, RouteItem, P.ROUTELIST_ITEMS, RouteItem.id == item_id, message=message)
    return route_item


def overview_query(ctx: Ctx) -> Select[Any]:
    """Every list with counts of visible items: all, agreed, and agreed metres."""
    agreed = RouteItem.state == ItemState.AGREED
    counts = (
        select(
            RouteItem.route_list_id,
            func.count().label("proposed"),
            func.count().filter(agreed).label("agreed"),
            # Whole metres, so that the rows of a list add up to its sum.
            func.sum(func.round(RouteItem.length_m)).filter(agreed).label("agreed_m"),
        )
        .where(visible(ctx, RouteItem, P.ROUTELIST_ITEMS))
        .group_by(RouteItem.route_list_id)
        .subquery()
    )
    columns: tuple[Any, ...] = (
        RouteList,
        *(func.coalesce(counts.c[name], 0).label(name) for name in ("proposed", "agreed", "agreed_m")),
    )
    return (
        select(*columns)
        .outerjoin(counts, counts.c.route_list_id == RouteList.id)
        .where(visible(ctx, RouteList, P.ROUTELIST_READ))
    )


def overview_of(ctx: Ctx, list_id: int) -> Row[Any]:
    """One list with its counts."""
    return ctx.session.execute(overview_query(ctx).where(RouteList.id == list_id)).one()


def list_years(ctx: Ctx, *, collecting: bool = False) -> list[RouteList]:
    """The lists, latest first; `collecting`: only those that accept streets."""
    query = select(RouteList).where(visible(ctx, RouteList, P.ROUTELIST_READ)).order_by(RouteList.year.desc())
    if collecting:
        query = query.where(RouteList.state == ListState.COLLECTING)
    return list(ctx.session.scalars(query))


def find_list(years: Sequence[RouteList], year: str) -> RouteList | None:
    """The list of the year in a query string, by default the latest; None for all years, NotFound for no list."""
    if year == ALL_YEARS:
        return None
    route_list = next((listed for listed in years if str(listed.year) == year), None)
    if route_list is None and year:
        raise NotFound(_("Không có danh mục tuyến đường của năm “%(year)s”.", year=year[:20]))
    return route_list or (years[0] if years else None)


def is_state_funded() -> ColumnElement[bool]:
    """SQL: streets that the state pays for, alone or with operators."""
    return RouteItem.funding.in_((Funding.STATE, Funding.MIXED))


def state_part_vnd() -> ColumnElement[Any]:
    """SQL: what the state pays of a street: by its plan, else the whole cost of a street that the state pays alone.

    NULL where the part of the state is not stated: a cost that both pay, without a plan.
    """
    years = func.jsonb_array_elements(RouteItem.cost_plan).table_valued("value", joins_implicitly=True)
    planned = select(func.sum(cast(years.c.value.op("->>")(1), Numeric))).correlate(RouteItem).scalar_subquery()
    alone = case((RouteItem.funding == Funding.STATE, RouteItem.cost_vnd), else_=None)
    return case((RouteItem.cost_plan.is_not(None), planned), else_=alone)


def of_list(route_list: RouteList) -> ColumnElement[bool]:
    return RouteItem.route_list_id == route_list.id


def searched_text() -> ColumnElement[str]:
    """SQL: number, title, reason and commune of an item as search compares them."""
    commune = select(AdminUnit.name).where(AdminUnit.id == RouteItem.commune_id).correlate(RouteItem).scalar_subquery()
    return func.fold(func.concat_ws(" ", RouteItem.number, RouteItem.title, RouteItem.reason, commune))


def next_item(ctx: Ctx, item: RouteItem) -> int | None:
    """The item of the same list that waits for the review next after this one, in the order of arrival."""
    waiting = (
        visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
        RouteItem.route_list_id == item.route_list_id,
        RouteItem.state.in_(WAITING),
        RouteItem.id != item.id,
    )
    order = (RouteItem.id < item.id, RouteItem.id)
    return ctx.session.scalar(select(RouteItem.id).where(*waiting).order_by(*order).limit(1))


def editions_of(ctx: Ctx, list_id: int) -> list[RouteListEdition]:
    """The issued editions of a list, the last one first."""
    query = select(RouteListEdition).where(RouteListEdition.route_list_id == list_id)
    return list(ctx.session.scalars(query.order_by(RouteListEdition.edition.desc())))


def editions_with(ctx: Ctx, item: RouteItem) -> list[RouteListEdition]:
    """The issued editions that list an item, the first one first."""
    query = select(RouteListEdition).join(RouteEditionItem, RouteEditionItem.edition_id == RouteListEdition.id)
    return list(
        ctx.session.scalars(query.where(RouteEditionItem.route_item_id == item.id).order_by(RouteListEdition.edition))
    )


def geojson_of(ctx: Ctx, item: RouteItem) -> str | None:
    """The line of an item as GeoJSON text, 7 decimals; None for one that is still to be placed. Read once a request."""
    lines: dict[tuple[int, int], str | None] = ctx.memo.setdefault(_LINES, {})
    # A changed line has another version.
    key = (item.id, item.version)
    if key not in lines:
        line = func.ST_AsGeoJSON(RouteItem.line, _DECIMALS)
        lines[key] = ctx.session.scalars(select(line).where(RouteItem.id == item.id)).one()
    return lines[key]


def note_line(ctx: Ctx, item_id: int, version: int, geojson: str | None) -> None:
    """Keep a line that another statement has read with 7 decimals, for `geojson_of`."""
    ctx.memo.setdefault(_LINES, {})[item_id, version] = geojson


def given_line(ctx: Ctx, item: RouteItem) -> str:
    """The line as typed or drawn; "" for one that is still to be placed."""
    return ctx.session.scalars(select(RouteItem.given_line).where(RouteItem.id == item.id)).one() or ""


def agreed_geojson(ctx: Ctx, route_list: RouteList) -> str | None:
    """All visible agreed lines of a list as one geometry; None without any."""
    lines = func.ST_AsGeoJSON(func.ST_Collect(RouteItem.line), _DECIMALS)
    return ctx.session.scalar(select(lines).where(*_agreed(ctx, route_list)))


def list_agreed(ctx: Ctx, route_list: RouteList) -> list[Row[Any]]:
    """The agreed items of a list with commune and proposer, by commune and street."""
    query = (
        select(RouteItem, AdminUnit.name.label("commune"), Organisation.short_name.label("proposer"))
        .join(AdminUnit, AdminUnit.id == RouteItem.commune_id)
        .join(Organisation, Organisation.id == RouteItem.organisation_id)
        .where(*_agreed(ctx, route_list))
        .order_by(AdminUnit.name, RouteItem.street_name, RouteItem.id)
    )
    return list(ctx.session.execute(query))


def is_extract(ctx: Ctx) -> bool:
    """Whether the actor sees only agreed streets of their own area."""
    return all(scope == AREA for scope in scopes_of(ctx.actor, P.ROUTELIST_ITEMS))


def length_totals(ctx: Ctx, route_list: RouteList) -> list[Row[Any]]:
    """Agreed items and metres by commune and work kind."""
    query = (
        select(
            AdminUnit.id.label("unit_id"),
            AdminUnit.name.label("commune"),
            RouteItem.work_kind,
            func.count().label("items"),
            func.sum(func.round(RouteItem.length_m)).label("length_m"),
        )
        .join(AdminUnit, AdminUnit.id == RouteItem.commune_id)
        .where(*_agreed(ctx, route_list))
        .group_by(AdminUnit.id, AdminUnit.name, RouteItem.work_kind)
        .order_by(AdminUnit.name, AdminUnit.id)
    )
    return list(ctx.session.execute(query))


def previous_list(ctx: Ctx, route_list: RouteList) -> RouteList | None:
    query = select(RouteList).where(visible(ctx, RouteList, P.ROUTELIST_READ), RouteList.year < route_list.year)
    return ctx.session.scalars(query.order_by(RouteList.year.desc()).limit(1)).one_or_none()


def list_differences(ctx: Ctx, route_list: RouteList, before: RouteList) -> list[Difference]:
    """Streets of only one of two lists, or with another length; communes as of today."""
    then, now = _streets(ctx, before), _streets(ctx, route_list)
    names = _unit_names(ctx, {unit for unit, _key in then | now})
    differences = []
    for key in then | now:
        earlier, later = then.get(key), now.get(key)
        if earlier is not None and later is not None and earlier.length_m == later.length_m:
            continue
        street = (later or earlier).name  # type: ignore[union-attr]  # one of them has the key
        differences.append(
            Difference(names.get(key[0], "–"), street, earlier and earlier.length_m, later and later.length_m)
        )
    return sorted(differences, key=lambda row: (natural_key(row.commune), natural_key(row.street)))


def _streets(ctx: Ctx, route_list: RouteList) -> dict[tuple[int, str], Row[Any]]:
    unit = func.commune_at(RouteItem.line, ctx.today)
    street = func.fold(RouteItem.street_name)
    query = (
        select(
            unit.label("unit_id"),
            street.label("key"),
            func.min(RouteItem.street_name).label("name"),
            func.sum(RouteItem.length_m).label("length_m"),
        )
        .where(*_agreed(ctx, route_list))
        .group_by(unit, street)
    )
    return {(row.unit_id, row.key): row for row in ctx.session.execute(query)}


def _agreed(ctx: Ctx, route_list: RouteList) -> list[ColumnElement[bool]]:
    return [visible(ctx, RouteItem, P.ROUTELIST_ITEMS), of_list(route_list), RouteItem.state == ItemState.AGREED]


def commune_names(ctx: Ctx, items: list[RouteItem]) -> dict[int, str]:
    """Item id -> name of its commune."""
    names = _unit_names(ctx, {item.commune_id for item in items})
    return {item.id: names[item.commune_id] for item in items}


def _unit_names(ctx: Ctx, unit_ids: Collection[int]) -> dict[int, str]:
    query = select(AdminUnit.id, AdminUnit.name).where(AdminUnit.id.in_(unit_ids))
    return {row.id: row.name for row in ctx.session.execute(query)}


def organisation_name(ctx: Ctx, organisation_id: int) -> str:
    return ctx.session.scalars(select(Organisation.name).where(Organisation.id == organisation_id)).one()
