"""Places of numbers and names on a map on paper."""

from itertools import combinations, product

import pytest
import shapely

from registry.basemap.labels import Labels, overlap

SIZE = 16


def labels(**options):
    return Labels(1000, 600, lambda text, size: len(text) * size / 2, **options)


def pairs_that_meet(placed):
    return [
        pair
        for pair in combinations(placed, 2)
        if any(overlap(*boxes) for boxes in product(pair[0].boxes, pair[1].boxes))
    ]


def test_numbers_of_sixty_streets_in_a_small_town_do_not_cover_one_another():
    free = labels()
    lines = [
        shapely.LineString([(400 + 20 * (number % 10), 250 + 20 * (number // 10)), (430, 300)]) for number in range(60)
    ]
    placed = [free.number(str(number), line, SIZE) for number, line in enumerate(lines, 1)]
    assert [label.lines for label in placed] == [[str(number)] for number in range(1, 61)]
    assert pairs_that_meet(placed) == []
    aside = [label for label in placed if label.origin is not None]
    assert aside, "what is moved aside names the point of its street"
    assert all(lines[int(label.lines[0]) - 1].distance(shapely.Point(label.origin)) < 0.001 for label in aside)


def test_a_number_stands_on_its_line_where_there_is_room_and_never_on_a_mark():
    line = shapely.LineString([(100, 100), (300, 100)])
    assert labels().number("7", line, SIZE).middle == (200, 100)
    moved = labels(taken=[(150, 80, 250, 120)]).number("7", line, SIZE)
    assert not any(overlap(box, (150, 80, 250, 120)) for box in moved.boxes)


@pytest.mark.parametrize("points", [[(100, 500), (500, 300)], [(500, 300), (100, 500)]])
def test_a_name_along_a_street_reads_from_left_to_right(points):
    label = labels().name_of_line("Trần Phú", [shapely.LineString(points)], SIZE)
    assert label.middle == (300, 400)
    assert -30 < label.angle < -20


def test_a_street_that_is_too_short_bent_or_covered_has_no_name():
    bent = shapely.LineString([(100, 100), (130, 130), (160, 100), (190, 130), (220, 100)])
    long = shapely.LineString([(100, 300), (500, 300)])
    free = labels()
    assert free.name_of_line("Trần Phú", [shapely.LineString([(0, 50), (20, 50)])], SIZE) is None
    assert free.name_of_line("Trần Phú", [bent], SIZE) is None
    assert free.name_of_line("Trần Phú", [bent, long], SIZE) is not None
    full = labels(taken=[(0, 0, 1000, 600)])
    assert full.name_of_line("Trần Phú", [long], SIZE) is None
    assert full.name_of_area(["Phường Hạc Thành"], shapely.box(0, 0, 900, 500), SIZE) is None


def test_the_name_of_an_area_stands_within_it():
    area = shapely.Polygon([(0, 0), (900, 0), (900, 30), (60, 30), (60, 590), (0, 590)])
    label = labels().name_of_area(["Xã A", "số 1–3"], area, SIZE)
    assert shapely.contains_xy(area, *label.middle)
