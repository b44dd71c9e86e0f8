"""Text and positions mean the same in PostgreSQL and in Python."""

import math

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from registry.kernel.geo.vn2000 import DATUM_SHIFT, to_plane
from registry.kernel.text import fold

VECTORS = [
    (105.776, 19.807, 581102.24, 2191076.73),
    (104.52, 20.54, 449751.82, 2272103.09),
    (105.79, 19.32, 582817.96, 2137174.77),
    (105.86, 20.08, 589748.29, 2221340.87),
    (105.37, 20.10, 538495.22, 2223365.90),
]
LETTERS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵdđbcghklmnpqrstvx 0123456789"
NAMES = [
    "Xã Hoằng Hóa",
    "PHƯỜNG ĐÔNG SƠN",
    "Đường Điện Biên Phủ",
    "Trạm BTS Quảng Xương - số 12/3",
    "Cột “treo” cáp – “Ngã Ba Bông”… 4×6, №1",
]


@pytest.fixture
def connection(database_url: str):  # type: ignore[no-untyped-def]
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("name", [*NAMES, LETTERS, LETTERS.upper()])
def test_folding_is_that_of_the_database(connection: Connection, name: str) -> None:
    assert connection.scalar(text("SELECT lower(unaccent(:name))"), {"name": name}) == fold(name)


@pytest.mark.parametrize(("lon", "lat", "easting", "northing"), VECTORS)
def test_the_database_converts_to_vn2000_within_5_cm(
    connection: Connection, lon: float, lat: float, easting: float, northing: float
) -> None:
    """The published vectors, and our own conversion, against ST_Transform left to choose its operation."""
    x, y = connection.execute(
        text("SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 5897) AS p"),
        {"lon": lon, "lat": lat},
    ).one()
    assert math.dist((x, y), (easting, northing)) < 0.05
    ours = to_plane(lon, lat)
    assert math.dist((x, y), (ours.y_easting, ours.x_northing)) < 0.05


def test_the_database_converts_by_the_pinned_parameters(connection: Connection) -> None:
    """ST_TransformPipeline with our own parameters agrees with ST_Transform over the whole province."""
    pipeline = (
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3"
        f" +step +proj=cart +ellps=WGS84 +step +inv {DATUM_SHIFT} +step +inv +proj=cart +ellps=WGS84"
        " +step +proj=pop +v_3 +step +proj=tmerc +lat_0=0 +lon_0=105 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84"
    )
    query = text(
        "SELECT max(ST_Distance(ST_SetSRID(ST_TransformPipeline(p, :pipeline), 5897), ST_Transform(p, 5897)))"
        " FROM generate_series(104.4, 106.0, 0.2) AS lon, generate_series(19.3, 20.6, 0.2) AS lat,"
        " LATERAL (SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS p) AS points"
    )
    assert connection.scalar(query, {"pipeline": pipeline}) < 0.05
