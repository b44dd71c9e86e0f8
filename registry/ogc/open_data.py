"""The open-data page: what everyone may copy, with licence and files, and the same as a DCAT record for catalogues.

Data sets are the public lists of exports, the public collections of the interface, and what features add (OPEN_DATA).
Their files are those of the pages: what a figure suppresses, they suppress.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from flask import Response, current_app, render_template, url_for

from registry.authz.actors import PUBLIC_ACTOR, Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.dated_rows import cite
from registry.kernel.dated_settings import DatedSetting, setting_row
from registry.kernel.exports.formats import MEDIA_TYPES
from registry.kernel.exports.lists import EXPORT_LISTS, ExportList
from registry.kernel.exports.open_data import OPEN_DATA, OpenDataAbout, OpenDataSet, OpenFile, Period
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _l
from registry.ogc.collections import FeatureCollection
from registry.ogc.dcat import CatalogueAddresses, Publication, catalogue_record
from registry.ogc.settings import PUBLICATION
from registry.ogc.sources import every_collection
from registry.territory.queries import province_bounds

bp = GuardedBlueprint("open_data", __name__, errors=html_errors)
TITLE: Final = _l("Dữ liệu mở")
DESCRIPTION: Final = _l(
    "Các bộ dữ liệu công khai về hạ tầng viễn thông thụ động: tải về, hoặc đọc bằng chương trình qua OGC API."
)
JSON_LD: Final = "application/ld+json"


def read_data_sets(ctx: Ctx) -> list[OpenDataSet]:
    """Every public data set as a visitor has it; the collections of a list are files of its data set."""
    public = replace(ctx, actor=PUBLIC_ACTOR, memo={})
    collections = {each.code: each for each in every_collection().values() if each.permission is P.PUBLIC}
    data_sets = []
    for exported in EXPORT_LISTS.values():
        if exported.open_data is not None:
            files = (*_files(exported), *_addresses(collections, exported.code))
            page = url_for(exported.open_data.page, _external=True)
            data_sets.append(_data_set(public, exported.code, exported.label, exported.open_data, page, files))
    for collection in collections.values():
        about = collection.open_data
        if about is not None:
            page = url_for(about.page, _external=True) if about.page else _collection_page(collection)
            files = tuple(_addresses(collections, collection.code))
            data_sets.append(_data_set(public, collection.code, collection.title, about, page, files))
    return [*data_sets, *(data_set for offered in OPEN_DATA for data_set in offered(public))]


def _data_set(
    ctx: Ctx, code: str, title: Any, about: OpenDataAbout, page: str, files: tuple[OpenFile, ...]
) -> OpenDataSet:
    period: Period = about.period(ctx) if about.period is not None else (None, None)
    return OpenDataSet(code, title, about.description, about.theme, about.frequency, page, files, period)


def _files(exported: ExportList) -> Iterator[OpenFile]:
    for file_format in exported.formats:
        address = url_for("exports.make", list_code=exported.code, file_format=file_format.value, _external=True)
        yield OpenFile(file_format.label, address, MEDIA_TYPES[file_format], file_format.name)


def _addresses(collections: dict[str, FeatureCollection], code: str) -> Iterator[OpenFile]:
    """The addresses of a collection and of its parts."""
    for each in collections.values():
        if code in (each.code, each.part_of):
            address = url_for("ogc.items", collection=each.code, f="json", _external=True)
            yield OpenFile(each.title, address, "application/geo+json", "GEOJSON", is_service=True)


def _collection_page(collection: FeatureCollection) -> str:
    return url_for("ogc.collection", collection=collection.code, f="html", _external=True)


def read_publication(ctx: Ctx) -> tuple[Publication, DatedSetting]:
    """Licence, publisher and contact of today, with the row that states them."""
    row = setting_row(ctx.session, PUBLICATION, ctx.today)
    return Publication(**row.value), row


@bp.get("/open-data", permission=P.PUBLIC)
def index(ctx: Ctx) -> str:
    """Every data set with its files, for people."""
    publication, row = read_publication(ctx)
    return render_template(
        "ogc/open_data.html",
        title=TITLE,
        description=DESCRIPTION,
        data_sets=read_data_sets(ctx),
        publication=publication,
        basis=cite(row.source, needs_verification=row.needs_verification),
    )


@bp.get("/open-data/catalogue.jsonld", permission=P.PUBLIC)
def record(ctx: Ctx) -> Response:
    """The same as a DCAT record, in both languages."""
    publication, _row = read_publication(ctx)
    addresses = CatalogueAddresses(
        url_for("open_data.index", _external=True),
        url_for("ogc.landing", _external=True),
        url_for("ogc.api", _external=True),
    )
    bounds = province_bounds(ctx.session)
    body = catalogue_record(TITLE, DESCRIPTION, read_data_sets(ctx), publication, addresses, bounds)
    return Response(current_app.json.dumps(body), mimetype=JSON_LD)
