"""Sample streets of this year's list, and sample violations, along the structures of one commune."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.demo import case_words as words
from registry.demo.cases import Spot, Stage
from registry.demo.ground import Line, lines_inside, moved
from registry.kernel.clock import local_date
from registry.kernel.geo.coordinates import parse_position
from registry.routelists.commands import OpenList, ProposeItem
from registry.routelists.models import ListState, RouteList
from registry.routelists.service import open_list, propose_item
from registry.routelists.workflow import ITEM
from registry.structures.commands import GivenPosition
from registry.structures.models import WGS84
from registry.violations.codes import Authority, Offender, Receiver
from registry.violations.commands import LogViolation, ViolationFacts
from registry.violations.queries import find_kind
from registry.violations.service import log_violation
from registry.violations.workflow import VIOLATION

#: Metres to the east and north of the end of a street from its beginning.
_REACHES: Final = ((260, 120), (-260, 120), (180, -200), (-180, -200))
_FINE: Final = Decimal(25_000_000)


def play_streets(stage: Stage, spots: Sequence[Spot]) -> None:
    """The list of this year with a street of each sort: written down, under review, sent back, agreed."""
    year = local_date(stage.now).year
    with stage.acting("so.xaydung", 30) as ctx:
        known = ctx.session.scalar(select(RouteList).where(RouteList.year == year))
        if known is not None and known.state is ListState.ISSUED:
            return
        list_id = (known or open_list(ctx, OpenList(year))).id
    ids = []
    for street, line in zip(words.STREETS, _lines(stage, spots), strict=False):
        name, start, end, kind, reason, project = street
        values = {
            "street_name": name,
            "from_place": start,
            "to_place": end,
            "work_kind": kind,
            "reason": reason,
            "is_urban": True,
            "linked_project": project or None,
            "wanted_from_year": year,
            "wanted_to_year": year + 1,
        }
        with stage.acting("ubnd.xa", 6) as ctx:
            ids.append(propose_item(ctx, ProposeItem(list_id, values, ("cable_duct",), _given(line))).id)
    for item_id in ids[1:]:
        stage.move("ubnd.xa", 5, ITEM, item_id, "submit")
    for item_id in ids[2:3]:
        stage.move("so.xaydung", 2, ITEM, item_id, "return", text=words.BACK)
    for item_id in ids[3:4]:
        stage.move("so.xaydung", 1, ITEM, item_id, "agree", text=None)


def play_violations(stage: Stage, spots: Sequence[Spot]) -> None:
    """Five violations: reported, being verified, with minutes, passed up, decided and being remedied."""
    # From the end, so that they do not lie on the streets.
    places = iter(spots[::-1])
    _logged(stage, next(places), 1, "dead_cable_left", words.DEAD_CABLE)
    seen = _logged(stage, next(places), 4, "hang_without_consent", words.NO_CONSENT)
    if seen is not None:
        stage.move("kiemtra1", 3, VIOLATION, seen, "verify", text=None, photos=[])
    _with_minutes(stage, _logged(stage, next(places), 5, "bad_cabling", words.NO_TAGS, accused="vnpt"), 2, 21)
    passed = _with_minutes(stage, _logged(stage, next(places), 6, "destroy_works", words.BROKEN), 4, 22)
    if passed is not None:
        reason = "Mức phạt cao nhất của hành vi vượt thẩm quyền cấp xã."
        stage.move("kiemtra1", 3, VIOLATION, passed, "transfer", receiver=Receiver.LEAD_DIRECTOR, text=reason)
    tags = _logged(stage, next(places), 16, "bad_cabling", words.NO_TAGS, accused="viettel")
    decided = _with_minutes(stage, tags, 14, 20)
    if decided is not None:
        today = local_date(stage.now)
        decision = {
            "authority": Authority.COMMUNE_CHAIR,
            "decision_number": "31/QĐ-XPHC",
            "decision_on": today - timedelta(days=10),
            "fine_vnd": _FINE,
            "remedy": "Gắn thẻ nhận biết, căng lại cáp.",
            "files": [],
        }
        stage.move("ubnd.xa", 10, VIOLATION, decided, "decide", **decision)
        stage.move("kiemtra1", 9, VIOLATION, decided, "remedy", remedy_due_on=today + timedelta(days=20))


def _lines(stage: Stage, spots: Sequence[Spot]) -> list[Line]:
    """Short streets from structures on that stay within the commune, each from another structure."""
    found: dict[str, Line] = {}
    with stage.acting("ubnd.xa", 0) as ctx:
        for unit_id in sorted(ctx.actor.unit_ids):
            tries = [
                (spot.code, ((spot.lon, spot.lat), moved((spot.lon, spot.lat), *reach)))
                for spot in spots
                for reach in _REACHES
            ]
            inside = lines_inside(ctx.session, [(unit_id, line) for _code, line in tries])
            for number in sorted(inside):
                code, line = tries[number]
                found.setdefault(code, line)
    return list(found.values())


def _given(line: Line) -> GivenPosition:
    geojson = json.dumps({"type": "LineString", "coordinates": [list(point) for point in line]})
    return GivenPosition(geojson, "\n".join(f"{lat:.6f}, {lon:.6f}" for lon, lat in line), WGS84, "")


def _logged(stage: Stage, spot: Spot, days: int, kind: str, text: str, accused: str = "") -> int | None:
    """The id of a report; None where the law of that day does not know the act."""
    with stage.acting("kiemtra1", days) as ctx:
        day = ctx.today - timedelta(days=1)
        if find_kind(ctx.session, kind, day, day) is None:
            return None
        organisation = ctx.session.scalar(select(Organisation.id).where(Organisation.code == accused))
        facts = ViolationFacts(
            kind=kind, description=f"{text} (dữ liệu mẫu)", structure_code=spot.code, organisation_id=organisation
        )
        place = parse_position(f"{spot.lat:.6f}, {spot.lon:.6f}", "wgs84")
        return log_violation(ctx, LogViolation(facts=facts, occurred_on=day, place=place, accuracy_m=Decimal(5))).id


def _with_minutes(stage: Stage, case_id: int | None, days: int, number: int) -> int | None:
    """Verified and put into minutes so many days ago."""
    if case_id is None:
        return None
    stage.move("kiemtra1", days, VIOLATION, case_id, "verify", text=None, photos=[])
    minutes: dict[str, Any] = {
        "minutes_number": f"{number}/BB-VPHC",
        "minutes_on": local_date(stage.now) - timedelta(days=days),
        "offender": Offender.ORGANISATION,
        "offender_name": "Đơn vị quản lý tuyến cáp (dữ liệu mẫu)",
        "text": "Có mặt đại diện các bên, đã đọc lại và ký.",
        "files": [],
    }
    stage.move("kiemtra1", days, VIOLATION, case_id, "minutes", **minutes)
    return case_id
