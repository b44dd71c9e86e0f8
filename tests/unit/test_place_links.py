"""Places in what map programs copy are read as degrees, whatever stands around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.kernel.geo.coordinates import parse_position, place_in_link
from registry.kernel.search import full_number

LATITUDES = st.decimals(min_value="8.5", max_value="23.4", places=6)
LONGITUDES = st.decimals(min_value="102.2", max_value="109.4", places=6)
FORMS = (
    "geo:{lat},{lon}",
    "geo:{lat},{lon},12",
    "GEO:{lat},{lon};u=35?z=17",
    "https://www.google.com/maps/@{lat},{lon},17z",
    "https://www.google.com/maps?q={lat},{lon}",
    "https://maps.google.com/?q=loc:{lat},{lon}&z=17",
    "https://www.google.com/maps/search/?api=1&query={lat}%2C{lon}",
    "https://www.google.com/maps/search/{lat},+{lon}",
    "https://www.google.com/maps/place/Th%C3%A0nh+ph%E1%BB%91/@20.5,105.1,15z/data=!4m6!3m5!3d{lat}!4d{lon}!16s",
    "https://www.google.com/maps/dir/?api=1&destination={lat},{lon}",
    "https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=12/20.5/105.1",
    "https://www.openstreetmap.org/#map=17/{lat}/{lon}",
    "https://maps.apple.com/?ll={lat},{lon}&q=Ghim",
    "http://localhost:8000/structures#map=17/{lat}/{lon}",
)


@given(LATITUDES, LONGITUDES, st.sampled_from(FORMS))
def test_every_form_gives_the_place_as_it_was_written(lat, lon, form):
    link = form.format(lat=lat, lon=lon)
    assert place_in_link(f"  {link} ") == f"{lat}, {lon}"
    position = parse_position(link)
    assert (position.lat, position.lon) == (float(lat), float(lon))
    assert position.original_text == link


@pytest.mark.parametrize(
    "text",
    [
        "19.807, 105.776",
        "geo:",
        "geo:19.807",
        "geo:19.807,105.776.5",
        "https://maps.app.goo.gl/AbCd123",
        "https://www.google.com/maps/place/Thanh+Hoa",
        "https://[broken",
        "javascript:19.8,105.7",
        "https://x.vn/?q=1" + "9" * 3000,
        "hàm rồng",
        "",
    ],
)
def test_what_says_no_place_is_no_link(text):
    assert place_in_link(text) is None


@given(st.text(max_size=60))
def test_any_text_is_answered(text):
    for begin in ("", "geo:", "https://"):
        place_in_link(begin + text)


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("dc-2026-1", "DC-2026-000001"),
        (" TD-2026-45 ", "TD-2026-000045"),
        ("vp-2026-000006", "VP-2026-000006"),
        ("tha-cat-123", "THA-CAT-000123"),
        ("DC2026000001", "DC-2026-000001"),
        ("vp202612", "VP-2026-000012"),
        ("THACAT979615", "THA-CAT-979615"),
        ("tha cat 979615", "THA-CAT-979615"),
        ("THA–CAT–979615", "THA-CAT-979615"),
        ("tha.cat.979615", "THA-CAT-979615"),
        ("cho hau 12", None),
        ("BTS0012345", None),
        ("an 2025 12", None),
        ("dc-26-1", None),
        ("2026-1", None),
        ("dc-2026-", None),
        ("dc-2026-1234567", None),
        ("dc-2026-١", None),
    ],
)
def test_a_short_number_means_the_whole_one(short, whole):
    assert full_number(short) == whole
