"""Inspection plans made by the services as their users make them."""

from datetime import date

from sqlalchemy import select

from registry.inspections.codes import Answer, Reach
from registry.inspections.commands import DecideFinding, OpenPlan, ProposeCorrection, RecordResult
from registry.inspections.findings import decide_finding
from registry.inspections.models import InspectionFinding, InspectionItem, InspectionPlan
from registry.inspections.queries import checklist_of, get_item, get_plan, list_plan_units
from registry.inspections.service import add_structures, open_plan, propose_correction, record_result
from registry.inspections.workflow import INSPECTION
from registry.workflow.engine import fire
from tests.factories.structures import make, place_inside
from tests.support.clock import NOW

ISSUE = {"decision_number": "12/KH-UBND", "decided_on": date(2026, 11, 25)}


def shared_unit(ctx_of):
    """A commune of ubnd.xa and kiemtra1 that is none of kiemtra2."""
    areas = []
    for name in ("ubnd.xa", "kiemtra1", "kiemtra2"):
        with ctx_of(name, now=NOW, read_only=True) as ctx:
            areas.append(ctx.actor.unit_ids)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        current = {unit.id for unit in list_plan_units(ctx)}
    return min((areas[0] & areas[1] & current) - areas[2])


def tower(ctx_of, *, owner="viettel", unit=None, **texts):
    """A structure in the commune; returns (code, id)."""
    unit = unit or shared_unit(ctx_of)
    with ctx_of(owner, now=NOW) as ctx:
        plan_id = make(ctx, owner=owner, at=place_inside(ctx.session, [unit]), **texts)
        return plan_id.code, plan_id.id


def plan(ctx_of, *, by="ubnd.xa", unit_id=..., codes=(), issued=False):
    """A plan of the shared commune (None: of the province) with these structures; returns its id."""
    unit_id = shared_unit(ctx_of) if unit_id is ... else unit_id
    with ctx_of(by, now=NOW) as ctx:
        command = OpenPlan(unit_id, "Kiểm tra trước mùa mưa bão", date(2026, 11, 1), date(2026, 12, 31))
        plan_id = open_plan(ctx, command).id
    if codes:
        with ctx_of(by, now=NOW) as ctx:
            add_structures(ctx, plan_id, codes)
    if issued:
        move(ctx_of, by, plan_id, "issue", **ISSUE)
    return plan_id


def move(ctx_of, username, plan_id, name, **data):
    """Make a move with the version as it stands; returns the state it led to."""
    with ctx_of(username, now=NOW) as ctx:
        version = ctx.session.get_one(InspectionPlan, plan_id).version
        return fire(ctx, INSPECTION, plan_id, name, data, version=version).state


def item_of(ctx_of, plan_id, structure_id):
    """Id and version of a structure's row in a plan."""
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        item = ctx.session.query(InspectionItem).filter_by(plan_id=plan_id, structure_id=structure_id).one()
        return item.id, item.version


def inspect(ctx_of, plan_id, item_id, version, *, by="kiemtra1", failing=(), **values_of_form):
    """Record a result in which the items of the checklist whose key ends with one of `failing` fail."""
    with ctx_of(by, now=NOW) as ctx:
        view = get_item(ctx, get_plan(ctx, plan_id), item_id)
        keys = [check.key for check in checklist_of(ctx, view.structure, ctx.today)]
        answers = {key: Answer.NO if key.endswith(tuple(failing)) and failing else Answer.YES for key in keys}
        values = {
            "inspected_on": ctx.today,
            "reach": Reach.INSPECTED,
            "answers": answers,
        } | values_of_form
        return record_result(ctx, RecordResult(plan_id=plan_id, item_id=item_id, version=version, **values)).outcome


def propose(ctx_of, plan_id, item_id, *, by="kiemtra1", field="height_m", stated="31,5", remark="Đo tại chỗ"):
    """Ask the owner for a correction; returns its id."""
    with ctx_of(by, now=NOW) as ctx:
        return propose_correction(ctx, ProposeCorrection(plan_id, item_id, field, stated, remark)).id


def findings_of(ctx_of, item_id):
    """The findings of a structure of a plan, in the order of the checklist."""
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        query = select(InspectionFinding).where(InspectionFinding.item_id == item_id).order_by(InspectionFinding.id)
        rows = ctx.session.scalars(query).all()
        for row in rows:
            ctx.session.expunge(row)
        return rows


def decide(ctx_of, finding_id, act=None, *, by="kiemtra1", **values):
    """Turn a finding into a case, or drop it."""
    with ctx_of(by, now=NOW) as ctx:
        return decide_finding(ctx, DecideFinding(finding_id, act, **values)).state
