"""A register with structures that a rival must not find, drawn by a seed, moved to where the public map says the same.

What the map shows as a cell moves within its cell; plans and restricted structures, of which nobody else may know, move
anywhere. Whatever a rival is answered must be the same before and after.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from sqlalchemy import select, text

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


#: A place in one of some communes whose public cell has its middle in another one, and the names of both.
_AT_BORDER = text(
    "SELECT ST_X(at), ST_Y(at), unit.name, public.name FROM admin_unit unit"
    " CROSS JOIN LATERAL ST_Dump(ST_GeneratePoints(unit.geom, 400, 7)) dumped(path, at)"
    " JOIN admin_unit public ON public.id = unit_of_cells(coarse_cells(at, 1000), current_date)"
    " WHERE unit.id = ANY(:units) AND public.id <> unit.id"
    " AND unit_at(at, 'commune', current_date) = unit.id ORDER BY 1 LIMIT 1"
)


_UNIT_AT = text("SELECT unit_at(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 'commune', current_date)")
#: Cells around one, the nearest first, with the two communes of which each has at least a quarter.
_STRADDLING = text(
    "SELECT i, j, array_agg(unit ORDER BY share DESC) AS units FROM ("
    "  SELECT i, j, unit.id AS unit,"
    "   ST_Area(ST_Intersection(ST_Transform(unit.geom, 5897), cell)) / (CAST(:side AS float) * :side) AS share"
    "  FROM generate_series(CAST(:i AS int) - :reach, :i + :reach) i,"
    "   generate_series(CAST(:j AS int) - :reach, :j + :reach) j"
    "  CROSS JOIN LATERAL (SELECT ST_MakeEnvelope(i * :side, j * :side, (i + 1) * :side, (j + 1) * :side, 5897) AS cell"
    "  ) square"
    "  JOIN admin_unit unit ON unit.level = 'commune' AND unit.valid_to IS NULL"
    "   AND unit.geom && ST_Transform(cell, 4326)) parts"
    " WHERE share >= 0.25 GROUP BY i, j HAVING count(*) > 1"
    " ORDER BY (i - :i) * (i - :i) + (j - :j) * (j - :j), i, j LIMIT 1"
)


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
    #: The proposed street that `hidden_cases.put_cases_on` began on it, and the violation on it.
    street_id: int = 0
    violation_id: int = 0
    #: The two communes of a cell that straddles their border: it moves from one to the other.
    sides: tuple[int, ...] = ()


def cell_of(position):
    """Column and row of the public grid."""
    point = to_plane(*position)
    return int(point.y_easting // SIDE_M), int(point.x_northing // SIDE_M)


def place_in(random, cell):
    """Longitude and latitude of some place in a cell."""
    across, up = (number * SIDE_M + random.uniform(MARGIN_M, SIDE_M - MARGIN_M) for number in cell)
    return to_wgs84(PlanePoint(x_northing=up, y_easting=across))


def place_at_border(ctx_of, username="ubnd.xa"):
    """A place (longitude, latitude) in the area of a user, its own commune, and that of the middle of its cell."""
    with ctx_of(username, read_only=True) as ctx:
        lon, lat, own, public = ctx.session.execute(_AT_BORDER, {"units": sorted(ctx.actor.unit_ids)}).one()
    return (lon, lat), own, public


def east_of(position, metres):
    """The place so many metres to the east on the grid."""
    point = to_plane(*position)
    return to_wgs84(PlanePoint(x_northing=point.x_northing, y_easting=point.y_easting + metres))


def place_in_middle():
    """A place in the middle of the cell of Hạc Thành."""
    across, up = ((number + 0.5) * SIDE_M for number in cell_of(HAC_THANH))
    return to_wgs84(PlanePoint(x_northing=up, y_easting=across))


def unit_of(ctx_of, position):
    """The commune of today that a place is in."""
    with ctx_of(None, read_only=True) as ctx:
        return ctx.session.scalar(_UNIT_AT, {"lon": position[0], "lat": position[1]})


def straddling_cell(ctx_of, near, reach=6):
    """The cell next to one that lies in two communes, and these."""
    with ctx_of(None, read_only=True) as ctx:
        values = {"i": near[0], "j": near[1], "reach": reach, "side": SIDE_M}
        row = ctx.session.execute(_STRADDLING, values).one()
    return (row.i, row.j), tuple(row.units[:2])


def place_on_side(ctx_of, random, cell, unit_id):
    """Some place of a cell in one of its communes."""
    while True:
        position = place_in(random, cell)
        if unit_of(ctx_of, position) == unit_id:
            return position


def plant(ctx_of, position, probe_m, *, owner="vnpt", number=MOST_NEAREST - 1):
    """Masts of a rival: `number` at one place, and a planned one on both sides of it, so many metres away."""
    with ctx_of(owner) as ctx:
        for _each in range(number):
            make(ctx, owner=owner, kind=KIND, at=position, sharing_status="not_assessed")
        for side in (-probe_m, probe_m):
            make(ctx, owner=owner, kind=KIND, at=east_of(position, side), status="planned")


def town(ctx_of, position, *, owner="viettel", number=MOST_NEAREST + 6):
    """Neighbours of a place that everybody sees as cells, or exactly: more than a search of the nearest looks at."""
    with ctx_of(owner) as ctx:
        for step in range(number):
            sharing = "available" if step % 7 == 0 else "not_assessed"
            make(ctx, owner=owner, kind="cable_pole", at=east_of(position, 3 * step - number), sharing_status=sharing)


def move_to(ctx_of, code, position, *, owner="viettel", height_m="40"):
    """Put one structure elsewhere, as its owner does."""
    with ctx_of(owner) as ctx:
        version = ctx.session.scalar(select(Structure.version).where(Structure.code == code))
        command = EditStructure(code, version, {"height_m": Decimal(height_m)}, position=position_at(*position))
        edit_structure(ctx, command)


def register(ctx_of, seed, *, owner="viettel", reach=1, at_border=False):
    """Structures of each kind of secrecy around Hạc Thành, filed under former and present communes in turn.

    With `at_border` the first one, which the map shows as a cell, lies in a cell of two communes.
    """
    random = Random(seed)  # noqa: S311
    middle = cell_of(HAC_THANH)
    hidden = []
    for number, (status, sharing) in enumerate((*SHOWN, BUILDING, *UNKNOWN)):
        cell, sides = tuple(part + random.randint(-reach, reach) for part in middle), ()
        if at_border and number == 0:
            cell, sides = straddling_cell(ctx_of, middle)
        position = place_in(random, cell)
        texts = {"name": f"Kín {seed}-{number}", "height_m": str(random.randint(20, 90))}
        with ctx_of(owner, now=FORMERLY if number % 2 else None) as ctx:
            structure = make(ctx, owner=owner, kind=KIND, at=position, status=status, sharing_status=sharing, **texts)
            state = (status, sharing)
            hidden.append(
                Hidden(structure.code, structure.id, cell, position, state in SHOWN, state not in UNKNOWN, sides=sides)
            )
    return hidden


def move(ctx_of, hidden, seed, *, owner="viettel", reach=1):
    """Put each elsewhere: in its cell what the map shows, in any cell around what nobody else knows of.

    In a cell of two communes the seed says in which, odd or even.
    """
    random = Random(seed)  # noqa: S311
    middle = cell_of(HAC_THANH)
    with ctx_of(owner) as ctx:
        versions = dict(ctx.session.execute(select(Structure.code, Structure.version)).all())
        for each in hidden:
            cell = each.cell if each.keeps_cell else tuple(part + random.randint(-reach, reach) for part in middle)
            if each.sides:
                each.place = place_on_side(ctx_of, random, cell, each.sides[seed % 2])
            else:
                each.place = place_in(random, cell)
            command = EditStructure(
                each.code,
                versions[each.code],
                {"height_m": Decimal(random.randint(20, 90))},
                position=position_at(*each.place),
            )
            edit_structure(ctx, command)
