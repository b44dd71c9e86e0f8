"""Areas that the plan puts first, written by the services as their users write them."""

from datetime import date

from registry.priority_areas.commands import ImportAreas, SaveArea
from registry.priority_areas.models import AreaKind, PriorityArea
from registry.priority_areas.service import import_areas, save_area
from tests.factories.building_notices import parsed
from tests.factories.infra_plans import file_of, square
from tests.support.clock import NOW

VALUES = {
    "kind": AreaKind.INDUSTRIAL_ZONE,
    "name": "Khu thử",
    "valid_from": date(2026, 1, 1),
    "valid_to": None,
    "source": "Quyết định thử",
    "needs_verification": True,
}


def outlined(shape, **properties):
    return {"type": "Feature", "geometry": shape, "properties": properties}


def area(ctx_of, at, *, half=0.002, by="so.khcn", now=NOW, **values):
    """The id of an area: a square around a point, or without `half` the point alone."""
    lon, lat = at
    with ctx_of(by, now=now) as ctx:
        if half is None:
            return save_area(ctx, SaveArea(VALUES | values, parsed(lat, lon)), None).id
        return save_area(ctx, SaveArea(VALUES | values), file_of(outlined(square(lon, lat, half)))).id


def economic_zone(ctx_of, at, **options):
    return area(ctx_of, at, **{"kind": AreaKind.ECONOMIC_ZONE, "name": "Khu kinh tế thử"} | options)


def changed(ctx_of, area_id, *, stream=None, by="so.khcn", version=None, **values):
    """Save an area with some other values, as its page was opened just now."""
    with ctx_of(by, now=NOW) as ctx:
        present = ctx.session.get_one(PriorityArea, area_id)
        former = {name: getattr(present, name) for name in VALUES}
        command = SaveArea(former | values, None, area_id, present.version if version is None else version)
        return save_area(ctx, command, stream)


def imported(ctx_of, *features, by="so.khcn"):
    """How many areas a file brought."""
    shared = {name: VALUES[name] for name in ("valid_from", "valid_to", "source", "needs_verification")}
    with ctx_of(by, now=NOW) as ctx:
        return import_areas(ctx, ImportAreas(shared), file_of(*features))
