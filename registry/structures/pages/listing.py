"""The list of structures: filters in the address, keyset pages, the map beside it."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.errors import Invalid
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _
from registry.kernel.paging import read_cursor, sign_cursor
from registry.structures.filter_args import CHOICE_LABELS, FLAG_LABELS, chips, query_string, read_filter
from registry.structures.filters import StructureFilter, own_filters
from registry.structures.kinds import KINDS
from registry.structures.pages.blueprint import bp, words
from registry.structures.queries import SORTS, list_owners, list_structures, owner_name
from registry.structures.service.locate import acceptance_bounds
from registry.territory.models import UnitLevel
from registry.territory.queries import get_unit, list_units


@bp.get("/structures", permission=P.PUBLIC, endpoint="list")
def list_page(ctx: Ctx) -> str:
    """The list and the map of one filter, for everyone, as far as each may see."""
    args = request.args
    chosen = read_filter(args)
    sort, descending = _order(args.get("sort", "code"), args.get("order", "asc"))
    secret = str(current_app.config["SECRET_KEY"])
    page = list_structures(ctx, chosen, sort, descending=descending, cursor=read_cursor(secret, args.get("cursor")))

    def address(cursor: Any) -> str | None:
        signed = sign_cursor(secret, cursor)
        return signed and url_for("structures.list") + "?" + query_string(args, cursor=signed)

    return render_template(
        "structures/list.html",
        page=page,
        chosen=chosen,
        chips=_chips(ctx, chosen),
        columns=_columns(sort, descending=descending),
        previous_url=address(page.previous),
        next_url=address(page.next),
        first_url=url_for("structures.list") + "?" + query_string(args, cursor=None),
        tiles=url_for("structures.list")
        + "/tiles/{z}/{x}/{y}.mvt?"
        + query_string(args, cursor=None, sort=None, order=None),
        bounds=list(chosen.bbox) if chosen.bbox else _bounds(ctx),
        units=list_units(ctx.session, ctx.today, UnitLevel.COMMUNE),
        owners=list_owners(ctx.session),
        choice_labels=CHOICE_LABELS,
        flag_labels=FLAG_LABELS,
        own=_own_fields(chosen),
        may_create=holds(ctx.actor, P.STRUCTURE_CREATE),
        may_import=holds(ctx.actor, P.IMPORT_RUN),
        args=args,
        **words(),
    )


def _order(sort: str, order: str) -> tuple[str, bool]:
    if sort not in SORTS or order not in ("asc", "desc"):
        raise Invalid({"sort": _("Không thể sắp xếp theo «%(sort)s».", sort=sort[:60])})
    return sort, order == "desc"


def _bounds(ctx: Ctx) -> list[float]:
    box = acceptance_bounds(ctx.session, ctx.today)
    return [box.west, box.south, box.east, box.north]


def _chips(ctx: Ctx, chosen: StructureFilter) -> list[dict[str, str]]:
    unit = get_unit(ctx.session, chosen.unit_id) if chosen.unit_id else None
    owner = owner_name(ctx.session, chosen.owner_id)
    found = chips(request.args, chosen, owner=owner, unit=unit.name if unit else None)
    return [
        {"label": chip.label, "value": chip.value, "remove_url": url_for("structures.list") + "?" + chip.remove}
        for chip in found
    ]


def _own_fields(chosen: StructureFilter) -> list[Any]:
    declared = fields_of(KINDS[chosen.kind].model, own=True) if chosen.kind else {}
    return [declared[name] for name in own_filters(chosen.kind)]


def _columns(sort: str, *, descending: bool) -> list[dict[str, Any]]:
    def sortable(name: str, label: str) -> dict[str, Any]:
        direction = ("desc" if descending else "asc") if sort == name else None
        turned = "desc" if direction == "asc" else "asc"
        query = query_string(request.args, sort=name, order=turned, cursor=None)
        return {"label": label, "direction": direction, "sort_url": url_for("structures.list") + "?" + query}

    return [
        sortable("code", _("Mã")),
        sortable("name", _("Tên")),
        {"label": _("Loại")},
        {"label": _("Dùng chung")},
        {"label": _("Trạng thái")},
        {"label": _("Chủ sở hữu")},
        {"label": _("Địa bàn")},
        sortable("updated_at", _("Cập nhật")),
    ]
