"""Cases on hidden structures: what else is stored at a hidden place must not give the structure away.

Published incidents, one from the label and one on the very place, which moves with a structure within its cell; a
violation on the place; an inspection plan of all of them; a proposed street that begins on each.
"""

import json

from sqlalchemy import text

from registry.audit.chain import record
from tests.factories import incidents, inspections, routelists, violations
from tests.support.clock import NOW

_PUBLISHED = text(
    "UPDATE incident SET is_published = true, state = 'verified', triaged_at = :now, structure_id = :structure,"
    " place = CASE WHEN :is_placed THEN ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) END WHERE id = :id"
)
_VIOLATION = text(
    "UPDATE violation SET structure_id = :structure, place = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) WHERE id = :id"
)
_STREET = text("UPDATE route_item SET line = ST_SetSRID(ST_GeomFromGeoJSON(:line), 4326) WHERE id = :id")
#: What was reported on the place follows a structure that moves within its cell.
_FOLLOW = text(
    "UPDATE incident SET place = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)"
    " WHERE structure_id = :structure AND place IS NOT NULL"
)


def _write(ctx_of, *statements):
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(text("RESET ROLE"))
        for statement, values in statements:
            ctx.session.execute(statement, values)
        record(ctx, "test.change", "structure", None)


def put_cases_on(ctx_of, hidden):
    """Cases on each hidden structure, written by the services and then set on its place."""
    for each in hidden:
        lon, lat = each.place
        values = {"structure": each.id, "lon": lon, "lat": lat, "now": NOW}
        for is_placed in (True, False):
            incident_id, _code = incidents.report(ctx_of)
            _write(ctx_of, (_PUBLISHED, values | {"id": incident_id, "is_placed": is_placed}))
        violation_id = violations.log(ctx_of)
        street_id = routelists.propose(ctx_of, street_name=f"Đường số {each.id}")
        line = json.dumps({"type": "LineString", "coordinates": [[lon, lat], [lon + 0.002, lat + 0.002]]})
        _write(ctx_of, (_VIOLATION, values | {"id": violation_id}), (_STREET, {"id": street_id, "line": line}))
    inspections.plan(ctx_of, by="so.khcn", unit_id=None, codes=tuple(each.code for each in hidden))


def follow(ctx_of, hidden):
    """Put the incidents on the places of structures that keep their cell to where these lie now."""
    kept = [each for each in hidden if each.keeps_cell]
    _write(
        ctx_of,
        *((_FOLLOW, {"structure": each.id, "lon": each.place[0], "lat": each.place[1]}) for each in kept),
    )
