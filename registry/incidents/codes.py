"""Closed lists of incidents, and what the program knows of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from registry.authz.actors import Role
from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Code of the workflow.
CODE: Final = "incident"


class IncidentState(Choice):
    """The state of an incident; a missed term has a state of its own."""

    REPORTED = "reported", _l("Chờ phân loại")
    TRIAGE_OVERDUE = "triage_overdue", _l("Quá hạn phân loại")
    VERIFIED = "verified", _l("Chưa xác định đơn vị chịu trách nhiệm")
    ASSIGNED = "assigned", _l("Đã giao đơn vị xử lý")
    ACKNOWLEDGED = "acknowledged", _l("Đơn vị đã nhận, đang xử lý")
    OVERDUE = "overdue", _l("Quá hạn bảo đảm an toàn")
    SAFE = "safe", _l("Đã bảo đảm an toàn")
    FIX_OVERDUE = "fix_overdue", _l("Quá hạn khắc phục")
    FIXED = "fixed", _l("Đã khắc phục, chờ xác nhận")
    CLOSED = "closed", _l("Đã đóng")
    REJECTED = "rejected", _l("Không thuộc phạm vi xử lý")
    DUPLICATE = "duplicate", _l("Trùng phản ánh khác")


S = IncidentState
#: Nothing more is to be done, unless the public proves otherwise.
ENDED: Final = (S.CLOSED, S.REJECTED, S.DUPLICATE)
#: The reporter is asked for satisfaction; a merged report follows the case that it was merged with.
RATED: Final = (S.CLOSED, S.REJECTED)
#: Before an authority has looked at it.
UNTRIAGED: Final = (S.REPORTED, S.TRIAGE_OVERDUE)
#: The place may still be dangerous.
UNSAFE: Final = (S.REPORTED, S.TRIAGE_OVERDUE, S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED, S.OVERDUE)


class Severity(Choice):
    """How soon the place must be made safe."""

    URGENT = "urgent", _l("Khẩn cấp, nguy hiểm ngay")
    NORMAL = "normal", _l("Thông thường")


class IncidentKind(Choice):
    """What happened."""

    CABLE_SAGGING = "cable_sagging", _l("Cáp võng, sà xuống đường")
    CABLE_CUT = "cable_cut", _l("Đứt cáp")
    POLE_DOWN = "pole_down", _l("Đổ cột treo cáp")
    POLE_LEANING = "pole_leaning", _l("Nghiêng cột treo cáp")
    MAST_COLLAPSE = "mast_collapse", _l("Gãy, đổ cột ăng ten")
    MANHOLE_COVER_MISSING = "manhole_cover_missing", _l("Mất, vỡ nắp bể cáp")
    ELECTRIC_CONTACT = "electric_contact", _l("Chạm điện")
    FIRE = "fire", _l("Cháy")
    EXCAVATION_DAMAGE = "excavation_damage", _l("Đào phải cáp, cống bể")
    STATION_OUTAGE = "station_outage", _l("Mất liên lạc trạm BTS, mất sóng")
    THEFT_SABOTAGE = "theft_sabotage", _l("Trộm cắp, phá hoại")
    OBSTRUCTION = "obstruction", _l("Cản trở xây dựng, sửa chữa")
    ILLEGAL_WORKS = "illegal_works", _l("Xây dựng, lắp đặt không đúng quy định")
    UNSAFE_WORKS = "unsafe_works", _l("Công trình không bảo đảm an toàn")
    DISASTER = "disaster", _l("Hư hỏng do thiên tai")
    OTHER = "other", _l("Sự cố khác")


class Agency(Choice):
    """The authority that is in charge of an incident; `roles` of its officers."""

    LEAD = "lead", _l("Sở Khoa học và Công nghệ")
    CONSTRUCTION = "construction", _l("Sở Xây dựng")
    COMMUNE = "commune", _l("UBND xã, phường")


AGENCY_ROLES: Final = {
    Agency.LEAD: frozenset({Role.LEAD_DEPARTMENT}),
    Agency.CONSTRUCTION: frozenset({Role.CONSTRUCTION_DEPARTMENT}),
    Agency.COMMUNE: frozenset({Role.COMMUNE_PC, Role.AREA_INSPECTOR}),
}


class ReportKind(Choice):
    """Why somebody wrote."""

    FIRST = "first", _l("Phản ánh")
    ME_TOO = "me_too", _l("Cùng gặp sự cố")
    REOPEN = "reopen", _l("Báo chưa khắc phục")
    #: Near-identical to one that is not triaged yet: it joined that case by itself.
    SAME = "same", _l("Phản ánh cùng sự cố")
    #: Danger without proof of work in a cell that reported it already: a row without words, contact and photos.
    COUNTED = "counted", _l("Phản ánh nguy hiểm cùng khu vực")


#: How satisfied a reporter is with what came of the report.
SATISFACTION: Final = {
    5: _l("Rất hài lòng"),
    4: _l("Hài lòng"),
    3: _l("Bình thường"),
    2: _l("Không hài lòng"),
    1: _l("Rất không hài lòng"),
}


class PhotoState(Choice):
    """Whether others than the moderators may see a photo."""

    QUARANTINED = "quarantined", _l("Chờ kiểm duyệt")
    CLEARED = "cleared", _l("Đã kiểm duyệt")
    REFUSED = "refused", _l("Không sử dụng")


class Basis(Choice):
    """What a statement about the responsible organisation rests on."""

    STRUCTURE = "structure", _l("Chủ sở hữu công trình gần nhất")
    OCCUPANT = "occupant", _l("Đơn vị có cáp, thiết bị trên công trình")
    MARK = "mark", _l("Thẻ, nhãn trên cáp hoặc cột")
    STATEMENT = "statement", _l("Đơn vị tự xác nhận")
    SITE = "site", _l("Kiểm tra tại hiện trường")
    OTHER = "other", _l("Căn cứ khác")


class Stance(Choice):
    """What is said of an organisation."""

    NAMED = "named", _l("Được giao")
    ACCEPTED = "accepted", _l("Nhận trách nhiệm")
    DENIED = "denied", _l("Không nhận")


class Cause(Choice):
    """The cause, as found when it was repaired."""

    WEATHER = "weather", _l("Mưa bão, thiên tai")
    TRAFFIC = "traffic", _l("Phương tiện giao thông")
    EXCAVATION = "excavation", _l("Đào đường, thi công")
    POOR_WORK = "poor_work", _l("Lắp đặt sai, cáp hỏng, cáp bỏ không")
    AGE = "age", _l("Xuống cấp, thiếu bảo trì")
    POWER = "power", _l("Sự cố điện lực")
    SABOTAGE = "sabotage", _l("Phá hoại, trộm cắp")
    UNKNOWN = "unknown", _l("Chưa rõ")


@dataclass(frozen=True)
class KindFacts:
    """What follows from a kind: the term to make it safe, whether it is an immediate hazard, and who is in charge."""

    term: str
    is_hazard: bool = False
    agency: Agency = Agency.LEAD


_K = IncidentKind
_MAST, _CABLE, _STATION, _POLE = (f"incident.restore_{part}" for part in ("mast", "cable", "station", "pole"))
HAZARD_TERM: Final = "incident.restore_hazard"
OTHER_TERM: Final = "incident.restore"
KIND_FACTS: Final = {
    _K.CABLE_SAGGING: KindFacts(HAZARD_TERM, is_hazard=True),
    _K.CABLE_CUT: KindFacts(_CABLE),
    _K.POLE_DOWN: KindFacts(_POLE, is_hazard=True),
    _K.POLE_LEANING: KindFacts(_POLE, is_hazard=True),
    _K.MAST_COLLAPSE: KindFacts(_MAST, is_hazard=True),
    _K.MANHOLE_COVER_MISSING: KindFacts(HAZARD_TERM, is_hazard=True),
    _K.ELECTRIC_CONTACT: KindFacts(HAZARD_TERM, is_hazard=True),
    _K.FIRE: KindFacts(HAZARD_TERM, is_hazard=True),
    _K.EXCAVATION_DAMAGE: KindFacts(_CABLE),
    _K.STATION_OUTAGE: KindFacts(_STATION),
    _K.THEFT_SABOTAGE: KindFacts(_CABLE),
    _K.OBSTRUCTION: KindFacts(OTHER_TERM, agency=Agency.COMMUNE),
    _K.ILLEGAL_WORKS: KindFacts(OTHER_TERM, agency=Agency.CONSTRUCTION),
    _K.UNSAFE_WORKS: KindFacts(OTHER_TERM, agency=Agency.CONSTRUCTION),
    _K.DISASTER: KindFacts(_POLE),
    _K.OTHER: KindFacts(OTHER_TERM),
}
