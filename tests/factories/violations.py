"""Violations made by the service as an inspector makes them, and taken along their way."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.audit.chain import record
from registry.kernel.db.row_access import EVERY_TABLE, across_organisations
from registry.kernel.errors import Invalid
from registry.kernel.geo.coordinates import parse_position
from registry.violations.codes import Authority, NoFineGround, Offender, Receiver
from registry.violations.commands import EditViolation, LogViolation, ViolationFacts
from registry.violations.models import Violation, ViolationKind
from registry.violations.service import edit_violation, log_violation
from registry.violations.workflow import VIOLATION
from registry.workflow.engine import fire
from tests.factories.structures import place_inside

#: Tuesday, ten in the morning in Việt Nam.
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
MINUTES = {
    "minutes_number": None,
    "minutes_on": date(2026, 11, 24),
    "offender": Offender.ORGANISATION,
    "offender_name": "VNPT Thanh Hóa",
    "organisation": [0],
    "text": "Cáp không gắn thẻ",
    "is_electronic": False,
}
#: Receiver of a transferred case -> account of its office.
OFFICES = {"lead_director": "so.khcn", "province_chair": "ubnd.tinh"}
#: The values of a delegation of the head of an office.
DELEGATION = {
    "delegator_name": "Trần Thị Trưởng",
    "deputy_name": "Nguyễn Văn Phó",
    "deputy_post": "Phó Chủ tịch UBND phường",
    "number": "12/QĐ-GQXP",
    "signed_on": date(2026, 11, 2),
    "valid_from": date(2026, 11, 9),
    "valid_to": date(2026, 12, 31),
    "scope": None,
}
REMEDIED = {"text": "Đã gắn thẻ", "photos": ["sau.jpg"], "remedied_on": date(2026, 11, 24)}
COMPLAINT = {"complained_on": date(2026, 11, 24), "text": "Không đồng ý mức phạt"}
ANNULMENT = {"annulment_number": None, "annulled_on": date(2026, 11, 24), "text": "Sai đối tượng"}
PROSECUTION = {"prosecution_number": None, "prosecuted_on": date(2026, 11, 24), "text": "Có dấu hiệu tội phạm"}
RECORD = {"verification_number": None, "verified_on": date(2026, 11, 24), "text": "Đã đối chiếu sơ đồ tuyến"}
REMEDIES_ONLY = {
    "authority": Authority.COMMUNE_CHAIR,
    "decision_number": None,
    "decision_on": date(2026, 12, 4),
    "ground": NoFineGround.LATE,
    "remedies": [0],
    "remedy": "Khôi phục tuyến cáp",
    "text": "Quá thời hạn ra quyết định",
}
AMENDMENT = {
    "amendment_number": None,
    "amended_on": date(2026, 11, 24),
    "fine_vnd": Decimal(20_000_000),
    "remedy": "Gắn thẻ",
    "text": "Có tình tiết giảm nhẹ",
}
CORRECTION = {"correction_number": None, "corrected_on": date(2026, 11, 24), "text": "Sai tên đường"}
PAYMENT = {"paid_on": date(2026, 11, 24), "paid_vnd": Decimal(25_000_000), "receipt_number": "BL 0001"}
DECISION = {
    "authority": Authority.COMMUNE_CHAIR,
    "decision_number": None,
    "decision_on": date(2026, 11, 24),
    "fine_vnd": Decimal(25_000_000),
    "remedy": "Gắn thẻ nhận biết",
}


def at_noon(*parts):
    """A moment of a day in Việt Nam."""
    return datetime(*parts, 5, tzinfo=UTC)


def inside(ctx):
    """A place in the area of the actor of today, as (longitude, latitude)."""
    return place_inside(ctx.session, ctx.actor.unit_ids)


def command(
    at, *, occurred_on=date(2026, 11, 23), is_continuing=False, accuracy_m=None, ended_on=None, found_on=None, **facts
):
    """The command of a report at a place; `facts` replace those of an ordinary one."""
    lon, lat = at
    return LogViolation(
        facts=ViolationFacts(**({"kind": "bad_cabling", "description": "Cáp võng, không gắn thẻ"} | facts)),
        occurred_on=occurred_on,
        place=parse_position(f"{lat:.6f}, {lon:.6f}", "wgs84"),
        is_continuing=is_continuing,
        accuracy_m=accuracy_m,
        ended_on=ended_on,
        found_on=found_on,
    )


def log(ctx_of, *, at=None, by="kiemtra1", now=NOW, **facts):
    """Report a violation where ubnd.xa has its area too; returns its id."""
    if at is None:
        with ctx_of("ubnd.xa", now=now, read_only=True) as ctx:
            at = inside(ctx)
    with ctx_of(by, now=now) as ctx:
        return log_violation(ctx, command(at, **facts)).id


def move(ctx_of, username, violation_id, name, *, now=NOW, **data):
    """Make a move in its own transaction with the version as it stands; returns the state it led to."""
    with ctx_of(username, now=now) as ctx:
        with across_organisations(ctx, EVERY_TABLE):
            version = ctx.session.get_one(VIOLATION.model, violation_id).version
        return fire(ctx, VIOLATION, violation_id, name, data, version=version).state


def correct(ctx_of, violation_id, *, now=NOW, **facts):
    """Correct the facts of a violation; `facts` replace those of an ordinary one."""
    with ctx_of("kiemtra1", now=now) as ctx:
        version = ctx.session.get_one(Violation, violation_id).version
        violation_facts = ViolationFacts(**({"kind": "bad_cabling", "description": "Cáp võng, không gắn thẻ"} | facts))
        edit_violation(ctx, EditViolation(violation_id=violation_id, version=version, facts=violation_facts))


def with_minutes(ctx_of, **facts):
    """A violation with minutes, of an offender of its own name; `minutes` replaces parts of them."""
    minutes_data = facts.pop("minutes", {})
    violation_id = log(ctx_of, **facts)
    minutes_data = {"offender_name": f"VNPT Thanh Hóa, tổ {violation_id}"} | minutes_data
    move(ctx_of, "kiemtra1", violation_id, "verify")
    move(ctx_of, "kiemtra1", violation_id, "minutes", **(MINUTES | minutes_data))
    return violation_id


def decided(ctx_of, **facts):
    """A violation on which the commune has decided."""
    violation_id = with_minutes(ctx_of, **facts)
    move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION)
    return violation_id


def allow_warnings(ctx_of):
    """Let the catalogue have the warning for the act of `log`."""
    with ctx_of("so.khcn", now=NOW) as ctx:
        for kind in ctx.session.scalars(select(ViolationKind).where(ViolationKind.code == "bad_cabling")):
            kind.allows_warning = True
            record(ctx, "catalogue.add", "violation_kind", kind.id)


def get(ctx_of, violation_id):
    """A violation as the lead department sees it now."""
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        violation = ctx.session.get_one(Violation, violation_id)
        ctx.session.expunge(violation)
        return violation


def refusal(call):
    """What a call is refused for: sentences by field."""
    with pytest.raises(Invalid) as caught:
        call()
    return caught.value.fields


def accepted(ctx_of, receiver="lead_director", **facts):
    """A violation with minutes that a superior authority has taken over."""
    violation_id = with_minutes(ctx_of, **facts)
    move(ctx_of, "ubnd.xa", violation_id, "transfer", receiver=Receiver(receiver), text="Vượt thẩm quyền")
    move(ctx_of, OFFICES[receiver], violation_id, "accept")
    return violation_id
