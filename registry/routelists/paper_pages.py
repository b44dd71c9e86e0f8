"""The papers of a list as files: DOCX, PDF, XLSX; the map annex as DOCX and PDF; open data of an issued edition."""

from __future__ import annotations

import io
import json
from typing import Final

from flask import Response, jsonify, render_template, request, send_file
from flask import Response as FlaskResponse

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.documents.official import DOCX, OfficialPaper, write_docx, write_pdf
from registry.documents.pdf import make_pdf
from registry.kernel.errors import NotFound
from registry.kernel.exports.csv_file import csv_text
from registry.kernel.exports.workbook import XLSX
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale
from registry.kernel.numbers import parse_id
from registry.routelists.list_papers import (
    announcement_paper,
    decision_paper,
    difference_paper,
    list_paper,
    write_xlsx,
)
from registry.routelists.map_annex import MapAnnex, map_annex
from registry.routelists.pages import DRAFT, bp
from registry.routelists.published import issued_streets, open_data, shown_edition
from registry.routelists.queries import get_list

_WRITERS: Final = {
    "docx": (write_docx, DOCX),
    "pdf": (write_pdf, "application/pdf"),
    "xlsx": (write_xlsx, XLSX),
}


def _annex_pdf(annex: MapAnnex) -> bytes:
    return make_pdf(render_template("routelists/map_annex.html", annex=annex, paper=annex.paper))


def _annex_docx(annex: MapAnnex) -> bytes:
    return write_docx(annex.paper, annex.maps)


_ANNEX_WRITERS: Final = {"docx": (_annex_docx, DOCX), "pdf": (_annex_pdf, "application/pdf")}
_LIST: Final = "danh-muc"
_ANNEX: Final = "so-do"
#: Papers without an edition of their own, by their names in addresses.
_OTHERS: Final = {"so-sanh": difference_paper, "thong-bao": announcement_paper, "quyet-dinh": decision_paper}
#: Papers with a table, which are workbooks as well.
_TABLES: Final = frozenset({_LIST, "so-sanh"})


@bp.get("/route-lists/<int:list_id>/papers/<paper>.<extension>", permission=P.ROUTELIST_ITEMS, costly=True)
def paper(ctx: Ctx, list_id: int, paper: str, extension: str) -> Response:
    """A paper of a list: `edition` is that of the list and of the map annex, DRAFT the one that is being collected."""
    route_list = get_list(ctx, list_id)
    wanted = request.args.get("edition", "")
    edition, is_draft = parse_id(wanted), wanted == DRAFT
    name = f"{paper}-{route_list.year}"
    with force_locale(DEFAULT_LANGUAGE):
        if paper == _ANNEX and extension in _ANNEX_WRITERS:
            annex = map_annex(ctx, route_list, edition, is_draft_wanted=is_draft)
            write_annex, media_type = _ANNEX_WRITERS[extension]
            return _sent(write_annex(annex), media_type, name, extension)
        if extension not in _WRITERS or (extension == "xlsx" and paper not in _TABLES):
            raise NotFound(_("Không có bản “%(extension)s” của văn bản này.", extension=extension[:20]))
        content: OfficialPaper
        if paper == _LIST:
            content = list_paper(ctx, route_list, edition, is_draft_wanted=is_draft)
        elif paper in _OTHERS:
            content = _OTHERS[paper](ctx, route_list)
        else:
            raise NotFound(_("Không có văn bản “%(paper)s” của danh mục.", paper=paper[:40]))
        write, media_type = _WRITERS[extension]
        return _sent(write(content), media_type, name, extension)


def _sent(content: bytes, media_type: str, name: str, extension: str) -> Response:
    return send_file(
        io.BytesIO(content), mimetype=media_type, as_attachment=True, download_name=f"{name}.{extension}", max_age=0
    )


@bp.get("/route-lists/issued/<year:year>.geojson", permission=P.PUBLIC)
def issued_geojson(ctx: Ctx, year: int) -> FlaskResponse:
    """An issued edition as open data (RFC 7946): its streets as they were issued, with their progress of today."""
    edition = shown_edition(ctx, year)
    streets = issued_streets(ctx, edition.id)
    features = [
        {"type": "Feature", "id": row.route_item_id, "geometry": json.loads(row.line), "properties": properties}
        for row, properties in zip(streets, open_data(ctx, streets), strict=True)
    ]
    answer = jsonify(
        type="FeatureCollection",
        year=year,
        edition=edition.edition,
        decision_number=edition.decision_number,
        decided_on=edition.decided_on.isoformat(),
        sha256=edition.sha256,
        features=features,
    )
    answer.mimetype = "application/geo+json"
    answer.headers["Content-Disposition"] = f'attachment; filename="danh-muc-tuyen-duong-{year}.geojson"'
    return answer


@bp.get("/route-lists/issued/<year:year>.csv", permission=P.PUBLIC, costly=True)
def issued_csv(ctx: Ctx, year: int) -> Response:
    """An issued edition as open data: the properties of the GeoJSON file, one street a row."""
    edition = shown_edition(ctx, year)
    streets = issued_streets(ctx, edition.id)
    decision = {"year": year, "edition": edition.edition, "decision_number": edition.decision_number}
    rows = [
        {"id": row.route_item_id, **decision, **properties}
        for row, properties in zip(streets, open_data(ctx, streets), strict=True)
    ]
    lines = [list(rows[0]), *(list(row.values()) for row in rows)] if rows else []
    answer = Response(csv_text(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="danh-muc-tuyen-duong-{year}.csv"'
    return answer
