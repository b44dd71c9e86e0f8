"""GeoJSON, KML and what GDAL would take for one of them."""

from __future__ import annotations

import json
from typing import Any

from tests.hostile.cases import Case, zipped

_POINT = {"type": "Point", "coordinates": [105.776, 19.807]}
_KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>%s</Document></kml>'
_PLACEMARK = "<Placemark><name>T1</name><Point><coordinates>105.776,19.807</coordinates></Point></Placemark>"


def collection(properties: Any, geometry: Any = _POINT, **members: Any) -> bytes:
    """A collection of one feature."""
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature], **members}).encode()


def raw(properties: str) -> bytes:
    """A collection whose properties are written as given."""
    return (
        '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":' + properties + "}]}"
    ).encode()


def kml(inside: str) -> bytes:
    """A document."""
    return ('<?xml version="1.0" encoding="UTF-8"?>' + _KML % inside).encode()


def _crs(kind: str, **properties: str) -> bytes:
    return collection({"a": 1}, crs={"type": kind, "properties": properties})


_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
    + _KML % "<Placemark><name>&j;</name></Placemark>"
).encode()
_XXE = (
    '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">'
    '<!ENTITY y SYSTEM "http://127.0.0.1:PORT/dtd">]>' + _KML % "<Placemark><name>&x;&y;</name></Placemark>"
).encode()
_LATE_DOCTYPE = b'<?xml version="1.0"?><!-- ' + b"x" * 70_000 + b" -->" + _LAUGHS.partition(b"?>")[2]
_VRT = (
    b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    b'<OGRVRTLayer name="y"><SrcDataSource>/vsicurl/http://127.0.0.1:PORT/x.csv</SrcDataSource></OGRVRTLayer>'
    b"</OGRVRTDataSource>"
)
_WFS = b"<OGRWFSDataSource><URL>http://127.0.0.1:PORT/wfs</URL></OGRWFSDataSource>"
_LINK = "<NetworkLink><Link><href>http://127.0.0.1:PORT/x.kml</href></Link></NetworkLink>"


def _line(points: int) -> bytes:
    empty = collection({}, {"type": "LineString", "coordinates": []})
    return empty.replace(b"[]", b"[" + b",".join([b"[105.12345678901234, 19.123456789012345]"] * points) + b"]")


def _features(number: int) -> bytes:
    feature = b'{"type":"Feature","properties":{"a":1},"geometry":null}'
    return b'{"type":"FeatureCollection","features":[' + b",".join([feature] * number) + b"]}"


def _long_value() -> bytes:
    return raw('{"a":"' + "x" * 40_000 + '"}')


def _described(letters: int) -> bytes:
    return kml(f"<Placemark><description>{'x' * letters}</description></Placemark>")


