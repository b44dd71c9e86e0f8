"""What an edition of a list holds, as one hash: the form that issues a list carries it, and the edition stores it."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from sqlalchemy import func, select

from registry.audit.chain import as_stored, canonical
from registry.authz.actors import Ctx
from registry.kernel.db.history import history_of
from registry.kernel.errors import Conflict
from registry.kernel.fields import display_value, fields_of
from registry.kernel.i18n import _, format_number
from registry.kernel.numbers import parse_id
from registry.kernel.units import M
from registry.routelists.models import ItemState, RouteItem, RouteList

#: Columns of an item that an edition stores as they are when it is issued.
FROZEN: Final = (*("commune_id", "street_name", "from_place", "to_place", "work_kind", "is_urban", "length_m", "line"),)
#: Decimals of coordinates in the hash, about a centimetre.
_DECIMALS: Final = 7
#: Changed streets that a conflict names.
_NAMED: Final = 20


def agreed_in(list_id: int) -> tuple[Any, ...]:
    """SQL conditions: the items that the next edition of a list will hold."""
    return RouteItem.route_list_id == list_id, RouteItem.state == ItemState.AGREED


def content_hash(ctx: Ctx, list_id: int) -> str:
    """SHA-256, in hexadecimal digits, of the streets that the next edition of a list will hold."""
    columns = [getattr(RouteItem, name) for name in FROZEN if name != "line"]
    query = select(RouteItem.id, *columns, func.ST_AsText(RouteItem.line, _DECIMALS))
    rows = ctx.session.execute(query.where(*agreed_in(list_id)).order_by(RouteItem.id))
    plain = as_stored([[getattr(value, "value", value) for value in row] for row in rows])
    return hashlib.sha256(canonical({"streets": plain})).hexdigest()


def list_digest(ctx: Ctx, route_list: RouteList) -> str:
    """The content of a list as its form carries it: the hash, then id and version of each agreed item."""
    pairs = " ".join(f"{number}:{version}" for number, version in sorted(_versions(ctx, route_list).items()))
    return f"{content_hash(ctx, route_list.id)} {pairs}"


def list_facts(ctx: Ctx, route_list: RouteList) -> list[tuple[str, str]]:
    """What is approved, as labels and values."""
    count, metres = ctx.session.execute(
        select(func.count(), func.coalesce(func.sum(func.round(RouteItem.length_m)), 0)).where(
            *agreed_in(route_list.id)
        )
    ).one()
    return [
        (_("Số tuyến đã thống nhất"), format_number(count)),
        (_("Tổng chiều dài"), M.display(metres, 0)),
        (_("Mã nội dung (SHA-256)"), content_hash(ctx, route_list.id)),
    ]


def list_conflict(ctx: Ctx, route_list: RouteList, shown: str) -> Conflict:
    """The list is no longer what the form showed: each street that differs, as it was shown and as it is now."""
    pairs = (pair.partition(":") for pair in shown.split()[1:])
    before = {
        number: version for text, _mark, end in pairs if (number := parse_id(text)) and (version := parse_id(end))
    }
    now = _versions(ctx, route_list)
    changed = sorted(number for number in before | now if before.get(number) != now.get(number))
    details = {}
    for number in changed[:_NAMED]:
        item = ctx.session.get(RouteItem, number)
        if item is not None:
            details[f"{item.number or number} {item.title}"] = _change(ctx, item, before.get(number), now.get(number))
    if len(changed) > _NAMED:
        details[_("Còn lại")] = _("%(count)s tuyến khác", count=format_number(len(changed) - _NAMED))
    message = _(
        "Danh mục năm %(year)d đã thay đổi kể từ khi mở trang; chưa ban hành. Hãy đọc lại các tuyến khác trước rồi"
        " ban hành.",
        year=route_list.year,
    )
    return Conflict(message, details)


def _versions(ctx: Ctx, route_list: RouteList) -> dict[int, int]:
    rows = ctx.session.execute(select(RouteItem.id, RouteItem.version).where(*agreed_in(route_list.id)))
    return {row.id: row.version for row in rows}


def _change(ctx: Ctx, item: RouteItem, before: int | None, now: int | None) -> str:
    if before is None:
        return _("Mới được thống nhất đưa vào danh mục.")
    if now is None:
        return _("Không còn trong danh mục, nay: %(state)s.", state=item.state.label)
    history = history_of(RouteItem)
    query = select(history).where(history.c.id == item.id, history.c.version == before).limit(1)
    stored = ctx.session.execute(query).mappings().one_or_none()
    if stored is None:
        return _("Đã thay đổi.")
    lines = [
        _("%(field)s: “%(before)s”, nay “%(now)s”", field=field.label, before=earlier, now=later)
        for name, field in fields_of(RouteItem).items()
        if (earlier := display_value(field, stored[name])) != (later := display_value(field, getattr(item, name)))
    ]
    if stored["length_m"] != item.length_m:
        lengths = [M.display(value, 0) for value in (stored["length_m"], item.length_m)]
        lines.append(_("Chiều dài: %(before)s, nay %(now)s", before=lengths[0], now=lengths[1]))
    return "; ".join(lines) or _("Vị trí hoặc hồ sơ đã thay đổi.")
