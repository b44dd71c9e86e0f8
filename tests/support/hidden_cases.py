"""Cases on hidden structures: what else is stored at a hidden place must not give the structure away.

A violation on the place; an inspection plan of all of them; a proposed street that begins on each. Incidents are in
hidden_incidents.py.
"""

import json

from sqlalchemy import text

from registry.audit.chain import record
from tests.factories import inspections, routelists, violations
from tests.support.hidden_world import unit_of

_VIOLATION = text(
    "UPDATE violation SET structure_id = :structure, place = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326),"
    " unit_id = :unit WHERE id = :id"
)
_STREET = text("UPDATE route_item SET line = ST_SetSRID(ST_GeomFromGeoJSON(:line), 4326) WHERE id = :id")


def _write(ctx_of, *statements):
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(text("RESET ROLE"))
        for statement, values in statements:
            ctx.session.execute(statement, values)
        record(ctx, "test.change", "structure", None)


def follow_violations(ctx_of, hidden):
    """Put the violations where their structures lie now, as if they had been logged there."""
    for each in hidden:
        lon, lat = each.place
        values = {"structure": each.id, "lon": lon, "lat": lat, "unit": unit_of(ctx_of, each.place)}
        _write(ctx_of, (_VIOLATION, values | {"id": each.violation_id}))


def put_cases_on(ctx_of, hidden):
    """Cases on each hidden structure, written by the services and then set on its place."""
    for each in hidden:
        lon, lat = each.place
        values = {"structure": each.id, "lon": lon, "lat": lat, "unit": unit_of(ctx_of, each.place)}
        violation_id = each.violation_id = violations.log(ctx_of)
        each.street_id = routelists.sent(ctx_of, street_name=f"Đường số {each.id}")
        line = json.dumps({"type": "LineString", "coordinates": [[lon, lat], [lon + 0.002, lat + 0.002]]})
        _write(ctx_of, (_VIOLATION, values | {"id": violation_id}), (_STREET, {"id": each.street_id, "line": line}))
    inspections.plan(ctx_of, by="so.khcn", unit_id=None, codes=tuple(each.code for each in hidden))
