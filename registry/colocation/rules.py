"""Rules of requests on values alone, and the fields of an item by what its structure carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from registry.colocation.codes import ColocationState, ItemDecision, OfferKind, RefusalGround, RequestKind
from registry.colocation.models import ColocationItem
from registry.kernel.days import years_after
from registry.kernel.db.base import Base
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _n, force_locale, format_date
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.kinds.kind import Hosting

#: States after an answer about every structure, of which some may be refused.
ANSWERED: Final = (
    *(ColocationState.ACCEPTED, ColocationState.DECIDED, ColocationState.CONTRACTED),
    *(ColocationState.EXPIRED, ColocationState.CLOSED),
)
#: States in which the requester may edit the request.
EDITABLE = (ColocationState.DRAFT, ColocationState.RETURNED)
#: Fields that a request needs before it is sent.
REQUIRED_FIELDS = ("kind", "contact_name", "contact_phone", "purpose", "wanted_from", "term_months")
GONE = (Status.DECOMMISSIONED, Status.REMOVED)
#: States in which the department settles the case.
SETTLING = (ColocationState.ESCALATED, ColocationState.PRICE_CONSULTATION, ColocationState.SETTLEMENT_OVERDUE)
#: Most structures in one request.
MAX_ITEMS = 100
#: Decisions that leave an item open.
OPEN_DECISIONS = (ItemDecision.PENDING, ItemDecision.OFFERED, ItemDecision.UPGRADING)
#: Longest upgrade in years, against typing errors.
UPGRADE_YEARS = 5
_FIELDS: Final = fields_of(ColocationItem)
#: Kinds of request about existing equipment.
ABOUT_EXISTING = (RequestKind.MODIFY, RequestKind.REMOVE)


def selection_problem(structure: Any, own_ids: frozenset[int]) -> str | None:
    """Why a structure that the requester sees exactly cannot be requested; None if it can."""
    if structure.owner_organisation_id in own_ids:
        return _("%(code)s là công trình của chính đơn vị; không cần đề nghị dùng chung.", code=structure.code)
    if structure.kind not in HOSTS:
        return _(
            "%(code)s là “%(kind)s”; chỉ đề nghị được công trình để lắp đặt thiết bị hoặc treo, kéo cáp.",
            code=structure.code,
            kind=KINDS[structure.kind].label,
        )
    if structure.sharing_status is SharingStatus.RESTRICTED:
        return _("%(code)s thuộc diện hạn chế, không nhận đề nghị dùng chung.", code=structure.code)
    if structure.status in GONE:
        return _(
            "%(code)s đã “%(status)s”; chỉ đề nghị được công trình còn tồn tại.",
            code=structure.code,
            status=structure.status.label,
        )
    return None


def nothing_selected() -> str:
    return _(
        "Chưa chọn công trình nào để đề nghị; hãy chọn ít nhất một công trình của đơn vị khác trong danh sách,"
        " công trình của chính đơn vị không cần đề nghị dùng chung."
    )


def hidden_problem(structure: Any) -> str | None:
    """Why a structure that is no longer published cannot be requested; None if it can."""
    if structure.exact:
        return None
    return _("%(code)s không còn được công bố dùng chung; hãy bỏ công trình này khỏi đề nghị.", code=structure.code)


def acceptance_problem(structure: Any) -> str | None:
    """Why a structure in its present state cannot be granted; None if it can."""
    if structure.status is not Status.ACTIVE:
        return _(
            "%(code)s đang ở trạng thái “%(status)s”; chỉ chấp thuận được công trình đang khai thác.",
            code=structure.code,
            status=structure.status.label,
        )
    if not structure.is_published:
        return _(
            "%(code)s đang ghi “%(sharing)s”; hãy công bố khả năng dùng chung trước khi chấp thuận, hoặc từ chối có "
            "căn cứ.",
            code=structure.code,
            sharing=structure.sharing_status.label,
        )
    return None


def place_problem(item: ColocationItem, code: str) -> str | None:
    """Why nothing can be reserved for an item, with the remedy; None if a place is chosen."""
    if item.place_id is not None:
        return None
    return _(
        "%(code)s: chưa chọn vị trí lắp đặt; hãy khai vị trí của công trình, rồi trả lại hồ sơ để bên đề nghị chọn.",
        code=code,
    )


@dataclass(frozen=True)
class RequestProblem:
    """Why a request cannot be sent: a sentence, and the field to fill, of the request or of one of its items."""

    sentence: str
    field: str = ""
    item_id: int | None = None


def missing_fields(row: Base, names: Iterable[str]) -> list[RequestProblem]:
    """One for each of these fields that is empty."""
    declared = fields_of(type(row))
    return [
        RequestProblem(_("Chưa nhập “%(label)s”.", label=declared[name].label), name)
        for name in names
        if getattr(row, name) in (None, "")
    ]


def missing_of_item(item: ColocationItem, kind: str, code: str, *, has_places: bool) -> list[RequestProblem]:
    """One, with the structure's code, for each empty field that an item needs.

    A place is needed only if the owner has declared any: owners without places must answer, too.
    """
    declared = item_fields(kind)
    missing = [
        RequestProblem(_("%(code)s: chưa nhập “%(label)s”.", code=code, label=declared[name].label), name, item.id)
        for name in fields_of_kind(kind).needed
        if getattr(item, name) in (None, "")
    ]
    if item.place_id is None and has_places:
        missing.insert(0, RequestProblem(_("%(code)s: chưa chọn vị trí lắp đặt.", code=code), "place", item.id))
    return missing


def wanted_from_problem(wanted_from: date | None, today: date) -> str | None:
    """The start must not be in the past."""
    if wanted_from is None or wanted_from >= today:
        return None
    return _(
        "Ngày đề nghị sử dụng %(day)s đã qua; cần từ ngày %(today)s trở đi.",
        day=format_date(wanted_from),
        today=format_date(today),
    )


def state_after_answer(before: ColocationState, decisions: Sequence[ItemDecision]) -> ColocationState:
    """The state after an answer: unchanged while the owner still owes one."""
    if ItemDecision.PENDING in decisions:
        return before
    if ItemDecision.OFFERED in decisions:
        return ColocationState.OFFERED
    if ItemDecision.UPGRADING in decisions:
        return ColocationState.UPGRADING
    return ColocationState.ACCEPTED if ItemDecision.ACCEPTED in decisions else ColocationState.REJECTED


def offer_problems(data: Mapping[str, Any], count: int, today: date) -> dict[str, str]:
    """Errors of an offer by field."""
    kind = data["offer"]
    problems: dict[str, str] = {}
    if kind is OfferKind.UPGRADE:
        if data.get("finish_on") is None:
            problems["finish_on"] = _("Đề xuất nâng cấp phải nêu ngày xong.")
        elif not today < data["finish_on"] <= years_after(today, UPGRADE_YEARS):
            problems["finish_on"] = _(
                "Ngày nâng cấp xong %(day)s không hợp lý; cần sau hôm nay %(today)s và không quá %(last)s.",
                day=format_date(data["finish_on"]),
                today=format_date(today),
                last=format_date(years_after(today, UPGRADE_YEARS)),
            )
        if data.get("cost_vnd") is None:
            problems["cost_vnd"] = _("Đề xuất nâng cấp phải nêu chi phí bên đề nghị chịu (0 nếu không có).")
    if kind is OfferKind.ALTERNATIVE:
        if not data.get("code"):
            problems["code"] = _("Hãy nêu mã công trình thay thế.")
        if count != 1:
            problems["items"] = _("Mỗi lần chỉ đề xuất công trình thay thế cho một công trình.")
    if kind is OfferKind.TERMS and not data.get("place") and data.get("quantity") is None:
        problems["quantity"] = _("Hãy nêu số lượng hoặc vị trí khác với đề nghị.")
    return problems


def pointless_moves(state: ColocationState, items: Iterable[ColocationItem]) -> set[str]:
    """Moves of this state that no item gives anything to do; their buttons are hidden."""
    items = list(items)
    decisions = {item.decision for item in items}
    lacked_capacity = any(
        item.ground is RefusalGround.NO_CAPACITY for item in items if item.decision is ItemDecision.REJECTED
    )
    owed = not decisions.isdisjoint((ItemDecision.PENDING, ItemDecision.UPGRADING))
    disputed = state in SETTLING
    useful = {
        "accept": owed or lacked_capacity or (disputed and ItemDecision.REJECTED in decisions),
        "reject": owed,
        "offer": ItemDecision.PENDING in decisions,
        "take_offer": ItemDecision.OFFERED in decisions,
        "decline_offer": ItemDecision.OFFERED in decisions,
        "dispute": ItemDecision.REJECTED in decisions,
        "contract": ItemDecision.ACCEPTED in decisions,
        "ask_contract": ItemDecision.ACCEPTED in decisions,
    }
    return {name for name, is_useful in useful.items() if not is_useful}


def state_text(state: ColocationState, accepted: int, rejected: int) -> str:
    """A state in words, with the number of structures that were granted and refused where there are both."""
    if state not in ANSWERED or not (accepted and rejected):
        return str(state.label)
    return _(
        "%(state)s: %(accepted)d chấp thuận, %(rejected)d từ chối",
        state=state.label,
        accepted=accepted,
        rejected=rejected,
    )


def request_title(codes: Sequence[str], names: Sequence[str], owner: str) -> str:
    if len(codes) == 1:
        return f"{names[0]} ({codes[0]})"
    # It is stored, and read by all: not in the language of its writer.
    with force_locale(DEFAULT_LANGUAGE):
        return _n("%(count)d công trình của %(owner)s", len(codes), count=len(codes), owner=owner)


@dataclass(frozen=True)
class ItemFields:
    """Fields of an item: `needed` must be filled, `optional` may be."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


