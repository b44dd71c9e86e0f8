"""Moves to others: hand over to another agency, refer to the police, open a violation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.incidents.case_facts import position_of_case
from registry.incidents.codes import AGENCY_ROLES, CODE, UNTRIAGED, Agency, IncidentState
from registry.incidents.models import Incident
from registry.kernel.errors import Invalid
from registry.kernel.feature import ExtensionPoint
from registry.kernel.fields import Field, required_fields
from registry.kernel.i18n import _, _l, _n, format_date
from registry.workflow.definition import Branch, Data, FilesNeed, ItemsNeed, Move, same_state, text_need
from registry.workflow.referrals import Referral, create_referral

S = IncidentState
_OPEN_TRIAGED = (S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED, S.OVERDUE, S.SAFE, S.FIX_OVERDUE, S.FIXED)
_OPEN = (*UNTRIAGED, *_OPEN_TRIAGED)
_AS_IT_IS: Final = Branch(_OPEN, same_state)


@dataclass(frozen=True)
class CatalogueAct:
    """An act of the catalogue of violations: id, code and label."""

    id: int
    code: str
    label: str


def has_open_handover(ctx: Ctx, case: Incident) -> str | None:
    """No other authority is asked already."""
    del ctx
    if case.agency_asked is None:
        return None
    return _("Đã đề nghị %(agency)s tiếp nhận; hãy đợi trả lời.", agency=case.agency_asked.label)


def is_asked(ctx: Ctx, case: Incident) -> str | None:
    """The authority of the actor was asked to take over."""
    if case.agency_asked is not None and AGENCY_ROLES[case.agency_asked] & ctx.actor.roles:
        return None
    return _("Hồ sơ không được chuyển đến cơ quan của tài khoản này.")


def ask_handover(ctx: Ctx, case: Incident, data: Data) -> None:
    """The present authority stays in charge until the other one accepts."""
    del ctx
    agency = Agency(data["agency"])
    if agency is case.agency:
        raise Invalid({"agency": _("%(agency)s đang thụ lý hồ sơ này; hãy chọn cơ quan khác.", agency=agency.label)})
    case.agency_asked = agency


def accept_handover(ctx: Ctx, case: Incident, data: Data) -> None:
    """The authority that was asked is in charge."""
    del ctx, data
    if case.agency_asked is not None:
        case.agency, case.agency_asked = case.agency_asked, None


def decline_handover(ctx: Ctx, case: Incident, data: Data) -> None:
    """The former authority stays in charge."""
    del ctx, data
    case.agency_asked = None


def was_referred(ctx: Ctx, case: Incident) -> str | None:
    """It was not referred to the police before."""
    del ctx
    if case.police_letter is None:
        return None
    return _("Đã chuyển công an theo văn bản %(letter)s.", letter=case.police_letter)


def to_receipt(ctx: Ctx, case: Incident) -> str | None:
    """It was referred, and the receipt is not there yet."""
    del ctx
    if case.police_letter is None:
        return _("Hồ sơ chưa chuyển cơ quan công an.")
    return None if case.police_receipt is None else _("Đã có biên nhận %(number)s.", number=case.police_receipt)


def may_refer(ctx: Ctx, case: Incident, data: Data) -> None:
    """The day is not in the future, and a receipt not before its letter."""
    name = "police_received_on" if "police_received_on" in data else "police_referred_on"
    day: date = data[name]
    if day > ctx.today:
        raise Invalid({name: _("Ngày %(day)s chưa đến; cần ngày hôm nay hoặc trước đó.", day=format_date(day))})
    if name == "police_received_on" and case.police_referred_on is not None and day < case.police_referred_on:
        raise Invalid(
            {
                name: _(
                    "Ngày %(day)s trước ngày chuyển (%(referred)s); cần ngày chuyển hoặc sau đó.",
                    day=format_date(day),
                    referred=format_date(case.police_referred_on),
                )
            }
        )


def refer_to_police(ctx: Ctx, case: Incident, data: Data) -> None:
    """Store number and day of the letter."""
    del ctx
    case.police_letter, case.police_referred_on = data["police_letter"], data["police_referred_on"]


def take_receipt(ctx: Ctx, case: Incident, data: Data) -> None:
    """Store number and day of the receipt."""
    del ctx
    case.police_receipt, case.police_received_on = data["police_receipt"], data["police_received_on"]


def violation_options(ctx: Ctx, case: Incident) -> Sequence[tuple[int, str]]:
    """The acts of the catalogue in force today."""
    del case
    acts = ACTS.only()
    return [(act.id, act.label) for act in acts(ctx)] if acts is not None else []


def violation_names(ctx: Ctx, case: Incident) -> Mapping[int, str]:
    """The labels of the acts."""
    return dict(violation_options(ctx, case))


def may_open_violation(ctx: Ctx, case: Incident, data: Data) -> None:
    """One act is chosen, and the place is known: a structure or a position."""
    if len(data["act"]) != 1:
        raise Invalid(
            {
                "act": _n(
                    "Đã chọn %(count)d hành vi; hãy chọn đúng một hành vi.", len(data["act"]), count=len(data["act"])
                )
            }
        )
    if case.structure_id is None and position_of_case(ctx, case) is None:
        raise Invalid({"": _("Hồ sơ chưa có tọa độ hoặc công trình; hãy lập hồ sơ vi phạm tại mục “Vi phạm”.")})


def open_violation(ctx: Ctx, case: Incident, data: Data) -> None:
    """Hand the breach to the feature of violations, with the responsible organisation as the accused."""
    acts = ACTS.only()
    code = next(act.code for act in acts(ctx) if act.id == data["act"][0]) if acts is not None else ""
    position = position_of_case(ctx, case)
    create_referral(
        ctx,
        Referral(
            kind=code,
            structure_id=case.structure_id,
            accused_organisation_id=case.organisation_id,
            origin=CODE,
            origin_id=case.id,
            origin_number=case.number or "",
            text=data["text"],
            lon=position[0] if position and case.structure_id is None else None,
            lat=position[1] if position and case.structure_id is None else None,
        ),
    )


#: The acts that may be prosecuted today, which the feature of violations knows.
ACTS = ExtensionPoint[Callable[[Ctx], Sequence[CatalogueAct]]]("incidents.acts")


MOVES: Final = (
    Move(
        "hand_over",
        _l("Đề nghị cơ quan khác tiếp nhận"),
        _l("Đề nghị cơ quan khác tiếp nhận"),
        _OPEN,
        _AS_IT_IS,
        P.INCIDENT_TRIAGE,
        needs=(
            Field("agency", _l("Cơ quan tiếp nhận"), choices=Agency, required=True),
            text_need("text", _l("Lý do chuyển")),
        ),
        obstacle=has_open_handover,
        effect=ask_handover,
        acts=("asked",),
    ),
    Move(
        "accept_handover",
        _l("Tiếp nhận hồ sơ"),
        _l("Đã tiếp nhận hồ sơ chuyển đến"),
        _OPEN,
        _AS_IT_IS,
        P.INCIDENT_TRIAGE,
        obstacle=is_asked,
        effect=accept_handover,
        notifies=("lead", "commune"),
        tone="primary",
    ),
    Move(
        "decline_handover",
        _l("Không tiếp nhận hồ sơ"),
        _l("Không tiếp nhận hồ sơ chuyển đến"),
        _OPEN,
        _AS_IT_IS,
        P.INCIDENT_TRIAGE,
        needs=(text_need("text", _l("Lý do")),),
        obstacle=is_asked,
        effect=decline_handover,
        notifies=("agency", "commune"),
    ),
    Move(
        "refer_police",
        _l("Chuyển cơ quan công an"),
        _l("Đã chuyển cơ quan công an"),
        _OPEN_TRIAGED,
        _AS_IT_IS,
        P.INCIDENT_TRIAGE,
        needs=(
            *required_fields(Incident, "police_letter", "police_referred_on"),
            text_need("text", _l("Dấu hiệu vi phạm")),
        ),
        obstacle=was_referred,
        guard=may_refer,
        effect=refer_to_police,
        notifies=("lead",),
    ),
    Move(
        "police_receipt",
        _l("Ghi biên nhận của công an"),
        _l("Cơ quan công an đã tiếp nhận"),
        (*_OPEN_TRIAGED, S.CLOSED),
        Branch((*_OPEN_TRIAGED, S.CLOSED), same_state),
        P.INCIDENT_TRIAGE,
        needs=(
            *required_fields(Incident, "police_receipt", "police_received_on"),
            FilesNeed("files", _l("Bản chụp biên nhận")),
        ),
        obstacle=to_receipt,
        guard=may_refer,
        effect=take_receipt,
    ),
    Move(
        "open_violation",
        _l("Lập hồ sơ vi phạm"),
        _l("Đã chuyển lập hồ sơ vi phạm"),
        (*_OPEN_TRIAGED, S.CLOSED),
        Branch((*_OPEN_TRIAGED, S.CLOSED), same_state),
        P.INCIDENT_TRIAGE,
        needs=(
            ItemsNeed("act", _l("Hành vi"), violation_options, names=violation_names, is_preset=False, is_single=True),
            text_need("text", _l("Căn cứ")),
        ),
        guard=may_open_violation,
        effect=open_violation,
    ),
)
