"""The rules on the values of every structure, and the checks that apply them with those of a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from registry.kernel.i18n import _, format_date
from registry.structures.codes import PermitRegime, PlanConformity, SharingStatus, Status
from registry.structures.kinds.kind import Kind, Rule, RuleContext, ValueProblem, Values
from registry.structures.kinds.ordered_days import COMMON_DAYS
from registry.structures.kinds.prefiltered import suspects

#: Setting: the first day of work on which passive telecom works need no building permit, as YYYY-MM-DD.
EXEMPT_FROM: Final = "permit.exempt_from"
#: Whether a plan of passive infrastructure is in force: without one nothing is "off plan" (DOMAIN 2.9).
PLAN_IN_FORCE: Final = "plan.in_force"
#: Keys of the settings that the common rules read.
COMMON_LIMIT_KEYS: Final = (EXEMPT_FROM,)


@suspects(
    lambda v, _context: (v["sharing_status"] == SharingStatus.NOT_SHAREABLE) | v["not_shareable_reason"].is_not(None)
)
def reason_if_not_shareable(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """A structure that cannot be shared states why, and only such a one (Luật Viễn thông 24/2023 Đ13.4.b)."""
    closed = values.get("sharing_status") == SharingStatus.NOT_SHAREABLE
    if closed and not values.get("not_shareable_reason"):
        sentence = _("Công trình “Không đủ điều kiện” dùng chung phải nêu lý do.")
        return [ValueProblem("not_shareable_reason", sentence)]
    if not closed and values.get("not_shareable_reason"):
        sentence = _("Chỉ nêu lý do khi khả năng dùng chung là “Không đủ điều kiện”.")
        return [ValueProblem("not_shareable_reason", sentence)]
    return []


def sharing_of_kind(kind: Kind, values: Values) -> Sequence[ValueProblem]:
    """The sharing status fits the kind: cables are not shared, the structures that carry them are (Đ3.22, Đ13.4.b)."""
    status = values.get("sharing_status")
    if status is None or status in kind.sharing:
        return []
    sentence = _(
        "“%(kind)s” không nhận khả năng dùng chung “%(status)s”; cần một trong: %(all)s.",
        kind=kind.label,
        status=SharingStatus(status).label,
        all="; ".join(str(possible.label) for possible in kind.sharing),
    )
    return [ValueProblem("sharing_status", sentence)]


@suspects(
    lambda v, context: (
        (v["in_service_on"] > context.today)
        | (v["surveyed_on"] > context.today)
        | (v["last_inspected_on"] > context.today)
        | (v["built_on"] > context.today)
        | (v["permit_on"] > context.today)
    )
)
def days_not_to_come(values: Values, context: RuleContext) -> Sequence[ValueProblem]:
    """No past event lies in the future; only a structure not yet built may serve later."""
    problems = []
    past = ["surveyed_on", "last_inspected_on", "built_on", "permit_on"]
    if values.get("status") not in (Status.PLANNED, Status.BUILDING):
        past.append("in_service_on")
    for name in past:
        day = values.get(name)
        if day and day > context.today:
            sentence = _("Ngày %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(day))
            problems.append(ValueProblem(name, sentence))
    return problems


@suspects(lambda v, _context: v["permit_regime"] == PermitRegime.PERMIT)
def permit_complete(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    if values.get("permit_regime") != PermitRegime.PERMIT:
        return []
    missing = [name for name in ("permit_number", "permit_on") if not values.get(name)]
    sentence = _("Chế độ “Giấy phép xây dựng” cần cả số và ngày giấy phép.")
    return [ValueProblem(name, sentence) for name in missing]


@suspects(
    lambda v, _context: v["permit_regime"].is_not(None) & (v["built_on"].is_not(None) | v["permit_on"].is_not(None)),
    blocks=False,
)
def permit_of_its_day(values: Values, context: RuleContext) -> Sequence[ValueProblem]:
    """The permit regime fits the law on the day of the start (Luật Xây dựng 135/2025/QH15 Đ43.2, 43.3); warnings only.

    The start is the day of building, else that of the permit or notice; where both are unknown nothing is compared.
    “Exempt” before the 2025 law stays possible (exemptions of TTLT 15/2016); a notice in place of a permit does not.
    """
    regime = values.get("permit_regime")
    started = values.get("built_on") or values.get("permit_on")
    if started is None or regime in (None, PermitRegime.UNKNOWN):
        return []
    since = date.fromisoformat(context.limits[EXEMPT_FROM].value)
    named = {"started": format_date(started), "since": format_date(since), "regime": PermitRegime(regime).label}
    if started < since and regime == PermitRegime.NOTICE:
        sentence = _(
            "Chế độ “%(regime)s” không hợp với ngày khởi công %(started)s: thông báo thay cho giấy phép chỉ có từ ngày "
            "%(since)s; trước đó cần giấy phép hoặc diện miễn theo quy định cũ.",
            **named,
        )
        return [context.warning("permit_regime", sentence, EXEMPT_FROM)]
    if started < since:
        return []
    if regime == PermitRegime.PERMIT:
        sentence = _(
            "Chế độ “%(regime)s” không hợp với ngày khởi công %(started)s: từ ngày %(since)s công trình được miễn "
            "giấy phép, cần thông báo khởi công.",
            **named,
        )
        return [context.warning("permit_regime", sentence, EXEMPT_FROM)]
    sentence = _(
        "Chế độ “%(regime)s” với ngày khởi công %(started)s, từ ngày %(since)s trở đi, cần cả số và ngày thông báo.",
        **named,
    )
    missing = [name for name in ("permit_number", "permit_on") if not values.get(name)]
    return [context.warning(name, sentence, EXEMPT_FROM) for name in missing]


@suspects(
    lambda v, _context: (v["plan_conformity"] == PlanConformity.CONFORMS) & v["plan_item"].is_(None), blocks=False
)
def plan_item_if_conforming(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """What conforms to a plan names its item in the plan; a warning only, for older records have none."""
    if values.get("plan_conformity") != PlanConformity.CONFORMS or values.get("plan_item"):
        return []
    sentence = _("“%(conforms)s” nhưng chưa ghi mục trong quy hoạch.", conforms=PlanConformity.CONFORMS.label)
    return [ValueProblem("plan_item", sentence, blocks=False)]


COMMON_RULES: Final[tuple[Rule, ...]] = (
    reason_if_not_shareable,
    days_not_to_come,
    COMMON_DAYS,
    permit_complete,
    permit_of_its_day,
    plan_item_if_conforming,
)


def find_problems(kind: Kind, values: Mapping[str, Any], context: RuleContext) -> list[ValueProblem]:
    """The problems that the common rules and those of the kind find in the values, blocking or not."""
    problems = [problem for rule in (*COMMON_RULES, *kind.rules) for problem in rule(values, context)]
    return [*sharing_of_kind(kind, values), *problems]
