"""The workflow of violations: reported, verified, minutes, decision by the competent authority, remedy, closed."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import PurePath
from typing import Final

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.units import VND
from registry.notices.service import Audience
from registry.violations.codes import CODE, LIMITATION, Authority, Offender, Receiver, Remedy, ViolationState
from registry.violations.law import (
    LIMITATION_TERM,
    LONG_LIMITATION_TERM,
    ProposedDecision,
    decision_errors,
    limitation_end,
    limitation_start,
    limitation_term,
)
from registry.violations.models import Violation, ViolationKind
from registry.violations.queries import who_may_order
from registry.violations.rules import late_decision_problem, past_day_problem
from registry.workflow.definition import (
    Assignee,
    Data,
    Deadline,
    FilesNeed,
    ItemsNeed,
    Move,
    Need,
    Party,
    Workflow,
    text_need,
)

_IMAGES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})
#: Authorities whose decisions the commune records; the lead department records those of all others.
_COMMUNE: Final = frozenset({Authority.COMMUNE_CHAIR, Authority.DISTRICT_CHAIR})
S = ViolationState
_NUMBER = 100
#: Stored in events by their places: new ones go to the end.
_REMEDIES: Final = tuple(Remedy)
_UNDECIDED = (S.MINUTES_MADE, S.TRANSFERRED, S.DECISION_OVERDUE)
_NOTIFIED = ("accused", "inspector", "commune")


def _in_area(role: Role, case: Violation) -> Audience:
    return Audience(roles=frozenset({role}), unit_ids=frozenset({case.unit_id}))


def _inspector(ctx: Ctx, case: Violation) -> Audience:
    del ctx
    return _in_area(Role.AREA_INSPECTOR, case)


def _commune(ctx: Ctx, case: Violation) -> Audience:
    del ctx
    return _in_area(Role.COMMUNE_PC, case)


def _lead(ctx: Ctx, case: Violation) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


def _accused(ctx: Ctx, case: Violation) -> Audience:
    """No organisation before the minutes name it: until then it is only suspected."""
    del ctx
    known = case.organisation_id is not None and case.minutes_number is not None
    return Audience(organisation_ids=frozenset({case.organisation_id} if known and case.organisation_id else set()))


PARTIES: Final = {
    "inspector": Party(_l("Cán bộ kiểm tra địa bàn"), _inspector),
    "commune": Party(_l("UBND xã, phường"), _commune),
    "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead),
    "accused": Party(_l("Tổ chức bị cho là vi phạm"), _accused),
}


def is_photo(name: str) -> bool:
    """Whether a file name is that of an image; the content is checked when it is stored."""
    return PurePath(name).suffix.lower() in _IMAGES


def minutes_start(case: Violation) -> datetime:
    """The day of the minutes, whichever authority decides."""
    if case.minutes_on is None:
        message = f"violation {case.id} has no minutes, yet the term of its decision is asked for"
        raise RuntimeError(message)
    return datetime.combine(case.minutes_on, time.min, tzinfo=LOCAL_ZONE)


def may_make_minutes(ctx: Ctx, case: Violation, data: Data) -> None:
    """Minutes are made after the act was done, not in the future."""
    problem = past_day_problem(data["minutes_on"], case.occurred_on, _("ngày xảy ra"), ctx.today)
    if problem:
        raise Invalid({"minutes_on": problem})


def make_minutes(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store number, day and offender of the minutes."""
    del ctx
    case.minutes_number, case.minutes_on = data["minutes_number"], data["minutes_on"]
    case.offender, case.offender_name = Offender(data["offender"]), data["offender_name"]


