"""Files that ended in a refusal without a way on: GeoJSON without properties, KMZ that leads to its own documents."""

import io
import json
import random
import re
import zipfile

import pytest

from registry.imports.reading import kml as kml_reader
from registry.imports.reading.geojson import describe_features, rows_of_features
from registry.imports.reading.kml import describe_kml, rows_of_kml
from registry.imports.reading.protocol import ReadOptions
from registry.imports.reading.text import describe_text, rows_of_text
from registry.kernel.errors import Invalid

OPTIONS = ReadOptions()


@pytest.fixture
def kept(tmp_path):
    """Keeps bytes as an upload under a name of its own; returns their path."""
    count = iter(range(1000))

    def keep(content):
        folder = tmp_path / str(next(count))
        folder.mkdir()
        path = folder / "input"
        path.write_bytes(content)
        return path

    return keep


def features(**members):
    return [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [105.7, 19.8]}} | members for _n in range(3)
    ]


@pytest.mark.parametrize("members", [{}, {"properties": None}, {"properties": {}}])
def test_geojson_without_properties_has_rows_and_no_columns(kept, members):
    path = kept(json.dumps({"type": "FeatureCollection", "features": features(**members)}).encode())
    (table,) = describe_features(path, OPTIONS).tables
    assert (table.header, table.row_count, table.geometry_type) == ((), 3, "Point")
    assert [(row.number, row.cells) for row in rows_of_features(path, OPTIONS)] == [(1, ()), (2, ()), (3, ())]


@pytest.mark.parametrize("name", ["EPSG:3857", "urn:ogc:def:crs:EPSG::2263", "EPSG:5897"])
def test_geojson_may_name_any_code(kept, name):
    crs = {"type": "name", "properties": {"name": name}}
    path = kept(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features()}).encode())
    (table,) = describe_features(path, OPTIONS).tables
    assert f"{table.crs.epsg}" in name


def test_a_system_of_geojson_that_is_not_taken_is_named(kept):
    crs = {"type": "name", "properties": {"name": "ESRI:102100"}}
    path = kept(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features()}).encode())
    with pytest.raises(Invalid, match="ESRI:102100"):
        describe_features(path, OPTIONS)


# --- KMZ ------------------------------------------------------------------------------------------------------------
def document(*names, links=()):
    body = "".join(
        f"<Placemark><name>{name}</name><Point><coordinates>105.7,19.8</coordinates></Point></Placemark>"
        for name in names
    )
    body += "".join(f"<NetworkLink><name>x</name><Link><href>{link}</href></Link></NetworkLink>" for link in links)
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>D</name>{body}</Document></kml>'.encode()


def kmz(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def names_in(path):
    tables = describe_kml(path, OPTIONS).tables
    return [row.cells[0] for table in tables for row in rows_of_kml(path, ReadOptions(table=table.name))]


@pytest.mark.parametrize("seed", range(8))
def test_links_inside_the_archive_are_followed_each_document_once(kept, seed):
    dice = random.Random(seed)  # noqa: S311  # a fixed seed
    count = dice.randint(1, 6)
    places = [f"files/part {n}.kml" if dice.random() < 0.5 else f"p{n}.kml" for n in range(count)]
    files = {"doc.kml": document("main", links=[link.replace(" ", "%20") for link in places])}
    for number, link in enumerate(places):
        # Documents lead back to the first, and to each other by their own folders.
        back = "../doc.kml" if "/" in link else "doc.kml"
        files[link] = document(f"part {number}", links=[back, back])
    path = kept(kmz(files))
    assert sorted(names_in(path)) == sorted(["main", *(f"part {number}" for number in range(count))])
    kml_reader._documents.cache_clear()


@pytest.mark.parametrize(
    "link",
    ["http://example.org/a.kml", "../doc2.kml", "/etc/passwd", "missing.kml", "file:///x.kml", "a/../../doc.kml"],
)
def test_links_that_leave_the_archive_are_named_and_the_rest_is_read(kept, link):
    for content in (
        kmz({"doc.kml": document("main", links=[link]), "other.kml": document("o")}),
        document("main", links=[link]),
    ):
        path = kept(content)
        assert f"“{link}”" in describe_kml(path, OPTIONS).notes[0]
        assert names_in(path) == ["main"]


def test_a_file_of_links_alone_is_refused_by_name(kept):
    with pytest.raises(Invalid, match=re.escape("“http://example.org/a.kml”")):
        describe_kml(kept(document(links=["http://example.org/a.kml"])), OPTIONS)


def test_a_document_that_nothing_leads_to_is_said_not_to_be_read(kept):
    path = kept(kmz({"doc.kml": document("main"), "other.kml": document("o")}))
    description = describe_kml(path, OPTIONS)
    assert names_in(path) == ["main"]
    assert "nhiều tệp KML" in description.notes[0]


# --- no headings ----------------------------------------------------------------------------------------------------
def test_a_text_without_headings_keeps_its_first_row(kept):
    path = kept("C1;Cột một;19,8;105,7\nC2;Cột hai;19,9;105,8\n".encode())
    options = ReadOptions(header_row=0)
    (table,) = describe_text(path, options).tables
    assert table.header == ("Cột 1", "Cột 2", "Cột 3", "Cột 4")
    assert [(row.number, row.cells[0]) for row in rows_of_text(path, options)] == [(1, "C1"), (2, "C2")]
