"""A register with structures that a rival must not find, drawn by a seed, moved to where the public map says the same.

What the map shows as a cell moves within its cell; plans and restricted structures, of which nobody else may know, move
anywhere. Whatever a rival is answered must be the same before and after.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from sqlalchemy import select

from registry.kernel.geo.vn2000 import PlanePoint, to_plane, to_wgs84
from registry.structures.commands import EditStructure
from registry.structures.models import Structure
from registry.structures.writing import edit_structure
from tests.factories.structures import HAC_THANH, make, position_at

KIND = "antenna_tower"
#: Side of the public grid, and how near to the edge of a cell a structure may lie, in metres.
SIDE_M, MARGIN_M = 1000, 3
#: A day when the communes of before 01/07/2025 were in force.
FORMERLY = datetime(2025, 3, 5, 8, tzinfo=UTC)
#: Status and sharing of what the public map shows as a cell, and of what it does not show.
SHOWN = (("active", "not_assessed"), ("suspended", "not_assessed"))
UNKNOWN = (("planned", "not_assessed"), ("active", "restricted"))
#: What a search of the nearest looked at: a rival that plants one less leaves one place for what is hidden.
MOST_NEAREST = 64
#: On no map; but whoever plans a mast is told whether there is one in a cell.
BUILDING = ("building", "not_assessed")


@dataclass
class OnHidden:
    """Incidents on one hidden structure: all ids, of them those with its place, a published number, the storm."""

    all: list[int]
    placed: list[int]
    number: str
    storm_id: int


@dataclass
class Hidden:
    """One structure: its code, id and cell, where it lies now, whether the map shows the cell, whether it keeps it."""

    code: str
    id: int
    cell: tuple[int, int]
    place: tuple[float, float]
    is_shown: bool
    keeps_cell: bool
    #: What `hidden_incidents.report_on` reported on it.
    incidents: OnHidden | None = None
    #: The proposed street that `hidden_cases.put_cases_on` began on it.
    street_id: int = 0


def cell_of(place):
    """Column and row of the public grid."""
    point = to_plane(*place)
    return int(point.y_easting // SIDE_M), int(point.x_northing // SIDE_M)


def place_in(random, cell):
    """Longitude and latitude of some place in a cell."""
    across, up = (number * SIDE_M + random.uniform(MARGIN_M, SIDE_M - MARGIN_M) for number in cell)
    return to_wgs84(PlanePoint(x_northing=up, y_easting=across))


def east_of(place, metres):
    """The place so many metres to the east on the grid."""
    point = to_plane(*place)
    return to_wgs84(PlanePoint(x_northing=point.x_northing, y_easting=point.y_easting + metres))


def place_in_middle():
    """A place in the middle of the cell of Hạc Thành."""
    across, up = ((number + 0.5) * SIDE_M for number in cell_of(HAC_THANH))
    return to_wgs84(PlanePoint(x_northing=up, y_easting=across))


def plant(ctx_of, place, probe_m, *, owner="vnpt", number=MOST_NEAREST - 1):
    """Masts of a rival: `number` at one place, and a planned one on both sides of it, so many metres away."""
    with ctx_of(owner) as ctx:
        for _each in range(number):
            make(ctx, owner=owner, kind=KIND, at=place, sharing_status="not_assessed")
        for side in (-probe_m, probe_m):
            make(ctx, owner=owner, kind=KIND, at=east_of(place, side), status="planned")


def town(ctx_of, place, *, owner="viettel", number=MOST_NEAREST + 6):
    """Neighbours of a place that everybody sees as cells, or exactly: more than a search of the nearest looks at."""
    with ctx_of(owner) as ctx:
        for step in range(number):
            sharing = "available" if step % 7 == 0 else "not_assessed"
            make(ctx, owner=owner, kind="cable_pole", at=east_of(place, 3 * step - number), sharing_status=sharing)


def move_to(ctx_of, code, place, *, owner="viettel", height_m="40"):
    """Put one structure elsewhere, as its owner does."""
    with ctx_of(owner) as ctx:
        version = ctx.session.scalar(select(Structure.version).where(Structure.code == code))
        command = EditStructure(code, version, {"height_m": Decimal(height_m)}, position=position_at(*place))
        edit_structure(ctx, command)


def register(ctx_of, seed, *, owner="viettel", reach=1):
    """Structures of each kind of secrecy around Hạc Thành, filed under former and present communes in turn."""
    random = Random(seed)  # noqa: S311
    middle = cell_of(HAC_THANH)
    found = []
    for number, (status, sharing) in enumerate((*SHOWN, BUILDING, *UNKNOWN)):
        cell = tuple(part + random.randint(-reach, reach) for part in middle)
        place = place_in(random, cell)
        texts = {"name": f"Kín {seed}-{number}", "height_m": str(random.randint(20, 90))}
        with ctx_of(owner, now=FORMERLY if number % 2 else None) as ctx:
            made = make(ctx, owner=owner, kind=KIND, at=place, status=status, sharing_status=sharing, **texts)
            state = (status, sharing)
            found.append(Hidden(made.code, made.id, cell, place, state in SHOWN, state not in UNKNOWN))
    return found


def move(ctx_of, hidden, seed, *, owner="viettel", reach=1):
    """Put each elsewhere: in its cell what the map shows, in any cell around what nobody else knows of."""
    random = Random(seed)  # noqa: S311
    middle = cell_of(HAC_THANH)
    with ctx_of(owner) as ctx:
        versions = dict(ctx.session.execute(select(Structure.code, Structure.version)).all())
        for each in hidden:
            cell = each.cell if each.keeps_cell else tuple(part + random.randint(-reach, reach) for part in middle)
            each.place = place_in(random, cell)
            command = EditStructure(
                each.code,
                versions[each.code],
                {"height_m": Decimal(random.randint(20, 90))},
                position=position_at(*each.place),
            )
            edit_structure(ctx, command)
