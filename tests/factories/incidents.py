"""Incidents as the public reports them and as authorities and owners take them along their way."""

from datetime import UTC, datetime

from registry.incidents.codes import Basis, IncidentKind, Severity
from registry.incidents.commands import Contact, SendReport, Whereabouts
from registry.incidents.models import Incident, IncidentReport
from registry.incidents.reporting import send_report
from registry.incidents.rules import digest_of, new_draft
from registry.incidents.workflow import INCIDENT
from registry.kernel.db.row_access import EVERY_TABLE, across_organisations
from registry.kernel.geo.coordinates import parse_position
from registry.workflow.engine import fire
from tests.factories.structures import organisation_id, place_inside

#: Tuesday, ten in the morning in Việt Nam.
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
SECRET = "x" * 40
CONTACT = Contact(name="Nguyễn Thị Kín", phone="0912 345 678", email="kin@example.vn", consents=True)
TRIAGE = {
    "kind": IncidentKind.CABLE_SAGGING,
    "severity": Severity.URGENT,
    "summary": "Cáp võng còn 2 m trước chợ",
    "publish": True,
}


def inside(ctx_of, now=NOW):
    """A place in the area of ubnd.xa and kiemtra1."""
    with ctx_of("ubnd.xa", now=now, read_only=True) as ctx:
        return place_inside(ctx.session, ctx.actor.unit_ids)


def report(
    ctx_of,
    *,
    at=None,
    now=NOW,
    kind=IncidentKind.CABLE_SAGGING,
    draft=None,
    where=None,
    secret=SECRET,
    by=None,
    **facts,
):
    """Report an incident as the public, or signed in (`by`); returns its id and the tracking code."""
    if where is None:
        lon, lat = at or inside(ctx_of, now)
        where = Whereabouts(place=parse_position(f"{lat:.6f}, {lon:.6f}", "wgs84"))
    values = {"is_dangerous": False, "text": "Cáp sà thấp, xe tải vướng"} | facts
    with ctx_of(by, now=now) as ctx:
        command = SendReport(draft=draft or new_draft(), where=where, kind=kind, **values)
        # A case of its own, however near another one is.
        code = send_report(ctx, secret, command, joins=False)
        report_row = ctx.session.query(IncidentReport).filter_by(code_digest=digest_of(code)).one()
        return report_row.incident_id, code


def move(ctx_of, username, incident_id, name, *, now=NOW, **data):
    """Make a move in its own transaction with the version as it stands; returns the state it led to."""
    with ctx_of(username, now=now) as ctx:
        with across_organisations(ctx, EVERY_TABLE):
            version = ctx.session.get_one(Incident, incident_id).version
        return fire(ctx, INCIDENT, incident_id, name, data, version=version).state


def triaged(ctx_of, *, triage=(), **facts):
    """An incident that the commune has triaged."""
    incident_id, _code = report(ctx_of, **facts)
    now = facts.get("now", NOW)
    move(ctx_of, "ubnd.xa", incident_id, "triage", now=now, **(TRIAGE | dict(triage)))
    return incident_id


def assigned(ctx_of, owner="viettel", **facts):
    """An incident for which an organisation was made responsible."""
    incident_id = triaged(ctx_of, **facts)
    with ctx_of(None, read_only=True) as ctx:
        number = organisation_id(ctx.session, owner)
    data = {"organisation": [number], "basis": Basis.MARK, "proof": "Thẻ cáp ghi VIETTEL"}
    move(ctx_of, "ubnd.xa", incident_id, "assign", now=facts.get("now", NOW), **data)
    return incident_id


def get(ctx_of, incident_id, now=NOW):
    """An incident as the lead department sees it now."""
    with ctx_of("so.khcn", now=now, read_only=True) as ctx:
        incident = ctx.session.get_one(Incident, incident_id)
        ctx.session.expunge(incident)
        return incident