#: Hosting -> fields of an item: the minimum that an owner needs to answer.
FIELDS_BY_HOSTING: Final[Mapping[Hosting, ItemFields]] = {
    Hosting.ANTENNAS: ItemFields(
        ("equipment", "technology", "antennas", "attach_height_m", "weight_kg"),
        ("exposed_area_m2", "azimuth_deg", "feeders", "power_kw"),
    ),
    Hosting.HUNG_CABLES: ItemFields(
        ("equipment", "cables", "cable_diameter_mm"),
        ("attach_height_m", "span_m", "cable_mass_kg_m", "tension_n", "crosses", "fibre_count", "weight_kg"),
    ),
    Hosting.PULLED_CABLES: ItemFields(
        ("equipment", "cable_diameter_mm"), ("cables", "sub_ducts", "sub_duct_diameter_mm", "fibre_count")
    ),
    Hosting.LAID_CABLES: ItemFields(
        ("equipment", "cables"), ("cable_diameter_mm", "cable_mass_kg_m", "tray_width_mm", "fibre_count")
    ),
    Hosting.ROOM: ItemFields(("equipment", "rack_units"), ("weight_kg", "power_kw")),
}


def fields_of_kind(kind: str) -> ItemFields:
    hosting = KINDS[kind].hosting
    if hosting is None:
        raise LookupError(f"a {kind} hosts no equipment")
    return FIELDS_BY_HOSTING[hosting]


def item_fields(kind: str) -> dict[str, Field]:
    """Fields of an item on a structure of a kind: quantity first, then the needed ones."""
    fields = fields_of_kind(kind)
    names = ("quantity", *fields.needed, *fields.optional)
    return {name: replace(_FIELDS[name], required=name == "quantity" or name in fields.needed) for name in names}
