"""Ranges of geohashes against the curve walked bit by bit."""

import random

import pytest

from registry.structures.fastpath.bbox_paging import ranges_of

LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz"


def geohash(lon, lat, letters=9):
    """The word of a place, by halving."""
    spans, code = [[-180.0, 180.0], [-90.0, 90.0]], 0
    for bit in range(letters * 5):
        span, value = spans[bit % 2], (lon, lat)[bit % 2]
        middle = sum(span) / 2
        above = value >= middle
        span[0 if above else 1] = middle
        code = code * 2 + above
    return "".join(LETTERS[code >> 5 * index & 31] for index in reversed(range(letters)))


def test_the_walk_gives_the_word_that_is_published():
    # The example of the encoding's own description.
    assert geohash(-5.6, 42.6, 5) == "ezs42"


def boxes():
    chance = random.Random(3)  # noqa: S311 - the same in each run
    for side in (0, 1e-5, 0.003, 0.01, 0.1, 1.0, 20.0):
        for _turn in range(30):
            lon, lat = chance.uniform(104, 107), chance.uniform(19, 21)
            yield (lon, lat, lon + side * chance.uniform(0.2, 1), lat + side * chance.uniform(0.2, 1))
    yield (-180.0, -90.0, 180.0, 90.0)
    yield (105.46875, 19.6875, 105.46875, 19.6875)


@pytest.mark.parametrize("most", [4, 16, 64])
def test_what_lies_in_a_box_lies_in_its_ranges(most):
    chance = random.Random(most)  # noqa: S311
    for west, south, east, north in boxes():
        ranges = ranges_of((west, south, east, north), most=most)
        assert all(first <= last for first, last in ranges)
        ends = [word for pair in ranges for word in pair]
        assert ends == sorted(ends)
        assert len(ranges) <= most
        corners = [(west, south), (east, north), (west, north), (east, south)]
        inside = [(chance.uniform(west, east), chance.uniform(south, north)) for _turn in range(20)]
        for lon, lat in corners + inside:
            word = geohash(min(lon, 179.9999999), min(lat, 89.9999999))
            assert sum(first <= word <= last for first, last in ranges) == 1


def test_the_ranges_cover_little_more_than_the_box():
    chance = random.Random(8)  # noqa: S311
    for west, south, east, north in boxes():
        width, height = east - west, north - south
        if 0.001 < width < 2:
            around = [
                (chance.uniform(west - width, east + width), chance.uniform(south - height, north + height))
                for _turn in range(400)
            ]
            words = [geohash(lon, lat) for lon, lat in around]
            ranges = ranges_of((west, south, east, north))
            covered = sum(any(first <= word <= last for first, last in ranges) for word in words) / len(words)
            # The box is a ninth of what was asked; squares of 8 by 8 or 5 by 12 add less than as much again.
            assert covered < 3 / 9
