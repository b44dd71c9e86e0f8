"""Files of lists as rows, whatever their format, read by other programs than those that wrote them."""

import csv
import io
import json
import re
import warnings
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pyogrio.raw
from python_calamine import CalamineWorkbook
from shapely import from_wkb

from registry.exports.structures import columns_of

ENDINGS = {"shp": "zip"}


def token_in(page):
    """The token of the forms of a page."""
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)


def fetch(client, address, **how):
    """The answer to a request, read to its end: a file is closed again."""
    with client.get(address, **how) as answer:
        answer.get_data()
    return answer


def download(client, list_code, file_format, **query):
    """The answer with a file of a list."""
    answer = fetch(client, f"/exports/{list_code}.{file_format}", query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype != "text/html", answer.text
    return answer


def as_rows(file_format, content, kind=None):
    """The rows of a file by field name, each with its layer and geometry, and everything else that the file says."""
    return {"csv": _csv, "xlsx": _xlsx, "geojson": _geojson}.get(file_format, _gdal)(file_format, content, kind)


def _names(kind):
    """Label -> field name, of every kind that a label may belong to."""
    kinds = [kind] if kind else [None, "antenna_tower", "cable_duct"]
    return {column.label: column.name for kind_code in kinds for column in columns_of(kind_code)}


def _csv(_format, content, kind):
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    at = lines.index([]) + 1
    names = [_names(kind).get(label, label) for label in lines[at]]
    rows = [dict(zip(names, line, strict=True)) for line in lines[at + 1 :]]
    return rows, "\n".join(line[0] for line in lines[: at - 1])


def _xlsx(_format, content, kind):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    lines = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    about = book.get_sheet_by_index(1).to_python(skip_empty_area=False)
    names = [_names(kind).get(label, label) for label in lines[0]]
    return [dict(zip(names, line, strict=False)) for line in lines[1:]], "\n".join(map(": ".join, about))


def _geojson(_format, content, _kind):
    document = json.loads(content)
    rows = [feature["properties"] | {"geometry": feature["geometry"]} for feature in document["features"]]
    return rows, "\n".join(f"{label}: {text}" for label, text in document["metadata"]["notes"].items())


def _gdal(file_format, content, _kind):
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{ENDINGS.get(file_format, file_format)}"
        path.write_bytes(content)
        source = f"/vsizip/{path}" if file_format == "shp" else path
        # GDAL writes all but the KML; it has nothing to warn of in what it wrote itself.
        action = "ignore" if file_format == "kml" else "error"
        names = [str(layer) for layer, _type in pyogrio.list_layers(source) if layer != "layer_styles"]
        rows = [row for name in names for row in _layer(source, name, action)]
    return rows, _about(file_format, content)


def _layer(source, layer, action):
    """The rows of a layer; `action` says what a warning of GDAL is."""
    with warnings.catch_warnings():
        warnings.simplefilter(action, RuntimeWarning)
        pyogrio.read_info(source, layer=layer)
        meta, _fids, shapes, values = pyogrio.raw.read(source, layer=layer)
    names = ["name" if name == "Name" else name for name in meta["fields"]]
    for at in range(len(values[0]) if values else 0):
        row = {name: column[at] for name, column in zip(names, values, strict=True)}
        yield row | {"layer": layer, "geometry": None if shapes is None else from_wkb(shapes[at])}


def _about(file_format, content):
    if file_format == "shp":
        return zipfile.ZipFile(io.BytesIO(content)).read("README.txt").decode("utf-8-sig")
    # Both say it in plain UTF-8.
    return content.decode("utf-8", errors="replace")
