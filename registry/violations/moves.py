"""Guards and effects that the workflow names."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import PurePath
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, format_date
from registry.violations.catalogue import competence_on
from registry.violations.codes import CODE, LIMITATION, Authority, Offender
from registry.violations.models import Violation, ViolationKind
from registry.violations.rules import (
    competence_problem,
    fine_problem,
    fine_range,
    late_decision_problem,
    past_day_problem,
)
from registry.workflow.calendar import last_day
from registry.workflow.definition import Data
from registry.workflow.models import CaseClock

_IMAGES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})
#: Who decides for a commune; everybody above is recorded by the lead department.
_COMMUNE: Final = frozenset({Authority.COMMUNE_CHAIR, Authority.DISTRICT_CHAIR})


def is_photo(name: str) -> bool:
    """Whether a file calls itself a photo; what is in it is checked when it is kept."""
    return PurePath(name).suffix.lower() in _IMAGES


def limitation_start(case: Violation) -> datetime:
    """The act, or its discovery where it goes on (Luật Xử lý vi phạm hành chính Đ6): 12 months run from there."""
    day = local_date(case.found_at) if case.is_continuing else case.occurred_on
    return datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)


def minutes_start(case: Violation) -> datetime:
    """The day of the minutes: the term of the decision runs from there, whoever decides."""
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
    """Keep number, day and offender of the minutes."""
    del ctx
    case.minutes_number, case.minutes_on = data["minutes_number"], data["minutes_on"]
    case.offender, case.offender_name = Offender(data["offender"]), data["offender_name"]


def transfer(ctx: Ctx, case: Violation, data: Data) -> None:
    """Keep to whom the case was passed."""
    del ctx
    case.transferred_to = data["receiver"]


def may_decide(ctx: Ctx, case: Violation, data: Data) -> None:
    """The decider has the power on that day, the fine is in the range, somebody is named; all said at once."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    day: date = data["decision_on"]
    problems = {
        "decision_on": past_day_problem(day, local_date(minutes_start(case)), _("ngày lập biên bản"), ctx.today)
        or late_decision_problem(day, _limitation_end(ctx, case)),
        "authority": _authority_problem(ctx, case, Authority(data["authority"])),
        "": _owner_problem(case, kind),
    }
    errors = {name: problem for name, problem in problems.items() if problem}
    if not errors:
        errors = _fine_errors(ctx, case, kind, data)
    if errors:
        raise Invalid(errors)


def decide(ctx: Ctx, case: Violation, data: Data) -> None:
    """Keep the decision and who wrote it down."""
    case.decision_number, case.decision_on = data["decision_number"], data["decision_on"]
    case.authority, case.fine_vnd, case.remedy = Authority(data["authority"]), data["fine_vnd"], data["remedy"]
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
    """Keep until when it must be remedied."""
    del ctx
    case.remedy_due_on = data["remedy_due_on"]


def has_photo(ctx: Ctx, case: Violation, data: Data) -> None:
    """What was remedied is shown by at least one photo."""
    del ctx, case
    names: list[str] = data["photos"]
    if not any(is_photo(name) for name in names):
        raise Invalid({"photos": _("Chưa có ảnh sau khi khắc phục; hãy gửi ít nhất một ảnh (JPG, PNG, WEBP, HEIC).")})


def _limitation_end(ctx: Ctx, case: Violation) -> date | None:
    """The last day on which the act may be fined; its clock stopped with the minutes and keeps its end."""
    mine = (CaseClock.workflow == CODE, CaseClock.case_id == case.id, CaseClock.name == LIMITATION)
    due_at = ctx.session.scalar(select(CaseClock.due_at).where(*mine).order_by(CaseClock.id.desc()).limit(1))
    return last_day(due_at) if due_at else None


def _owner_problem(case: Violation, kind: ViolationKind) -> str | None:
    if not kind.owner_first or case.organisation_id is not None:
        return None
    return _(
        "Chưa xác định chủ sở hữu nên chưa thể ra quyết định; hãy sửa hồ sơ, ghi tổ chức và hành vi đã chứng minh."
    )


def _authority_problem(ctx: Ctx, case: Violation, authority: Authority) -> str | None:
    """Whoever writes a decision down names an authority that is theirs, or the one the case was passed to."""
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


def _fine_errors(ctx: Ctx, case: Violation, kind: ViolationKind, data: Data) -> dict[str, str]:
    authority, offender = Authority(data["authority"]), case.offender or Offender.ORGANISATION
    competence = competence_on(ctx.session, authority, data["decision_on"])
    if competence is None:
        sentence = _(
            "Danh mục chưa có thẩm quyền của %(authority)s tại ngày %(day)s; hãy chọn người ra quyết định khác.",
            authority=authority.label,
            day=format_date(data["decision_on"]),
        )
        return {"authority": sentence}
    allowed = fine_range(kind.fine_min_vnd, kind.fine_max_vnd, offender)
    if allowed is None or kind.fine_max_vnd is None:
        return {
            "fine_vnd": _(
                "Danh mục chưa có khung phạt của hành vi «%(act)s»; hãy sửa hồ sơ, chọn hành vi có khung phạt.",
                act=kind.act,
            )
        }
    beyond = competence_problem(kind.fine_max_vnd, competence.fine_max_vnd, str(authority.label))
    if beyond:
        return {"authority": beyond}
    wrong = fine_problem(data["fine_vnd"], allowed, competence.fine_max_vnd, offender)
    return {"fine_vnd": wrong} if wrong else {}