def transfer(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the receiver of the case."""
    del ctx
    case.transferred_to = data["receiver"]


def may_decide(ctx: Ctx, case: Violation, data: Data) -> None:
    """The authority is competent on that day, the fine is in range, an offender is named; all problems at once."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    day: date = data["decision_on"]
    problems = {
        "decision_on": past_day_problem(day, local_date(minutes_start(case)), _("ngày lập biên bản"), ctx.today)
        or late_decision_problem(day, limitation_end(ctx, limitation_term(kind.sector), limitation_start(case))),
        "authority": _authority_problem(ctx, case, Authority(data["authority"])),
        "": _owner_problem(case, kind),
    }
    errors = {name: problem for name, problem in problems.items() if problem}
    if not errors:
        offender = case.offender or Offender.ORGANISATION
        remedies = _ordered(data)
        decision = ProposedDecision(Authority(data["authority"]), day, offender, data["fine_vnd"], remedies)
        errors = decision_errors(ctx.session, kind, decision)
    if errors:
        raise Invalid(errors)


def decide(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the decision and who recorded it."""
    case.decision_number, case.decision_on = data["decision_number"], data["decision_on"]
    case.authority, case.fine_vnd, case.remedy = Authority(data["authority"]), data["fine_vnd"], data["remedy"]
    case.remedies = [remedy.value for remedy in _ordered(data)]
    case.decided_by_id = ctx.actor.id


def may_order_remedy(ctx: Ctx, case: Violation, data: Data) -> None:
    """A remedy is due after the decision."""
    due: date = data["remedy_due_on"]
    if case.decision_on is not None and due < case.decision_on:
        raise Invalid(
            {
                "remedy_due_on": _(
                    "Hạn khắc phục %(day)s trước ngày quyết định (%(decision)s); hãy ghi một ngày sau đó.",
                    day=format_date(due),
                    decision=format_date(case.decision_on),
                )
            }
        )
    del ctx


def order_remedy(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the deadline of the remedy."""
    del ctx
    case.remedy_due_on = data["remedy_due_on"]


def has_photo(ctx: Ctx, case: Violation, data: Data) -> None:
    """At least one photo shows the remedy."""
    del ctx, case
    names: list[str] = data["photos"]
    if not any(is_photo(name) for name in names):
        raise Invalid({"photos": _("Chưa có ảnh sau khi khắc phục; hãy gửi ít nhất một ảnh (JPG, PNG, WEBP, HEIC).")})


def _owner_problem(case: Violation, kind: ViolationKind) -> str | None:
    if not kind.owner_first or case.organisation_id is not None:
        return None
    return _(
        "Chưa xác định chủ sở hữu nên chưa thể ra quyết định; hãy sửa hồ sơ, ghi tổ chức và hành vi đã chứng minh."
    )


def _authority_problem(ctx: Ctx, case: Violation, authority: Authority) -> str | None:
    """An authority of the actor's own level, or the receiver of a transferred case, must decide."""
    sees_all = ALL in scopes_of(ctx.actor, P.VIOLATION_DECIDE)
    if (authority in _COMMUNE) is sees_all:
        return (
            _("Sở ghi quyết định của Giám đốc Sở hoặc Chủ tịch UBND tỉnh; quyết định cấp xã do UBND cấp xã ghi.")
            if sees_all
            else _("UBND cấp xã chỉ ghi quyết định của mình; vụ việc vượt thẩm quyền phải chuyển lên cấp trên.")
        )
    if case.transferred_to is not None and case.transferred_to.value != authority.value:
        return _(
            "Vụ việc đã chuyển cho %(receiver)s; chỉ nơi đó ra quyết định.", receiver=str(case.transferred_to.label)
        )
    return None


def _ordered(data: Data) -> tuple[Remedy, ...]:
    """The remedies of a decision: their places in the list of all."""
    return tuple(_REMEDIES[place] for place in data.get("remedies") or ())


def remedy_options(ctx: Ctx, case: Violation) -> list[tuple[int, str]]:
    """The remedies with who may order them today in the field of the act; those of the act come first."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    options = []
    for place, remedy in enumerate(_REMEDIES):
        offices = who_may_order(ctx.session, remedy, kind.sector, ctx.today)
        if offices:
            foreseen = remedy.value in kind.remedies
            text = _("%(remedy)s (%(offices)s)", remedy=remedy.label, offices=", ".join(str(o.label) for o in offices))
            label = _("%(text)s – văn bản quy định cho hành vi này", text=text) if foreseen else text
            options.append((not foreseen, place, label))
    return [(place, label) for _later, place, label in sorted(options)]


def remedy_names(ctx: Ctx, case: Violation) -> dict[int, str]:
    """All remedies, for the timeline."""
    del ctx, case
    return {place: str(remedy.label) for place, remedy in enumerate(_REMEDIES)}


def limitation_of(ctx: Ctx, case: Violation) -> str:
    """The term of the field of law of the act."""
    return limitation_term(ctx.session.get_one(ViolationKind, case.kind_id).sector)


_MINUTES: Final[tuple[Need, ...]] = (
    Field("minutes_number", _l("Số biên bản"), max_length=_NUMBER, required=True),
    Field("minutes_on", _l("Ngày lập biên bản"), required=True, python_type=date),
    Field("offender", _l("Bên vi phạm là"), choices=Offender, required=True),
    Field("offender_name", _l("Tên bên vi phạm"), max_length=200, required=True),
    text_need("text", _l("Nội dung biên bản")),
    FilesNeed("files", _l("Bản chụp biên bản")),
)
_DECISION: Final[tuple[Need, ...]] = (
    Field("authority", _l("Người ra quyết định"), choices=Authority, required=True),
    Field("decision_number", _l("Số quyết định"), max_length=_NUMBER, required=True),
    Field("decision_on", _l("Ngày quyết định"), required=True, python_type=date),
    Field(
        "fine_vnd",
        _l("Mức phạt"),
        unit=VND,
        minimum=Decimal(0),
        maximum=Decimal(10) ** 12,
        required=True,
        python_type=Decimal,
        hint=_l("Trong khung của hành vi; cá nhân bằng một nửa tổ chức."),
    ),
    ItemsNeed(
        "remedies",
        _l("Biện pháp khắc phục hậu quả theo luật"),
        remedy_options,
        required=False,
        hint=_l("Chỉ người nêu trong ngoặc có thẩm quyền áp dụng."),
        names=remedy_names,
        is_preset=False,
    ),
    text_need("remedy", _l("Nội dung phải khắc phục"), hint=_l("Ví dụ: thu hồi cáp, gắn thẻ nhận biết; hoặc «Không».")),
    FilesNeed("files", _l("Bản chụp quyết định")),
)

MOVES: Final = (
    Move(
        "verify",
        _l("Bắt đầu xác minh"),
        _l("Bắt đầu xác minh"),
        (S.REPORTED,),
        S.VERIFYING,
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Ghi chú xác minh"), required=False),
            FilesNeed("photos", _l("Ảnh, tài liệu bổ sung")),
        ),
        tone="primary",
    ),
    Move(
        "minutes",
        _l("Lập biên bản"),
        _l("Đã lập biên bản vi phạm"),
        (S.VERIFYING,),
        S.MINUTES_MADE,
        P.VIOLATION_HANDLE,
        needs=_MINUTES,
        guard=may_make_minutes,
        effect=make_minutes,
        notifies=("accused", "commune"),
        tone="primary",
    ),
    Move(
        "dismiss",
        _l("Kết luận không vi phạm"),
        _l("Kết luận không vi phạm"),
        (S.VERIFYING,),
        S.NOT_VIOLATION,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Vì sao không vi phạm")),),
    ),
    Move(
        "transfer",
        _l("Chuyển cấp có thẩm quyền"),
        _l("Đã chuyển cấp có thẩm quyền"),
        (S.MINUTES_MADE, S.DECISION_OVERDUE),
        S.TRANSFERRED,
        P.VIOLATION_HANDLE,
        needs=(
            Field("receiver", _l("Chuyển cho"), choices=Receiver, required=True),
            text_need(
                "text", _l("Lý do chuyển"), hint=_l("Ví dụ: mức phạt cao nhất của hành vi vượt thẩm quyền cấp xã.")
            ),
        ),
        effect=transfer,
        notifies=("lead", "commune"),
    ),
    Move(
        "decide",
        _l("Ghi quyết định xử phạt"),
        _l("Đã ra quyết định xử phạt"),
        _UNDECIDED,
        S.DECIDED,
        P.VIOLATION_DECIDE,
        needs=_DECISION,
        guard=may_decide,
        effect=decide,
        notifies=_NOTIFIED,
        tone="primary",
    ),
    Move(
        "settle_elsewhere",
        _l("Đóng theo kết quả nơi nhận"),
        _l("Đóng hồ sơ theo kết quả của nơi nhận chuyển"),
        (S.TRANSFERRED, S.DECISION_OVERDUE),
        S.CLOSED,
        P.VIOLATION_TAKE_OVER,
        needs=(text_need("text", _l("Kết quả xử lý của nơi nhận")),),
        notifies=("inspector", "commune"),
    ),
    Move(
        "remedy",
        _l("Giao thời hạn khắc phục"),
        _l("Đã giao thời hạn khắc phục"),
        (S.DECIDED,),
        S.REMEDYING,
        P.VIOLATION_HANDLE,
        needs=(Field("remedy_due_on", _l("Hạn khắc phục"), required=True, python_type=date),),
        guard=may_order_remedy,
        effect=order_remedy,
        notifies=("accused",),
        tone="primary",
    ),
    Move(
        "remedied",
        _l("Xác nhận đã khắc phục"),
        _l("Đã khắc phục"),
        (S.REMEDYING,),
        S.REMEDIED,
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Kết quả khắc phục")),
            FilesNeed("photos", _l("Ảnh sau khi khắc phục"), required=True),
        ),
        guard=has_photo,
        notifies=("accused", "commune"),
        tone="primary",
    ),
    Move(
        "appeal",
        _l("Ghi nhận khiếu nại"),
        _l("Có khiếu nại"),
        (S.DECIDED, S.REMEDYING),
        S.APPEALED,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Nội dung khiếu nại")), FilesNeed("files", _l("Đơn khiếu nại"))),
        notifies=("commune", "lead"),
    ),
    Move(
        "uphold",
        _l("Giữ nguyên quyết định"),
        _l("Giải quyết khiếu nại: giữ nguyên quyết định"),
        (S.APPEALED,),
        S.DECIDED,
        P.VIOLATION_DECIDE,
        needs=(text_need("text", _l("Kết quả giải quyết khiếu nại")),),
        notifies=_NOTIFIED,
        tone="primary",
    ),
    Move(
        "annul",
        _l("Hủy quyết định, đóng hồ sơ"),
        _l("Giải quyết khiếu nại: hủy quyết định, đóng hồ sơ"),
        (S.APPEALED,),
        S.CLOSED,
        P.VIOLATION_DECIDE,
        needs=(text_need("text", _l("Kết quả giải quyết khiếu nại")),),
        notifies=_NOTIFIED,
        tone="danger",
    ),
    Move(
        "close",
        _l("Đóng hồ sơ"),
        _l("Đã đóng hồ sơ"),
        (S.NOT_VIOLATION, S.REMEDIED, S.TIME_BARRED),
        S.CLOSED,
        P.VIOLATION_HANDLE,
        notifies=("accused",),
        tone="primary",
    ),
    Move(
        "time_bar",
        _l("Hết thời hiệu"),
        _l("Hết thời hiệu xử phạt khi chưa lập biên bản"),
        (S.REPORTED, S.VERIFYING),
        S.TIME_BARRED,
        P.CLOCK,
        notifies=("inspector", "commune", "lead"),
    ),
    Move(
        "lapse",
        _l("Quá hạn ra quyết định"),
        _l("Chưa có quyết định trong thời hạn"),
        (S.MINUTES_MADE, S.TRANSFERRED),
        S.DECISION_OVERDUE,
        P.CLOCK,
        notifies=("commune", "inspector", "lead"),
    ),
)
#: Moves that the accused organisation sees, with their texts; the rest is internal.
SERVED: Final = frozenset({"minutes", "decide", "remedy", "remedied", "appeal", "uphold", "annul", "close"})

# A case has one open clock, so the limitation runs until the minutes and the term of the decision from the day of the
# minutes on. The limitation bounds the decision too: `may_decide` computes its end.
_LIMITATION: Final = Deadline(
    LIMITATION,
    LIMITATION_TERM,
    "time_bar",
    _l("Không còn xử phạt được; hồ sơ chuyển sang hết thời hiệu."),
    start=limitation_start,
    term_of=limitation_of,
)
_LATE: Final = _l("Hồ sơ mang dấu quá hạn, Sở Khoa học và Công nghệ được báo.")
VIOLATION: Final = Workflow(
    code=CODE,
    label=_l("Vi phạm"),
    prefix="VP",
    model=Violation,
    states=ViolationState,
    start=S.REPORTED,
    moves=MOVES,
    closing=frozenset({"dismiss", "close"}),
    terms={LONG_LIMITATION_TERM: _l("Thời hiệu trong lĩnh vực xây dựng, giá")},
    read=P.VIOLATION_READ,
    # Photos may show third persons, so the accused does not see them.
    files_permission=P.VIOLATION_EVIDENCE,
    page="violations.detail",
    index="violations.index",
    parties=PARTIES,
    assignees={
        **dict.fromkeys(
            (S.REPORTED, S.VERIFYING, S.NOT_VIOLATION, S.DECIDED, S.REMEDYING, S.REMEDIED, S.TIME_BARRED),
            Assignee("inspector", P.VIOLATION_HANDLE),
        ),
        # The department decides what was passed to it; before that, the commune's decisions are no work of its own.
        S.MINUTES_MADE: Assignee("commune", P.VIOLATION_DECIDE, frozenset({Role.COMMUNE_PC})),
        **dict.fromkeys((S.DECISION_OVERDUE, S.APPEALED), Assignee("commune", P.VIOLATION_DECIDE)),
        S.TRANSFERRED: Assignee("lead", P.VIOLATION_TAKE_OVER),
    },
    deadlines={
        S.REPORTED: _LIMITATION,
        S.VERIFYING: _LIMITATION,
        S.MINUTES_MADE: Deadline("decision", "violation.decide", "lapse", _LATE, start=minutes_start),
        S.TRANSFERRED: Deadline("decision", "violation.decide_transferred", "lapse", _LATE, start=minutes_start),
    },
    main_path=(S.REPORTED, S.VERIFYING, S.MINUTES_MADE, S.DECIDED, S.REMEDYING, S.REMEDIED, S.CLOSED),
    tones={
        S.REPORTED: "info",
        S.VERIFYING: "info",
        S.NOT_VIOLATION: "neutral",
        S.MINUTES_MADE: "warn",
        S.TRANSFERRED: "warn",
        S.DECISION_OVERDUE: "bad",
        S.DECIDED: "warn",
        S.APPEALED: "warn",
        S.REMEDYING: "info",
        S.REMEDIED: "good",
        S.TIME_BARRED: "dark",
        S.CLOSED: "dark",
    },
)
