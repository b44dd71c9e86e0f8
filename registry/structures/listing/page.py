"""The page of the list of structures: filters in the address, keyset pages, the map next to it."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import current_app, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from registry.audit.queries import register_version
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.cache import VersionedCache
from registry.kernel.errors import Invalid
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _, current_locale
from registry.kernel.lists.choice import COLUMNS, choose_columns
from registry.kernel.lists.page import ListPage, Sort
from registry.kernel.lists.preference import rows_of_page
from registry.kernel.paging import read_cursor, sign_cursor
from registry.structures import positions
from registry.structures.filtering.checks import CHECKS
from registry.structures.filtering.extra import EXTRA_FILTERS
from registry.structures.filtering.filter import LEAST_M, MOST_M, USUAL_M, StructureFilter, own_filters
from registry.structures.filtering.url import (
    CHOICE_LABELS,
    CONFIRMED_LABELS,
    FLAG_LABELS,
    MAP_ARGS,
    PLACE_ARGS,
    Args,
    chips,
    query_string,
    read_filter,
)
from registry.structures.kinds import KINDS
from registry.structures.listing.list_view import STRUCTURES, prepare_rows
from registry.structures.listing.query import (
    PAGE_SIZE,
    PLAIN_SORTS,
    SORTS,
    count_entered_later,
    default_sort,
    list_structures,
)
from registry.structures.listing.saved_filters import (
    OPENED,
    SAVED,
    WHOLE,
    SavedFilter,
    expand_saved,
    opened_from,
    saved_filters_of,
)
from registry.structures.listing.selection import Selection, admitted, selections_of
from registry.structures.map.page import map_view, tiles_address
from registry.structures.map.workspace import MapState, workspace
from registry.structures.pages.blueprint import bp, moment
from registry.structures.queries import list_owners, owner_name
from registry.structures.writing.locate import acceptance_bounds
from registry.territory.queries import commune_choices, get_unit
from registry.territory.rules import unit_label

#: The rendered fields of the filter bar, the same for all readers; 4 MB a worker.
_FIELDS: VersionedCache[Markup] = VersionedCache(4 * 1024 * 1024)
#: Arguments that no field of the filter bar shows; the box changes whenever the map moves.
_NOT_TYPED = ("cursor", "sort", "order", COLUMNS, "bbox")


class FilterOption(NamedTuple):
    """One option of a filter."""

    id: int
    name: str


class Offered(NamedTuple):
    """The options of the filters, the same for all readers, and the box of the province."""

    owners: list[FilterOption]
    units: list[FilterOption]
    bounds: list[float]


#: By day; 4 MB a worker.
_OFFERED: VersionedCache[Offered] = VersionedCache(4 * 1024 * 1024)


@bp.get("/structures", permission=P.PUBLIC, endpoint="list")
def list_page(ctx: Ctx) -> str | Response:
    """The list and the map of one filter, for everyone, as far as each may see.

    Without any argument it redirects to the reader's default filter, if there is one; `all` asks for everything.
    """
    store = saved_filters_of(ctx)
    saved = list(store.listed(ctx)) if store is not None else []
    default = next((item for item in saved if item.is_default), None)
    if default is not None and not request.args:
        return redirect(url_for("structures.list", saved=default.slug), code=303)
    args = expand_saved(ctx, request.args)
    opened = opened_from(request.args, saved)
    # Links to other states of the list name the filter it was opened from; files, tiles and batches do not need it.
    linked = MultiDict([*args.items(multi=True), *([(OPENED, opened.slug)] if opened is not None else [])])
    # Without any argument the list would be the default filter again.
    whole_url = url_for("structures.list", all=1 if default is not None else None)
    passing = ["cursor", "as_of", "recorded_at", WHOLE, *PLACE_ARGS]
    passing += [name for name, extra in EXTRA_FILTERS.items() if not extra.options]
    shown_query = query_string(args, **dict.fromkeys(passing))
    columns = choose_columns(ctx, STRUCTURES.code, STRUCTURES.endpoint, STRUCTURES.columns, args)
    structure_filter = read_filter(args)
    sort, descending = _order(args, structure_filter)
    secret = str(current_app.config["SECRET_KEY"])
    when = structure_filter.when
    time = when.address if when is not None else {}
    of = ":".join(("structures", sort, *time.values()))
    page = list_structures(
        ctx,
        structure_filter,
        sort,
        descending=descending,
        cursor=read_cursor(secret, of, args.get("cursor")),
        size=rows_of_page(PAGE_SIZE),
    )
    day = when.at(ctx.now).day if when is not None else ctx.today
    offered_here = _OFFERED.get((day, ctx.today), register_version(ctx), lambda: _offered(ctx, day))
    # The fields depend on the other arguments only, whichever page of the list it is.
    typed = tuple(sorted(pair for pair in args.items(multi=True) if pair[0] not in _NOT_TYPED))
    fields = _FIELDS.get(
        (current_locale(), day, ctx.today, typed),
        register_version(ctx),
        lambda: _fields(offered_here, structure_filter, args, time),
    )
    # There are no actions on rows of the past.
    offered = selections_of(ctx)
    boxes = admitted(ctx, offered, page.rows) if when is None else {}

    def address(cursor: Any) -> str | None:
        signed = sign_cursor(secret, of, cursor)
        return signed and url_for("structures.list") + "?" + query_string(linked, cursor=signed)

    def sorted_by(name: str, order: str) -> str:
        return url_for("structures.list") + "?" + query_string(linked, sort=name, order=order, cursor=None)

    prepare_rows(ctx, boxes, time)
    chips_of_page = _chips(ctx, linked, structure_filter, saved, whole_url)
    listing = ListPage(
        STRUCTURES,
        ctx,
        {},
        page,
        columns,
        address(page.previous),
        address(page.next),
        start_url=url_for("structures.list") + "?" + query_string(linked, cursor=None),
        sort=Sort(sort, descending, sorted_by, SORTS if when is None else PLAIN_SORTS),
        presentation=(*((name, args[name]) for name in ("sort", "order") if name in args), *columns.arguments),
    )
    knows_cells_alone = Role.PUBLIC in ctx.actor.roles or positions.counts_province(ctx)
    return render_template(
        "structures/list.html",
        listing=listing,
        chosen=structure_filter,
        chips=chips_of_page,
        exact_only=[chip for chip in chips_of_page if chip["exact_only"]] if knows_cells_alone else [],
        sign_in_url=url_for("accounts.login", next=request.full_path) if ctx.actor.id is None else None,
        fields=fields,
        selections=[
            (selection, [more for more in offered if more.joins == selection.endpoint])
            for selection in dict.fromkeys(boxes.values())
        ],
        all_links=_all_links(offered, args) if when is None else [],
        may_create=when is None and holds(ctx.actor, P.STRUCTURE_CREATE),
        may_import=when is None and holds(ctx.actor, P.IMPORT_RUN),
        moment=moment(ctx, when, args.items(multi=True)),
        time=time,
        entered_later=count_entered_later(ctx, when) if when is not None and when.as_of is not None else None,
        present_url=_present_url(args, whole_url),
        args=args,
        saved_filter_store=store,
        saved_filters=saved,
        saved_query=shown_query
        if columns.arguments
        else "&".join(filter(None, (shown_query, urlencode(columns.stated)))),
        shown_slug=next((item.slug for item in saved if item.matches(shown_query)), None),
        opened=opened,
        whole_url=whole_url,
        **workspace(
            ctx,
            "structures.list",
            MapState(tiles_address(args), extent=_extent(args)),
            list(structure_filter.window or offered_here.bounds),
            view=map_view(ctx, args, when),
        ),
    )


def _extent(args: Args) -> str:
    """The address of the box around what the filter finds; the window of the map is where it is already."""
    left_out = dict.fromkeys({"cursor", "sort", "order", COLUMNS, *MAP_ARGS})
    follows = {"bbox": None} if args.get("follow") == "1" else {}
    query = query_string(args, **left_out, **follows)
    return f"{url_for('structures.extent')}?{query}" if query else ""


def _fields(offered: Offered, structure_filter: StructureFilter, args: Args, time: dict[str, str]) -> Markup:
    """The fields of the filter bar; nothing in them depends on the reader."""
    is_past = structure_filter.when is not None
    shown = {
        "chosen": structure_filter,
        "args": args,
        "time": time,
        "units": offered.units,
        "owners": offered.owners,
        "choice_labels": CHOICE_LABELS,
        "flag_labels": FLAG_LABELS,
        "confirmed_labels": CONFIRMED_LABELS,
        "checks": [check for check in CHECKS.values() if not is_past or check.clause_at is not None],
        "own": _own_fields(structure_filter),
        "extra_filters": [
            extra_filter for extra_filter in EXTRA_FILTERS.values() if not is_past or extra_filter.clause_at is not None
        ],
        "distances": {"least": LEAST_M, "most": MOST_M, "usual": USUAL_M},
    }
    return Markup(render_template("structures/_filters.html", **shown))  # noqa: S704 - rendered, so escaped


def _present_url(args: Args, whole_url: str) -> str:
    """The same list of the present."""
    query = query_string(args, cursor=None, as_of=None, recorded_at=None)
    return f"{url_for('structures.list')}?{query}" if query else whole_url


def _all_links(offered: list[Selection], args: Args) -> list[dict[str, Any]]:
    """The actions on all structures of the filter that belong to the actor."""
    query = query_string(args, cursor=None, sort=None, order=None, columns=None, all="1")
    admitting = [selection for selection in offered if selection.all_label is not None]
    return [{"label": link.all_label, "url": f"{url_for(link.endpoint)}?{query}"} for link in admitting]


def _order(args: Args, structure_filter: StructureFilter) -> tuple[str, bool]:
    if "sort" not in args and "order" not in args:
        return default_sort(structure_filter), False
    sort, order = args.get("sort", SORTS[0]), args.get("order", "asc")
    if structure_filter.when is not None and sort in SORTS and sort not in PLAIN_SORTS:
        raise Invalid({"sort": _("Danh sách của ngày đã qua chỉ sắp xếp được theo mã, tên hoặc ngày cập nhật.")})
    if sort not in SORTS or order not in ("asc", "desc"):
        raise Invalid({"sort": _("Không thể sắp xếp theo “%(sort)s”.", sort=sort[:60])})
    return sort, order == "desc"


def _offered(ctx: Ctx, day: date) -> Offered:
    box = acceptance_bounds(ctx.session, ctx.today)
    return Offered(
        [FilterOption(owner.id, owner.short_name) for owner in list_owners(ctx.session)],
        [FilterOption(*commune) for commune in commune_choices(ctx.session, day)],
        [box.west, box.south, box.east, box.north],
    )


def _chips(
    ctx: Ctx, args: Args, structure_filter: StructureFilter, saved: list[SavedFilter], whole_url: str
) -> list[dict[str, Any]]:
    """Each condition with the address without it; a saved filter that was opened comes first, under its name."""
    unit = get_unit(ctx.session, structure_filter.unit_id) if structure_filter.unit_id else None
    owner = owner_name(ctx.session, structure_filter.owner_id) if structure_filter.owner_id is not None else None
    opened = [item for item in saved if item.slug == request.args.get(SAVED)]
    named = [
        {"label": _("Bộ lọc đã lưu"), "value": item.name, "remove_url": whole_url, "exact_only": False}
        for item in opened
    ]
    return named + [
        {
            "label": chip.label,
            "value": chip.value,
            "remove_url": f"{url_for('structures.list')}?{chip.remove}" if chip.remove else whole_url,
            "exact_only": chip.exact_only,
        }
        for chip in chips(args, structure_filter, owner=owner, unit=unit_label(unit, ctx.today) if unit else None)
    ]


def _own_fields(structure_filter: StructureFilter) -> list[Any]:
    declared = fields_of(KINDS[structure_filter.kind].model, own=True) if structure_filter.kind else {}
    return [declared[name] for name in own_filters(structure_filter.kind)]
