"""The list of structures as GeoJSON, for programs: the rows of the page under the same filter, with their shapes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from flask import Response, current_app, request

from registry.access_tokens.bearer import interface_errors
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import reader_key
from registry.kernel.cache import VersionedCache
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.http.map_data import MapFeature, encode_collection, geojson_response
from registry.kernel.i18n import _l
from registry.kernel.paging import read_cursor, sign_cursor
from registry.structures.filtering.url import query_string, read_filter
from registry.structures.listing.list_view import COLUMNS, PUBLIC
from registry.structures.listing.query import PageSummary, default_sort, list_structures, log_page_view

bp = GuardedBlueprint("structures_api", __name__, errors=interface_errors, takes_tokens=True, url_prefix="/api")
USUAL: Final = 100
LIMIT: Final = Field(
    "limit", _l("Số công trình mỗi trang"), minimum=Decimal(1), maximum=Decimal(1_000), python_type=int
)
#: Property -> its value in a row: of structures that the reader sees exactly, and of cells.
_EXACT: Final = {column.name: attrgetter(column.path) for column in COLUMNS}
_PUBLIC: Final = {name: read for name, read in _EXACT.items() if name in PUBLIC}


@dataclass(frozen=True)
class CachedPage:
    """A page as it is sent, and its summary."""

    data: bytes
    shown: PageSummary


#: The pages used last, 8 MB a worker: programs poll the same page.
_PAGES: VersionedCache[CachedPage] = VersionedCache(8 * 1024 * 1024)


@bp.get("/structures", permission=P.STRUCTURE_READ)
def items(ctx: Ctx) -> Response:
    """A page of `limit` structures under the filter of the list, exact or as the cells that the reader sees.

    Sorted by code; of a box exact rows come first, neighbours together. `links` has the address of the next page;
    `matched` is exact up to `counted_to`.
    """
    asked = tuple(sorted(request.args.items(multi=True)))
    # The day is part of the key: settings and ages of data depend on it.
    key = (reader_key(ctx.actor, P.STRUCTURE_READ), asked, ctx.today)
    cached_page = _PAGES.get(key, register_version(ctx), lambda: _made(ctx))
    log_page_view(ctx, cached_page.shown)
    return geojson_response(cached_page.data)


def _made(ctx: Ctx) -> CachedPage:
    structure_filter = read_filter(request.args)
    limit = _limit(request.args.get(LIMIT.name))
    secret = str(current_app.config["SECRET_KEY"])
    sort = default_sort(structure_filter)
    # A cursor is valid for one order and time only.
    of = ":".join(
        ("structures", sort, *(structure_filter.when.address.values() if structure_filter.when is not None else ()))
    )
    cursor = read_cursor(secret, of, request.args.get("cursor"))
    page = list_structures(ctx, structure_filter, sort, cursor=cursor, size=limit, shapes=True, noted=False)
    following = sign_cursor(secret, of, page.next)
    links = [{"rel": "next", "href": f"{request.path}?{query_string(request.args, cursor=following)}"}]
    members = {
        "matched": min(page.total, page.counted_to),
        "is_more_than_counted": page.is_more_than_counted,
        "links": links if following else [],
    }
    return CachedPage(encode_collection(map(_feature, page.rows), members), PageSummary.of(page.rows))


def _limit(text: str | None) -> int:
    try:
        return parse_value(LIMIT, text) or USUAL
    except ValueRefused as refusal:
        raise Invalid({LIMIT.name: str(refusal)}) from refusal


def _feature(row: Any) -> MapFeature:
    properties = {name: read(row) for name, read in (_EXACT if row.exact else _PUBLIC).items()}
    if row.exact:
        properties["updated_at"] = row.updated_at.isoformat()
    return MapFeature(row.id, row.geojson, properties)
