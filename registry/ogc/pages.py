"""OGC API at `/ogc`: landing page, conformance, collections, queryables, items. JSON for programs, HTML for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO, Any, Final

from flask import Response, current_app, jsonify, render_template, request, url_for

from registry.access_tokens.bearer import interface_errors
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import reader_key
from registry.kernel.cache import VersionedCache
from registry.kernel.errors import DomainError, Invalid, SignInRequired
from registry.kernel.http.errors import error_page
from registry.kernel.i18n import _, current_locale
from registry.kernel.numbers import parse_id
from registry.kernel.paging import Cursor, read_cursor, sign_cursor
from registry.kernel.text import shown
from registry.ogc import items as read
from registry.ogc.collections import FeatureCollection, Property, get_collection, readable_collections
from registry.ogc.crs import CRS84, SYSTEMS, read_crs
from registry.ogc.errors import BadParameter
from registry.ogc.openapi import has_tiles, openapi_document
from registry.ogc.parameters import ItemsQuestion, read_datetime, read_question, require_known
from registry.ogc.sources import every_collection

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
HTML: Final = "text/html"
SCHEMA: Final = "application/schema+json"
STYLE: Final = "application/vnd.mapbox.style+json"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
_FORMATS: Final = {"json": JSON, "html": HTML}
_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0"
_VARY: Final = "Accept, Authorization, Cookie"
_PORTION: Final = 64 * 1024
#: A page of more features waits for a slot of costly answers.
_CHEAP_LIMIT: Final = 1_000
#: Rows of a page for people.
_HTML_ROWS: Final = 50
#: What the interface conforms to; `tests/web/test_ogc.py` has a test of each.
CONFORMANCE: Final = (
    *(
        f"http://www.opengis.net/spec/ogcapi-common-{part}/1.0/conf/{name}"
        for part, name in ((1, "core"), (2, "collections"))
    ),
    *(
        f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}"
        for name in ("core", "oas30", "html", "geojson")
    ),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    *(
        f"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
        for name in (
            *("cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators"),
            *("case-insensitive-comparison", "basic-spatial-functions", "spatial-functions"),
        )
    ),
    *(f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}" for name in ("core", "tileset", "mvt")),
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
)


def ogc_errors(error: DomainError) -> Response:
    """A refusal as a problem document; what cannot be read is answered with 400 and the name of the parameter."""
    if isinstance(error, Invalid) and error.status != BadParameter.status:
        name, sentences = next(iter(error.fields.items()))
        error = BadParameter(name, " ".join(sentences))
    response = interface_errors(error)
    if prefers_html():
        response = _error_page(error, response)
    response.headers["Vary"] = _VARY
    return response


def _error_page(error: DomainError, answer: Response) -> Response:
    """The page for people of a refusal.

    It asks for no password of Basic, for which a browser would open a window over the page that leads to the sign-in.
    """
    if isinstance(error, SignInRequired):
        sign_in = url_for("accounts.login", next=request.full_path.rstrip("?"))
        page = error_page(error.status, error.message, sign_in, _("Đăng nhập"))
        ways = [way for way in answer.headers.getlist("WWW-Authenticate") if way.startswith("Bearer")]
        page.headers["WWW-Authenticate"] = ways[0]
        return page
    page = error_page(error.status, error.message, url_for("ogc.landing", f="html"), _("Về trang đầu của giao diện"))
    if error.retry_after is not None:
        page.headers["Retry-After"] = str(error.retry_after)
    return page


bp = GuardedBlueprint("ogc", __name__, errors=ogc_errors, takes_tokens=True, url_prefix="/ogc")


def address(endpoint: str, **values: Any) -> str:
    """The whole address of a route of the interface."""
    return url_for(endpoint, _external=True, **values)


def link(rel: str, href: str, media: str, title: str = "") -> dict[str, str]:
    """One link of an answer."""
    return {"rel": rel, "href": href, "type": media} | ({"title": title} if title else {})


def is_html() -> bool:
    """Whether the answer is for people: by `f`, else by what the client prefers."""
    code = request.args.get("f")
    if code is not None and code not in _FORMATS:
        sentence = _("Định dạng “%(text)s” không có; cần json hoặc html.", text=shown(code[:20]))
        raise BadParameter("f", sentence)
    return prefers_html()


def prefers_html() -> bool:
    """As `is_html`, where a format that does not exist counts for nothing."""
    code = request.args.get("f")
    if code in _FORMATS:
        return code == "html"
    return request.accept_mimetypes.best_match([GEOJSON, JSON, HTML], default=JSON) == HTML


def _own_links(media: str = JSON) -> list[dict[str, str]]:
    """This answer, and the same in the other format."""
    values = {**(request.view_args or {}), **request.args.to_dict(), "f": None}
    here = {name: value for name, value in values.items() if value is not None}
    endpoint = str(request.endpoint)
    return [
        link("self", address(endpoint, **here, f="json"), media, _("Tài liệu này (JSON)")),
        link("alternate", address(endpoint, **here, f="html"), HTML, _("Tài liệu này (HTML)")),
    ]


@bp.get("/", permission=P.PUBLIC)
def landing(ctx: Ctx) -> Any:
    """Where a client begins."""
    require_known(request.args, ("f",))
    links = [
        *_own_links(),
        link("service-desc", address("ogc.api"), OPENAPI, _("Mô tả giao diện (OpenAPI 3.0)")),
        link("service-doc", address("ogc.collections", f="html"), HTML, _("Các bộ dữ liệu (HTML)")),
        link("conformance", address("ogc.conformance"), JSON, _("Chuẩn áp dụng")),
        link(f"{_REL}/conformance", address("ogc.conformance"), JSON),
        link("data", address("ogc.collections"), JSON, _("Các bộ dữ liệu")),
        link(f"{_REL}/data", address("ogc.collections"), JSON),
        link(f"{_REL}/tilesets-vector", address("ogc_tiles.tilesets", collection="structures"), JSON),
        link(f"{_REL}/styles", address("ogc_tiles.style", collection="structures"), STYLE),
        link("describedby", address("open_data.record"), "application/ld+json", _("Dữ liệu mở (DCAT)")),
    ]
    title = _("Cơ sở dữ liệu hạ tầng viễn thông thụ động: giao diện OGC API")
    text = _("Đọc công trình, đơn vị hành chính, đường phố và hồ sơ bằng QGIS, GDAL và chương trình khác.")
    if is_html():
        return render_template("ogc/landing.html", title=title, text=text, links=_for_people(links), is_first=True)
    return jsonify(title=title, description=text, links=links)


def _for_people(links: list[dict[str, str]]) -> list[dict[str, str]]:
    """The links of a page: what has a page of its own leads to it."""
    pages = {"conformance": address("ogc.conformance", f="html"), "describedby": address("open_data.index")}
    return [
        each | {"href": pages.get(each["rel"], each["href"])}
        for each in links
        if each["rel"] in {"service-doc", "self", "service-desc", *pages}
    ]


@bp.get("/conformance", permission=P.PUBLIC)
def conformance(_ctx: Ctx) -> Any:
    """The classes of the standards that the interface conforms to."""
    require_known(request.args, ("f",))
    if is_html():
        links = [link("conformance", uri, HTML, uri) for uri in CONFORMANCE]
        return render_template("ogc/landing.html", title=_("Chuẩn áp dụng"), text="", links=links, is_first=False)
    return jsonify(conformsTo=list(CONFORMANCE), links=_own_links())


@bp.get("/api", permission=P.PUBLIC)
def api(ctx: Ctx) -> Response:
    """The OpenAPI document of what this reader may read."""
    require_known(request.args, ("f",))
    response = jsonify(openapi_document(ctx, readable_collections(ctx, every_collection()), request.host_url))
    response.headers["Content-Type"] = OPENAPI
    return response


@bp.get("/collections", permission=P.PUBLIC)
def collections(ctx: Ctx) -> Any:
    """The collections that the reader may read."""
    require_known(request.args, ("f",))
    readable = readable_collections(ctx, every_collection())
    if is_html():
        return render_template("ogc/collections.html", collections=readable)
    return jsonify(collections=[_described(ctx, each) for each in readable], links=_own_links(), crs=list(SYSTEMS))


@bp.get("/collections/<collection>", permission=P.PUBLIC)
def collection(ctx: Ctx, collection: str) -> Any:
    """One collection, with the extent of what the reader may see of it."""
    require_known(request.args, ("f",))
    described = get_collection(ctx, every_collection(), collection)
    if is_html():
        properties = described.source.properties(ctx)
        return render_template("ogc/collection.html", collection=described, properties=properties)
    bounds = read.extent(ctx, described)
    extent = {"extent": {"spatial": {"bbox": [bounds], "crs": CRS84.uri}}} if bounds else {}
    return jsonify(_described(ctx, described) | extent | {"links": [*_own_links(), *_links_of(ctx, described)]})


def _described(ctx: Ctx, described: FeatureCollection) -> dict[str, Any]:
    return {
        "id": described.code,
        "title": str(described.title),
        "description": str(described.description),
        "itemType": "feature",
        "crs": list(SYSTEMS),
        "storageCrs": CRS84.uri,
        "links": [
            link("self", address("ogc.collection", collection=described.code), JSON),
            *_links_of(ctx, described),
        ],
    }


def _links_of(ctx: Ctx, described: FeatureCollection) -> list[dict[str, str]]:
    code = described.code
    tiles = (
        [
            link(f"{_REL}/tilesets-vector", address("ogc_tiles.tilesets", collection=code), JSON),
            link(f"{_REL}/styles", address("ogc_tiles.style", collection=code), STYLE),
        ]
        if has_tiles(ctx, code)
        else []
    )
    return [
        link("items", address("ogc.items", collection=code), GEOJSON, str(described.title)),
        link("items", address("ogc.items", collection=code, f="html"), HTML, str(described.title)),
        link(f"{_REL}/queryables", address("ogc.queryables", collection=code), SCHEMA),
        link("describedby", address("ogc.schema", collection=code), SCHEMA),
        *tiles,
    ]


@bp.get("/collections/<collection>/queryables", permission=P.PUBLIC)
def queryables(ctx: Ctx, collection: str) -> Response:
    """The properties that filters, `sortby` and parameters may name, as JSON schema."""
    require_known(request.args, ("f",))
    described = get_collection(ctx, every_collection(), collection)
    properties = {prop.name: prop.schema() for prop in described.source.properties(ctx)}
    response = jsonify(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": address("ogc.queryables", collection=collection),
            "type": "object",
            "title": str(described.title),
            "properties": properties | {"geometry": {"format": "geometry-any", "x-ogc-role": "primary-geometry"}},
            "additionalProperties": False,
        }
    )
    response.headers["Content-Type"] = SCHEMA
    return response


@bp.get("/collections/<collection>/schema", permission=P.PUBLIC)
def schema(ctx: Ctx, collection: str) -> Response:
    """One feature as JSON schema: GDAL reads the types of fields from it, without which it guesses them."""
    require_known(request.args, ("f",))
    described = get_collection(ctx, every_collection(), collection)
    properties = {prop.name: prop.schema() for prop in described.source.properties(ctx)}
    response = jsonify(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": address("ogc.schema", collection=collection),
            "type": "object",
            "title": str(described.title),
            "properties": {
                "type": {"type": "string", "enum": ["Feature"]},
                "id": {"type": "integer"},
                "geometry": {"format": "geometry-any", "x-ogc-role": "primary-geometry"},
                "properties": {"type": "object", "properties": properties},
            },
        }
    )
    response.headers["Content-Type"] = SCHEMA
    return response


def _is_large() -> bool:
    """Whether a page of items needs a slot of costly answers; what is no number is refused later."""
    return (parse_id(request.args.get("limit")) or 0) > _CHEAP_LIMIT


@dataclass(frozen=True)
class CachedItems:
    """An answer without its end, which says when it was made; its page has no body."""

    data: bytes
    page: read.ItemsPage
    crs_uri: str


#: The answers used last, 16 MB a worker: programs and maps ask for the same boxes again.
_ANSWERS: VersionedCache[CachedItems] = VersionedCache(16 * 1024 * 1024)


@bp.get("/collections/<collection>/items", permission=P.PUBLIC, costly=_is_large)
def items(ctx: Ctx, collection: str) -> Any:
    """A page of features under the question of the address."""
    described = get_collection(ctx, every_collection(), collection)
    if is_html():
        return _items_page(ctx, described, *_question(ctx, described))
    if _is_large():
        return _large_page(ctx, described, *_question(ctx, described))
    # Rights differ by more than the rows of a list where it is not of structures, and lists by the hour.
    version = register_version(ctx) if described.source.walk is not None else None
    reader = reader_key(ctx.actor, P.STRUCTURE_READ), str(current_locale()), request.host_url
    key = (*reader, collection, tuple(request.args.items(multi=True)), ctx.today)
    answer = _ANSWERS.get(key, version, lambda: _answer(ctx, described, *_question(ctx, described)))
    answer.page.log(ctx, described)
    response = Response(answer.data + _end(ctx), mimetype=GEOJSON)
    response.headers["Content-Crs"] = f"<{answer.crs_uri}>"
    return response


def _question(ctx: Ctx, described: FeatureCollection) -> tuple[ItemsQuestion, Cursor | None]:
    question = read_question(ctx, described, described.source.properties(ctx), request.args)
    purpose = _purpose(described, question)
    return question, read_cursor(str(current_app.config["SECRET_KEY"]), purpose, request.args.get("cursor"))


def _count_key() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pair for pair in request.args.items() if pair[0] not in _NOT_COUNTED))


def _answer(ctx: Ctx, described: FeatureCollection, question: ItemsQuestion, cursor: Cursor | None) -> CachedItems:
    page = read.read_page(ctx, described, question, cursor, _count_key())
    data = page.body + _members(described, question, page)
    return CachedItems(data, replace(page, body=b""), question.crs.uri)


def _large_page(ctx: Ctx, described: FeatureCollection, question: ItemsQuestion, cursor: Cursor | None) -> Response:
    page = read.stream_page(ctx, described, question, cursor, _count_key())
    page.body.write(_members(described, question, page) + _end(ctx))
    response = _sent(page.body)
    response.headers["Content-Crs"] = f"<{question.crs.uri}>"
    return response


def _members(described: FeatureCollection, question: ItemsQuestion, page: read.ItemsPage | read.StreamedPage) -> bytes:
    """What follows the features of a page, without the time of the answer."""
    links = [*_own_links(GEOJSON), link("collection", address("ogc.collection", collection=described.code), JSON)]
    following = sign_cursor(str(current_app.config["SECRET_KEY"]), _purpose(described, question), page.next)
    if following is not None:
        links.append(link("next", _next(following), GEOJSON, _("Trang sau")))
    members = {"numberMatched": page.matched, "numberReturned": page.returned, "links": links}
    return b"]," + current_app.json.dumps(members).encode()[1:-1]


def _end(ctx: Ctx) -> bytes:
    return f',"timeStamp":"{ctx.now.isoformat()}"}}'.encode()


#: Parameters that change which part of the features is answered, not how many there are.
_NOT_COUNTED: Final = frozenset({"f", "limit", "cursor", "crs", "sortby", "properties"})


def _sent(body: IO[bytes]) -> Response:
    """The answer with a whole page: at once, or a large one from its file."""
    size = body.tell()
    body.seek(0)
    if size <= read.IN_MEMORY:
        with body:
            return Response(body.read(), mimetype=GEOJSON)
    response = Response(_portions(body), mimetype=GEOJSON)
    response.call_on_close(body.close)
    response.headers["Content-Length"] = str(size)
    return response


def _portions(body: IO[bytes]) -> Iterator[bytes]:
    while portion := body.read(_PORTION):
        yield portion


def _purpose(described: FeatureCollection, question: ItemsQuestion) -> str:
    """What a cursor is signed for: one collection, order and time."""
    order = ",".join(("-" if each.descending else "") + each.name for each in question.sort)
    when = question.when.query if question.when is not None else ""
    by_place = "place" if read.pages_by_place(described, question) is not None else ""
    return f"ogc:{described.code}:{order}:{when}:{by_place}"


def _next(cursor: str) -> str:
    values = {**(request.view_args or {}), **request.args.to_dict(), "cursor": cursor}
    return address("ogc.items", **values)


def _items_page(ctx: Ctx, described: FeatureCollection, question: ItemsQuestion, cursor: Cursor | None) -> str:
    properties = described.source.properties(ctx)
    limit = min(question.limit, _HTML_ROWS)
    cut = replace(question, limit=limit)
    rows = list(read.read_rows(ctx, described, cut, cursor))
    following = None
    if len(rows) > limit:
        edge = read.next_cursor(rows[limit - 1], cut)
        following = sign_cursor(str(current_app.config["SECRET_KEY"]), _purpose(described, question), edge)
    columns = [prop for prop in properties if question.properties is None or prop.name in question.properties]
    return render_template(
        "ogc/items.html",
        collection=described,
        columns=columns[: len(columns) if question.properties else _COLUMNS],
        rows=[(row.ogc_id, _texts(row, columns)) for row in rows[:limit]],
        following=_next(following) if following else "",
    )


#: Columns of a page for people that names none.
_COLUMNS: Final = 6


def _texts(row: Any, columns: list[Property]) -> dict[str, Any]:
    mapping: Mapping[str, Any] = row._mapping
    return {prop.name: prop.text(mapping[prop.name]) for prop in columns}


@bp.get("/collections/<collection>/items/<int:feature_id>", permission=P.PUBLIC)
def item(ctx: Ctx, collection: str, feature_id: int) -> Any:
    """One feature."""
    described = get_collection(ctx, every_collection(), collection)
    require_known(request.args, ("f", "crs", "datetime"))
    system = read_crs("crs", request.args.get("crs"))
    state, _interval = read_datetime(ctx, described, request.args.get("datetime"))
    question = ItemsQuestion(crs=system, when=state)
    if is_html():
        row = read.read_feature(ctx, described, feature_id, question, as_row=True)
        properties = described.source.properties(ctx)
        # What a reader may not see is not called unrecorded.
        is_hidden = row._mapping.get("exact") is False
        shown_properties = [prop for prop in properties if not is_hidden or row._mapping[prop.name] not in (None, "")]
        facts = [(prop.label, _texts(row, [prop])[prop.name], prop.name) for prop in shown_properties]
        return render_template(
            "ogc/item.html", collection=described, facts=facts, feature_id=feature_id, is_hidden=is_hidden
        )
    links = [*_own_links(GEOJSON), link("collection", address("ogc.collection", collection=collection), JSON)]
    feature = read.read_feature(ctx, described, feature_id, question)
    response = Response(f'{feature[:-1]},"links":{current_app.json.dumps(links)}}}', mimetype=GEOJSON)
    response.headers["Content-Crs"] = f"<{system.uri}>"
    return response


@bp.after_request
def vary(response: Response) -> Response:
    """Answers differ by reader and format."""
    response.headers["Vary"] = _VARY
    return response
