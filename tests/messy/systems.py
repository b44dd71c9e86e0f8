"""What files say of their coordinate systems, axes and units; a suggestion each, or a question."""

from tests.messy.making import HEADER, ROWS, Case, text, xlsx

BARE = ("Mã trạm", "X", "Y")
PLACES = (("T1", "2191076,73", "581102,24"), ("T2", "2191090,00", "581130,50"))


def titled(words):
    """A CSV whose title says something of the system."""
    return text(((words,), BARE, *PLACES)).encode()


def plain(sentence, words, system):
    """A case of a title and the system that it means."""
    return Case(sentence, titled(words), header=BARE, rows=2, system=system)


CASES = (
    plain("VN-2000 with the meridian of a neighbour", "Tọa độ VN2000 kinh tuyến trục 104-45 múi 3", "vn2000-104-45"),
    plain("VN-2000 with the meridian as a decimal", "Hệ VN-2000, KTT 105.75, múi chiếu 3 độ", "vn2000-105-45"),
    plain("VN-2000 alone means the zone of the province", "Hệ tọa độ VN-2000", "vn2000"),
    plain("VN-2000 in six degrees", "VN-2000, KTT 105°, múi 6°", "vn2000-utm48n"),
    plain("UTM 48N of a handheld receiver", "Tọa độ UTM 48N", "wgs84-utm48n"),
    plain("UTM 48N of VN-2000", "VN-2000 / UTM zone 48N", "vn2000-utm48n"),
    plain("an EPSG code", "Hệ tọa độ EPSG:5897", "vn2000"),
    plain("an EPSG code of another country", "EPSG:27700", "epsg:27700"),
    plain("an EPSG code that does not exist", "EPSG:1", None),
    plain("a meridian of no zone is asked", "KTT 105°20'", None),
    plain("X and Y without a word on the system are asked", "Danh sách trạm", None),
    Case(
        "the system stands in a heading",
        text((("Mã trạm", "X (VN-2000 KTT 105°00')", "Y (VN-2000 KTT 105°00')"), *PLACES)).encode(),
        header=("Mã trạm", "X (VN-2000 KTT 105°00')", "Y (VN-2000 KTT 105°00')"),
        rows=2,
        system="vn2000",
    ),
    Case(
        "latitude and longitude of VN-2000",
        text((("Tọa độ VN-2000",), ("Mã trạm", "Vĩ độ", "Kinh độ"), ("T1", "19°48'25\"", "105°46'34\""))).encode(),
        header=("Mã trạm", "Vĩ độ", "Kinh độ"),
        rows=1,
        system="vn2000-geographic",
    ),
    Case(
        "X holds the eastings throughout, so the swap is offered",
        text((BARE, *((code, y, x) for code, x, y in PLACES))).encode(),
        header=BARE,
        rows=2,
        swap=True,
    ),
    Case(
        "eastings and northings under English headings are in their place",
        text((("id", "Easting", "Northing"), *((code, y, x) for code, x, y in PLACES))).encode(),
        header=("id", "Easting", "Northing"),
        rows=2,
        system=None,
    ),
    Case(
        "latitude and longitude in each other's place are offered as swapped",
        b"id,lat,lon\n1,105.776,19.807\n2,105.78,19.81\n",
        header=("id", "lat", "lon"),
        rows=2,
        swap=True,
        system="wgs84",
    ),
    Case(
        "one row of many in the wrong order is no swap of the columns",
        text((BARE, PLACES[0], ("T2", PLACES[1][2], PLACES[1][1]))).encode(),
        header=BARE,
        rows=2,
    ),
    Case(
        "heights in feet by the heading",
        text((("Mã trạm", "Chiều cao (ft)"), ("T1", "220"), ("T2", "150"))).encode(),
        header=("Mã trạm", "Chiều cao (ft)"),
        rows=2,
        units={"Chiều cao (ft)": "ft"},
    ),
    Case(
        "heights in feet by their cells",
        text((("Mã trạm", "Chiều cao"), ("T1", "220'"), ("T2", "150'"))).encode(),
        header=("Mã trạm", "Chiều cao"),
        rows=2,
        units={"Chiều cao": "ft"},
    ),
    Case(
        "metres stand behind the numbers of a workbook",
        xlsx((HEADER, *((*row[:3], f"{row[3]} m", *row[4:]) for row in ROWS))),
        file_format="xlsx",
        units={"Chiều cao cột (m)": "m", "X (m)": "m", "Y (m)": "m"},
    ),
    Case(
        "diameters in centimetres",
        text((("Mã", "Đường kính ống (cm)"), ("C1", "11"))).encode(),
        kind="cable_duct",
        header=("Mã", "Đường kính ống (cm)"),
        rows=1,
        units={"Đường kính ống (cm)": "cm"},
    ),
    Case(
        "a column of WKT is the geometry of its rows",
        text((("WKT", "Mã", "Tên"), ("LINESTRING (105.7 19.8,105.8 19.9)", "C1", "Cống 1"))).encode(),
        kind="cable_duct",
        header=("Mã", "Tên"),
        rows=1,
        geometry_type="LineString",
        geometry="LINESTRING (105.7 19.8, 105.8 19.9)",
        system=None,
    ),
    Case(
        "WKT of PostGIS names its system",
        text((("geom", "Mã"), ("SRID=5897;POINT(581102.24 2191076.73)", "C1"))).encode(),
        kind="cable_pole",
        header=("Mã",),
        rows=1,
        geometry_type="Point",
        geometry="POINT (581102.24 2191076.73)",
        system="vn2000",
    ),
    Case(
        "a column of GeoJSON geometries is the geometry of its rows",
        text((("Mã", "shape"), ("C1", '{"type": "Point", "coordinates": [105.776, 19.807]}'))).encode(),
        kind="cable_pole",
        header=("Mã",),
        rows=1,
        geometry_type="Point",
        geometry="POINT (105.776 19.807)",
        system="wgs84",
    ),
    Case(
        "hexadecimal geometries of a PostGIS table name their system",
        text((("Mã", "geom"), ("C1", "0101000020E6100000022B8716D9715A401283C0CAA1CD3340"))).encode(),
        kind="cable_pole",
        header=("Mã",),
        rows=1,
        geometry_type="Point",
        system="wgs84",
    ),
)
