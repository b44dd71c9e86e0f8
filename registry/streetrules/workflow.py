"""The workflow of a rule: a draft, announced with its paper, in force from its first day, closed or cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.dated_settings import setting
from registry.kernel.days import PAPER, later_problem
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.notices.events import ROLE_PARTIES, Audience, Party
from registry.streets.models import Street
from registry.streets.reading import PROVINCE_WIDE
from registry.streets.rule_models import RuleKind, RuleState, StreetRule
from registry.streets.rule_queries import NOTICE_MONTHS, overlapping_periods
from registry.streets.rules import last_day, notice_problem
from registry.workflow.definition import Assignee, Data, Deadline, FilesNeed, Move, Workflow, day_need, text_need

S = RuleState
_LIVE: Final = (S.ANNOUNCED, S.IN_FORCE)
#: Those who hang or dig: they plan with the rules.
_BUILDERS: Final = (Role.OPERATOR.value, Role.INFRA_OWNER.value)


def check_overlap(ctx: Ctx, rule: StreetRule) -> None:
    """Invalid for a no-dig period that has days in common with another one of the same stretch."""
    if rule.kind is not RuleKind.NO_DIG:
        return
    others = overlapping_periods(ctx.session, rule)
    if others:
        other = others[0]
        sentence = _(
            "Đoạn đường đã có “Hạn chế đào” %(number)s từ ngày %(since)s đến hết ngày %(last)s; hai thời gian không"
            " được trùng nhau.",
            number=other.number,
            since=format_date(other.valid_from),
            last=format_date(last_day(other)),
        )
        raise Invalid({"valid_from": sentence})


def may_announce(ctx: Ctx, case: StreetRule, data: Data) -> None:
    """The office decides on the road, the day is no later than today, and a no-dig period is announced in time."""
    street = ctx.session.get_one(Street, case.street_id)
    if street.road_class in PROVINCE_WIDE and ALL not in scopes_of(ctx.actor, P.STREET_RULE_ISSUE):
        raise MoveRefused(
            _(
                "“%(name)s” là %(kind)s; quy định của đường này do Sở Xây dựng công bố.",
                name=street.name,
                kind=str(street.road_class.label).lower(),
            )
        )
    announced_on: date = data["announced_on"]
    if announced_on > ctx.today:
        raise Invalid({"announced_on": _not_yet(announced_on, ctx.today)})
    if case.kind is RuleKind.NO_DIG:
        months = int(setting(ctx.session, NOTICE_MONTHS, announced_on))
        problem = notice_problem(announced_on, case.valid_from, months)
        if problem is not None:
            raise Invalid({"announced_on": problem})
    # Two announcements of one street wait for each other here.
    ctx.session.refresh(street, with_for_update=True)
    try:
        check_overlap(ctx, case)
    except Invalid as refused:
        raise MoveRefused("; ".join(refused.sentences)) from refused


def _not_yet(day: date, today: date) -> str:
    return _(
        "Ngày %(day)s chưa đến; cần ngày không sau hôm nay (%(today)s).", day=format_date(day), today=format_date(today)
    )


def announce(ctx: Ctx, case: StreetRule, data: Data) -> None:
    del ctx
    case.announced_on = data["announced_on"]


def may_close(ctx: Ctx, case: StreetRule, data: Data) -> None:
    """The day of completion has come, and is not before the rule began."""
    completed_on: date = data["completed_on"]
    problem = _not_yet(completed_on, ctx.today) if completed_on > ctx.today else None
    problem = problem or later_problem(
        (_("Có hiệu lực từ ngày"), case.valid_from), (_("Ngày hoàn thành thực tế"), completed_on)
    )
    if problem is not None:
        raise Invalid({"completed_on": problem})


def close(ctx: Ctx, case: StreetRule, data: Data) -> None:
    del ctx
    case.completed_on = data["completed_on"]


def cancel(ctx: Ctx, case: StreetRule, data: Data) -> None:
    del data
    case.cancelled_on = ctx.today


def first_moment(case: StreetRule) -> datetime:
    """The first moment of a rule."""
    return datetime.combine(case.valid_from, time(), tzinfo=LOCAL_ZONE).astimezone(UTC)


def state_texts(ctx: Ctx, cases: Sequence[StreetRule]) -> dict[int, str]:
    """Rules whose planned end has passed and that are not closed."""
    texts = {}
    for case in cases:
        last = last_day(case)
        if case.state is S.IN_FORCE and last is not None and last < ctx.today:
            texts[case.id] = _("Hết thời hạn ngày %(day)s, chưa kết thúc", day=format_date(last))
    return texts


def _office(ctx: Ctx, case: StreetRule) -> Audience:
    del ctx
    return Audience(organisation_ids=frozenset({case.organisation_id}))


def _construction(ctx: Ctx, case: StreetRule) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.CONSTRUCTION_DEPARTMENT}))


RULE: Final = Workflow(
    code="streetrule",
    label=_l("Quy định của tuyến phố"),
    one=_l("Hồ sơ quy định của tuyến phố"),
    prefix="QT",
    model=StreetRule,
    states=RuleState,
    start=S.PROPOSED,
    moves=(
        Move(
            "announce",
            _l("Công bố"),
            _l("Đã công bố quy định"),
            (S.PROPOSED,),
            S.ANNOUNCED,
            P.STREET_RULE_ISSUE,
            needs=(
                day_need("announced_on", _l("Ngày công bố"), PAPER),
                FilesNeed("files", _l("Văn bản ban hành"), required=True),
            ),
            guard=may_announce,
            effect=announce,
            presets=lambda ctx, _case: {"announced_on": ctx.today},
            notifies=("construction", *_BUILDERS),
            tone="primary",
            gives_number=True,
        ),
        Move(
            "take_effect",
            _l("Có hiệu lực"),
            _l("Quy định bắt đầu có hiệu lực"),
            (S.ANNOUNCED,),
            S.IN_FORCE,
            P.CLOCK,
            notifies=_BUILDERS,
        ),
        Move(
            "close",
            _l("Kết thúc"),
            _l("Quy định đã kết thúc"),
            (S.IN_FORCE,),
            S.CLOSED,
            P.STREET_RULE_ISSUE,
            needs=(
                day_need("completed_on", _l("Ngày hoàn thành thực tế"), PAPER),
                Field("text", _l("Ghi chú"), max_length=500),
            ),
            guard=may_close,
            effect=close,
            notifies=_BUILDERS,
        ),
        Move(
            "cancel",
            _l("Hủy bỏ"),
            _l("Đã hủy bỏ quy định"),
            (S.PROPOSED, *_LIVE),
            S.CANCELLED,
            P.STREET_RULE_ISSUE,
            needs=(text_need("reason", _l("Lý do hủy bỏ")),),
            effect=cancel,
            notifies=_BUILDERS,
            tone="danger",
        ),
    ),
    read=P.STREET_RULE_READ,
    judged=(),
    page="street_rules.detail",
    index="street_rules.index",
    closing=frozenset({"close", "cancel"}),
    state_texts=state_texts,
    parties={
        "office": Party(_l("Cơ quan lập quy định"), _office),
        "construction": Party(_l("Sở Xây dựng"), _construction, watches=True),
        **{name: ROLE_PARTIES[name] for name in _BUILDERS},
    },
    assignees={
        S.PROPOSED: Assignee("office", P.STREET_RULE_ISSUE),
        # Nothing is to be done before the first day, and then the rule takes effect by itself.
        S.ANNOUNCED: Assignee(
            "office",
            P.STREET_RULE_ISSUE,
            act=_l("Chờ ngày có hiệu lực"),
            where=lambda ctx, _actor: StreetRule.valid_from < ctx.today,
        ),
    },
    deadlines={
        S.ANNOUNCED: Deadline(
            "start",
            "",
            "take_effect",
            _l("Quy định tự có hiệu lực."),
            label=_l("Ngày có hiệu lực"),
            stated=first_moment,
        )
    },
    main_path=(S.PROPOSED, S.ANNOUNCED, S.IN_FORCE, S.CLOSED),
    tones={
        S.PROPOSED: "neutral",
        S.ANNOUNCED: "info",
        S.IN_FORCE: "warn",
        S.CLOSED: "dark",
        S.CANCELLED: "dark",
    },
)