REFUSED = {
    "GeoJSON with a link as its system": Case(lambda: _crs("link", href="http://127.0.0.1:PORT/crs"), "crs"),
    "GeoJSON with a named address as its system": Case(lambda: _crs("name", name="http://127.0.0.1:PORT/crs"), "crs"),
    "GeoJSON with an unknown system": Case(lambda: _crs("name", name="EPSG:1"), "crs"),
    "GeoJSON feature with a system": Case(
        lambda: collection({}).replace(b'"geometry"', b'"crs": {"type": "link"}, "geometry"'), "crs"
    ),
    "GeoJSON with NaN": Case(lambda: raw('{"a":NaN}'), "NaN"),
    "GeoJSON with Infinity as a coordinate": Case(lambda: collection({}).replace(b"105.776", b"Infinity"), "Infinity"),
    "GeoJSON with a number beyond all": Case(lambda: raw('{"a":1e999}'), "1e999"),
    "GeoJSON with 5,000 digits": Case(lambda: raw('{"a":' + "9" * 5_000 + "}"), "5.000"),
    "GeoJSON with a name twice": Case(lambda: raw('{"a":1,"a":2}'), "lặp lại"),
    "GeoJSON with two lists of features": Case(
        lambda: b'{"type":"FeatureCollection","features":[],"features":[]}', "lặp lại"
    ),
    "GeoJSON nested 30 deep": Case(lambda: raw('{"a":' * 30 + "1" + "}" * 30), "sâu"),
    "GeoJSON nested 5,000,000 deep": Case(lambda: raw("[" * 5_000_000), "sâu"),
    "GeoJSON nested deep outside the features": Case(lambda: b'{"x":' + b'{"a":' * 200_000, "sâu"),
    "GeoJSON cut off": Case(lambda: collection({"a": 1})[:-20], "JSON"),
    "GeoJSON with more after its end": Case(lambda: collection({"a": 1}) + b"{}", "JSON"),
    "GeoJSON with a comment": Case(lambda: b"/* x */" + collection({"a": 1}), "dòng"),
    "GeoJSON without features": Case(lambda: b'{"type":"FeatureCollection","features":[]}', "không có đối tượng"),
    "GeoJSON of numbers": Case(lambda: b"[1,2,3]", "FeatureCollection"),
    "GeoJSON whose features are numbers": Case(lambda: b'{"type":"FeatureCollection","features":[1]}', "Feature"),
    "GeoJSON whose properties are a list": Case(lambda: raw("[1]"), "properties"),
    "GeoJSON with 5,000 columns": Case(lambda: raw(json.dumps({f"c{n}": 1 for n in range(5_000)})), "cột"),
    "GeoJSON with a string of 36 MB": Case(lambda: raw('{"a":"' + "x" * 36_000_000 + '"}'), "triệu ký tự"),
    "GeoJSON with a string of 60 MB": Case(
        lambda: raw('{"a":"' + "x" * 60_000_000 + '"}'), "triệu ký tự", is_long=True
    ),
    "GeoJSON with a string of 36 MB never closed": Case(lambda: raw('{"a":"' + "x" * 36_000_000), "triệu ký tự"),
    "GeoJSON with a string of 60 MB never closed": Case(
        lambda: raw('{"a":"' + "x" * 60_000_000), "triệu ký tự", is_long=True
    ),
    "GeoJSON with a geometry of 110,000 points": Case(lambda: _line(110_000), "dài"),
    "GeoJSON with a geometry of 400,000 points": Case(lambda: _line(400_000), "dài", is_long=True),
    "GeoJSON with a feature too many": Case(lambda: _features(501), "200.000", most_rows=500),
    "GeoJSON with 200,001 features": Case(lambda: _features(200_001), "200.000", is_long=True),
    "GeoJSON that is no UTF-8": Case(lambda: collection({"a": "x"}).replace(b'"x"', b'"\xff\xfe\x80"'), "UTF-8"),
    "TopoJSON": Case(lambda: b'{"type":"Topology","objects":{}}', "TopoJSON"),
    "VRT": Case(lambda: _VRT, "VRT"),
    "VRT after a byte order mark": Case(lambda: b"\xef\xbb\xbf \n" + _VRT, "VRT"),
    "WFS": Case(lambda: _WFS, "WFS"),
    "GML": Case(lambda: b'<?xml version="1.0"?><gml:FeatureCollection xmlns:gml="x"/>', "GML"),
    "GPX": Case(lambda: b'<?xml version="1.0"?><gpx version="1.1"/>', "GPX"),
    "SVG": Case(lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "SVG"),
    "KML with nothing but a network link": Case(lambda: kml(_LINK), "nơi khác"),
    "KML with entities of entities": Case(lambda: _LAUGHS, "DOCTYPE"),
    "KML with entities far down": Case(lambda: _LATE_DOCTYPE, "XML"),
    "KML with entities of other files": Case(lambda: _XXE, "DOCTYPE"),
    "KML with 1,000,000 nested folders": Case(lambda: kml("<Folder>" * 1_000_000), "sâu"),
    "KML cut off": Case(lambda: kml(_PLACEMARK)[:-30], "cắt cụt"),
    "KML without placemarks": Case(lambda: kml("<Folder/>"), "Placemark"),
    "KML with a text of 20 MB": Case(lambda: _described(20_000_000), "triệu ký tự"),
    "KML with a text of 60 MB": Case(lambda: _described(60_000_000), "triệu ký tự", is_long=True),
    "KML with 2,000 columns": Case(
        lambda: kml(
            "<Placemark><ExtendedData>"
            + "".join(f'<Data name="c{n}"><value>1</value></Data>' for n in range(2_000))
            + "</ExtendedData></Placemark>"
        ),
        "cột",
    ),
    "KML in no known encoding": Case(lambda: kml(_PLACEMARK).replace(b"UTF-8", b"x-wild-encoding"), "KML"),
    "KMZ whose document is a VRT": Case(lambda: zipped({"doc.kml": _VRT}), "Placemark"),
    "KMZ with entities": Case(lambda: zipped({"doc.kml": _LAUGHS}), "DOCTYPE"),
}

HARMLESS = {
    "KML with a network link": Case(lambda: kml(_PLACEMARK + _LINK), "T1"),
    "KML with control of a network link": Case(
        lambda: kml(_PLACEMARK).replace(b"<Document>", b"<NetworkLinkControl/><Document>"), "T1"
    ),
    "KMZ with a network link": Case(lambda: zipped({"doc.kml": kml(_PLACEMARK + _LINK)}), "T1"),
    "GeoJSON with a cell too long": Case(_long_value, "…"),
    "GeoJSON with half a character": Case(lambda: raw('{"a":"x\\ud800y","b":1}'), "x\ufffdy"),
    "GeoJSON with a zero inside a word": Case(lambda: raw('{"a":"x\\u0000y"}'), "x\ufffdy"),
    "GeoJSON with words as coordinates": Case(
        lambda: collection({"a": "words"}, {"type": "Point", "coordinates": ["x", None]}), "POINT EMPTY"
    ),
    "GeoJSON with coordinates nested deep": Case(
        lambda: collection({"a": "deep"}, {"type": "Polygon", "coordinates": [[[[[[105.0]]]]]]}), "POLYGON EMPTY"
    ),
    "GeoJSON with an unknown geometry": Case(
        lambda: collection({"a": "x"}, {"type": "Circle", "coordinates": [1, 2]}), "GEOMETRYCOLLECTION EMPTY"
    ),
    "GeoJSON with a number of 39 digits": Case(lambda: raw('{"a":' + "9" * 39 + "}"), "9" * 39),
    "KML with pictures elsewhere": Case(
        lambda: kml(
            "<Style><IconStyle><Icon><href>http://127.0.0.1:PORT/i.png</href></Icon></IconStyle></Style>" + _PLACEMARK
        ),
        "T1",
    ),
    "KML with a script in its words": Case(
        lambda: kml(_PLACEMARK.replace("T1", "<![CDATA[<script src='http://127.0.0.1:PORT/x.js'></script>]]>")),
        "<script",
    ),
    "KML with NaN": Case(lambda: kml(_PLACEMARK.replace("105.776", "NaN")), "POINT EMPTY"),
    "KMZ with a program beside": Case(lambda: zipped({"doc.kml": kml(_PLACEMARK), "run.exe": b"MZ"}), "T1"),
}
