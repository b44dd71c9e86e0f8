"""A list against the one before, street by street, paired by stretch whatever the spelling of the name."""

from registry.routelists.differences import DifferenceKind, shapes_of_differences, street_differences
from registry.routelists.models import RouteList
from tests.factories.routelists import YEAR, a_list, agreed, line, sent
from tests.factories.structures import place_inside


def test_streets_are_added_removed_moved_changed_or_as_before(ctx_of):
    with ctx_of("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)

    def at(row, start=0.0, end=0.002):
        return line((lon + start, lat + row * 0.0005), (lon + end, lat + row * 0.0005))

    before = {"Phố Cũ": at(0), "Phố Dời": at(1), "Phố Thay": at(2), "Phố Như": at(3)}
    for name, position in before.items():
        agreed(ctx_of, year=YEAR - 1, street_name=name, position=position)
    now = {"Phố Dời": at(1, 0.001, 0.003), "Phố Tên Mới": at(2), "Phố Như": at(3), "Phố Mới": at(4)}
    ids = {name: sent(ctx_of, street_name=name, position=position) for name, position in now.items()}
    list_ids = a_list(ctx_of), a_list(ctx_of, YEAR - 1)
    with ctx_of("so.xaydung", read_only=True) as ctx:
        lists = [ctx.session.get_one(RouteList, list_id) for list_id in list_ids]
        rows = street_differences(ctx, *lists)
        shapes = shapes_of_differences(ctx, rows)
    assert [(row.kind, (row.now or row.before).street_name) for row in rows] == [
        (DifferenceKind.ADDED, "Phố Mới"),
        (DifferenceKind.REMOVED, "Phố Cũ"),
        (DifferenceKind.MOVED, "Phố Dời"),
        (DifferenceKind.CHANGED, "Phố Tên Mới"),
        (DifferenceKind.SAME, "Phố Như"),
    ]
    (change,) = rows[3].changes
    assert change[1:] == ("Phố Thay", "Phố Tên Mới")
    tones = {feature["properties"]["number"]: feature["properties"]["tone"] for feature in shapes["features"]}
    assert [tones[number] for number in ids.values()] == ["full", "full", "reuse", "new"]
    assert sorted(tones.values()) == ["elsewhere", "elsewhere", "full", "full", "new", "reuse"]
