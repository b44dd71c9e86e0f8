"""Incidents on the structures of a hidden world: reported at their place, by their label, by the file of a storm."""

from sqlalchemy import select, text

from registry.audit.chain import record
from registry.incidents.commands import Whereabouts
from registry.incidents.models import Incident
from registry.incidents.storm_file import GoodRow, ReadFile
from registry.incidents.storms import open_storm, store_file, take_rows
from registry.kernel.clock import utc_now
from registry.kernel.geo.coordinates import parse_position
from tests.factories.incidents import TRIAGE, move, report
from tests.support.hidden_world import OnHidden, unit_of

_PUT = text("UPDATE incident SET place = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) WHERE id = ANY(:ids)")
_FILE = text("UPDATE incident SET unit_id = :unit WHERE id = ANY(:ids)")


def report_on(ctx_of, hidden, *, owner="viettel"):
    """Report published incidents on each; those whose cell is unknown to others by their label only."""
    now = utc_now()
    with ctx_of("so.khcn", now=now) as ctx:
        storm_id = open_storm(ctx, "Bão số 8").id
    for each in hidden:
        unit = unit_of(ctx_of, each.place)
        lon, lat = each.place
        whereabouts = [Whereabouts(structure_id=each.id, unit_id=unit)]
        if each.keeps_cell:
            whereabouts.append(Whereabouts(place=parse_position(f"{lat:.7f}, {lon:.7f}", "wgs84")))
        ids = [report(ctx_of, now=now, where=where)[0] for where in whereabouts]
        for incident_id in ids:
            move(ctx_of, "so.khcn", incident_id, "triage", now=now, **TRIAGE)
        with ctx_of("so.khcn", read_only=True, now=now) as ctx:
            number = ctx.session.get_one(Incident, ids[-1]).number
        each.incidents = OnHidden(ids, ids[1:], number, storm_id)
    units = {each.id: unit_of(ctx_of, each.place) for each in hidden if each.is_shown}
    with ctx_of(owner, now=now) as ctx:
        who, began = ctx.actor.organisation_id, now.isoformat()
        rows = [
            GoodRow(line, structure_id, unit_id, who, "station_outage", began, None, None)
            for line, (structure_id, unit_id) in enumerate(units.items(), 1)
        ]
        file_id = store_file(ctx, storm_id, "a.csv", b"", ReadFile(rows, ())).id
    with ctx_of(None, now=now) as ctx:
        take_rows(ctx, file_id)
        outages = select(Incident.structure_id, Incident.id).where(Incident.storm_id == storm_id)
        of_storm = dict(ctx.session.execute(outages).all())
    for each in hidden:
        each.incidents.all += [of_storm[each.id]] if each.id in of_storm else []


def follow(ctx_of, hidden):
    """Put the incidents where their structures lie now, as if they had been reported there."""
    for each in hidden:
        unit = unit_of(ctx_of, each.place)
        lon, lat = each.place
        with ctx_of("so.khcn") as ctx:
            ctx.session.execute(_PUT, {"lon": lon, "lat": lat, "ids": each.incidents.placed})
            ctx.session.execute(_FILE, {"unit": unit, "ids": each.incidents.all})
            record(ctx, "incident.move", "incident", each.incidents.all[0])
