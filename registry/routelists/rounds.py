"""Rounds of a list: opening and reminding, answers, comments on items, and who is late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from flask import url_for
from sqlalchemy import DateTime, Row, Select, and_, exists, func, insert, literal, or_, select

from registry.accounts.models import Organisation, OrganisationKind, RoleAssignment, UserAccount
from registry.audit.chain import record
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import holds, require, visible
from registry.kernel.days import APPOINTED
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _, _l, format_date, format_number
from registry.notices.events import Audience, Party
from registry.routelists.content import agreed_in
from registry.routelists.models import ItemState, ListState, RouteItem, RouteList, RouteListEdition
from registry.routelists.round_models import RoundKind, RouteAnswer, RouteAsked, RouteRound
from registry.workflow.definition import MOST_TEXT, Data, FilesNeed, Move, day_need, text_need
from registry.workflow.worklist import WorklistTask

#: Kind of round -> roles whose organisations are asked.
_ASKED: Final = {
    RoundKind.CALL: (Role.COMMUNE_PC, Role.LEAD_DEPARTMENT, Role.OPERATOR, Role.INFRA_OWNER),
    RoundKind.COMMENTS: (Role.LEAD_DEPARTMENT, Role.OPERATOR, Role.INFRA_OWNER),
}
_OUT_OF_THE_COUNT: Final = (ItemState.PROPOSED, ItemState.WITHDRAWN)


@dataclass(frozen=True)
class AskedOrganisation:
    """One organisation of a round: its last answer, and how many streets it has sent for the edition."""

    id: int
    name: str
    text: str | None
    answered_at: datetime | None
    proposals: int
    has_answered: bool
    is_late: bool


def opener(kind: RoundKind) -> Any:
    """The effect of the move that opens a round of a kind, or sets another last day."""

    def open_round(ctx: Ctx, case: RouteList, data: Data) -> None:
        current = RouteRound(
            route_list_id=case.id,
            edition=case.edition,
            kind=kind,
            due_on=data["due_on"],
            text=data.get("text") or None,
            opened_at=ctx.now,
        )
        ctx.session.add(current)
        ctx.session.flush()
        own = {case.organisation_id} if kind is RoundKind.COMMENTS else set()
        rows = [
            {"round_id": current.id, "organisation_id": organisation_id}
            for organisation_id in ctx.session.scalars(_asked_query(ctx, kind))
            if organisation_id not in own
        ]
        if rows:
            ctx.session.execute(insert(RouteAsked), rows)

    return open_round


def _asked_query(ctx: Ctx, kind: RoundKind) -> Select[Any]:
    """The organisations of a round: those with an account in one of its roles; of a call all communes."""
    today = ctx.today
    in_role = exists().where(
        UserAccount.organisation_id == Organisation.id,
        RoleAssignment.user_id == UserAccount.id,
        RoleAssignment.role.in_(_ASKED[kind]),
        RoleAssignment.ended_at.is_(None),
        RoleAssignment.awaiting_since.is_(None),
        RoleAssignment.valid_from <= today,
        or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to >= today),
    )
    asked: Any = in_role
    if kind is RoundKind.CALL:
        asked = or_(in_role, Organisation.kind == OrganisationKind.COMMUNE_COMMITTEE)
    in_force = and_(
        Organisation.valid_from <= today, or_(Organisation.valid_to.is_(None), Organisation.valid_to >= today)
    )
    return select(Organisation.id).where(in_force, asked).order_by(Organisation.id)


def day_ahead(ctx: Ctx, case: RouteList, data: Data) -> None:
    """A round ends after today."""
    del case
    due_on: date = data["due_on"]
    if due_on <= ctx.today:
        raise Invalid(
            {
                "due_on": _(
                    "Hạn trả lời %(day)s không sau hôm nay; cần ngày sau %(today)s.",
                    day=format_date(due_on),
                    today=format_date(ctx.today),
                )
            }
        )


def last_round(ctx: Ctx, route_list: RouteList, kind: RoundKind) -> RouteRound | None:
    """The round of a kind of the edition that is being collected, or was issued last."""
    rounds = rounds_of(ctx, route_list)
    return next((each for each in rounds if each.kind is kind and each.edition == route_list.edition), None)


def rounds_of(ctx: Ctx, route_list: RouteList) -> list[RouteRound]:
    """The last round of each kind of each edition of a list, those of the last edition first."""
    query = select(RouteRound).where(RouteRound.route_list_id == route_list.id)
    rounds: dict[tuple[int, RoundKind], RouteRound] = {}
    for each in ctx.session.scalars(query.order_by(RouteRound.edition.desc(), RouteRound.kind, RouteRound.id.desc())):
        rounds.setdefault((each.edition, each.kind), each)
    return list(rounds.values())


def asked_organisations(ctx: Ctx, route_list: RouteList, current: RouteRound) -> list[AskedOrganisation]:
    """The organisations of a round, the late ones first; others than the department see their own alone."""
    sees_all = holds(ctx.actor, P.ROUTELIST_ISSUE)
    own = [] if sees_all else [visible(ctx, RouteAsked, P.ROUTELIST_ANSWER)]
    rows = ctx.session.execute(_answers_query(current).where(*own)).all()
    asked = [_as_asked(ctx, row, current) for row in rows]
    return sorted(asked, key=lambda each: (each.has_answered, each.name))


def _answers_query(current: RouteRound) -> Select[Any]:
    last = (
        select(RouteAnswer.organisation_id, func.max(RouteAnswer.id).label("id"))
        .where(
            RouteAnswer.route_list_id == current.route_list_id,
            RouteAnswer.edition == current.edition,
            RouteAnswer.kind == current.kind,
        )
        .group_by(RouteAnswer.organisation_id)
        .subquery("last_answer")
    )
    since = [] if current.edition == 1 else [RouteItem.created_at >= current.opened_at]
    # What was proposed for later editions answers no round of this one.
    issued_at = (
        select(RouteListEdition.issued_at)
        .where(RouteListEdition.route_list_id == current.route_list_id, RouteListEdition.edition == current.edition)
        .scalar_subquery()
    )
    since.append(RouteItem.created_at <= func.coalesce(issued_at, literal("infinity", DateTime(timezone=True))))
    proposals = (
        select(func.count())
        .where(
            RouteItem.route_list_id == current.route_list_id,
            RouteItem.organisation_id == RouteAsked.organisation_id,
            RouteItem.state.not_in(_OUT_OF_THE_COUNT),
            *since,
        )
        .correlate(RouteAsked)
        .scalar_subquery()
    )
    return (
        select(
            Organisation.id,
            Organisation.name,
            RouteAnswer.text,
            RouteAnswer.answered_at,
            proposals.label("proposals"),
        )
        .select_from(RouteAsked)
        .join(Organisation, Organisation.id == RouteAsked.organisation_id)
        .outerjoin(last, last.c.organisation_id == RouteAsked.organisation_id)
        .outerjoin(RouteAnswer, RouteAnswer.id == last.c.id)
        .where(RouteAsked.round_id == current.id)
    )


def _as_asked(ctx: Ctx, row: Row[Any], current: RouteRound) -> AskedOrganisation:
    sent = row.proposals if current.kind is RoundKind.CALL else 0
    has_answered = row.answered_at is not None or sent > 0
    is_late = not has_answered and current.due_on < ctx.today
    return AskedOrganisation(row.id, row.name, row.text, row.answered_at, sent, has_answered, is_late)


def unanswered(ctx: Ctx, route_list: RouteList) -> frozenset[int]:
    """The organisations that the open rounds of a list still wait for; not narrowed to what the actor may see."""
    waiting: set[int] = set()
    for kind in RoundKind:
        current = last_round(ctx, route_list, kind)
        if current is not None:
            rows = ctx.session.execute(_answers_query(current))
            waiting |= {each.id for row in rows if not (each := _as_asked(ctx, row, current)).has_answered}
    return frozenset(waiting)


def nothing_to_remind(ctx: Ctx, route_list: RouteList) -> str | None:
    """Why no organisation can be reminded now."""
    if unanswered(ctx, route_list):
        return None
    return _("Không có đơn vị nào đang được hỏi mà chưa trả lời.")


def audience_of(kind: RoundKind) -> Any:
    """The organisations that the last round of a kind asks, as a party."""

    def audience(ctx: Ctx, case: RouteList) -> Audience:
        current = last_round(ctx, case, kind)
        query = select(RouteAsked.organisation_id).where(RouteAsked.round_id == (current.id if current else None))
        return _members(ctx, ctx.session.scalars(query))

    return audience


def late_audience(ctx: Ctx, case: RouteList) -> Audience:
    return _members(ctx, unanswered(ctx, case))


def _members(ctx: Ctx, organisation_ids: Iterable[int]) -> Audience:
    """Those who answer for organisations: of the lead department its officers, not the administrators of the system."""
    ids = frozenset(organisation_ids)
    department = select(Organisation.id).where(
        Organisation.id.in_(ids), Organisation.kind == OrganisationKind.DEPARTMENT
    )
    departments = frozenset(ctx.session.scalars(department))
    return Audience(ids - departments, frozenset({Role.LEAD_DEPARTMENT}) if departments else frozenset())


def require_comments_over(ctx: Ctx, route_list: RouteList) -> None:
    """MoveRefused while the comments on the draft are awaited: their term runs and somebody has not answered."""
    current = last_round(ctx, route_list, RoundKind.COMMENTS)
    if current is None or current.due_on < ctx.today:
        return
    waiting = sum(not _as_asked(ctx, row, current).has_answered for row in ctx.session.execute(_answers_query(current)))
    if waiting:
        raise MoveRefused(
            _(
                "Đang lấy ý kiến dự thảo đến hết ngày %(day)s, còn %(count)s đơn vị chưa trả lời; chưa thể ban hành.",
                day=format_date(current.due_on),
                count=format_number(waiting),
            )
        )


def answer(ctx: Ctx, route_list: RouteList, kind: RoundKind, text: str) -> RouteAnswer:
    """Answer a round for the actor's organisation, also after its day; MoveRefused once the list is issued."""
    require(ctx, P.ROUTELIST_ANSWER)
    current = last_round(ctx, route_list, kind)
    if current is None or route_list.state is not ListState.COLLECTING:
        raise MoveRefused(_("Danh mục năm %(year)d không còn nhận trả lời.", year=route_list.year))
    asked = select(RouteAsked.id).where(
        RouteAsked.round_id == current.id,
        visible(ctx, RouteAsked, P.ROUTELIST_ANSWER),
        RouteAsked.organisation_id == ctx.actor.organisation_id,
    )
    if ctx.session.scalar(asked) is None:
        raise Forbidden(_("Đơn vị không có trong danh sách được hỏi của đợt này."))
    check_text(text)
    row = RouteAnswer(
        route_list_id=route_list.id,
        edition=route_list.edition,
        kind=kind,
        organisation_id=ctx.actor.organisation_id,
        text=text.strip(),
        answered_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    record(ctx, "routelist.answer", "routelist", route_list.id, round=kind.value)
    return row


def check_text(text: str) -> None:
    if not text.strip():
        raise Invalid({"text": _("Chưa nhập nội dung; hãy ghi ý kiến.")})
    if len(text) > MOST_TEXT:
        raise Invalid({"text": _("Nội dung dài %(length)d ký tự, tối đa %(most)d.", length=len(text), most=MOST_TEXT)})


def round_tasks(ctx: Ctx) -> Iterable[WorklistTask]:
    """The rounds that wait for the actor's organisation."""
    if not holds(ctx.actor, P.ROUTELIST_ANSWER) or ctx.actor.organisation_id is None:
        return
    latest = (
        select(func.max(RouteRound.id))
        .join(RouteList, (RouteList.id == RouteRound.route_list_id) & (RouteList.edition == RouteRound.edition))
        .where(RouteList.state == ListState.COLLECTING)
        .group_by(RouteRound.route_list_id, RouteRound.kind)
    )
    query = (
        select(RouteRound, RouteList.year)
        .join(RouteList, RouteList.id == RouteRound.route_list_id)
        .join(RouteAsked, RouteAsked.round_id == RouteRound.id)
        .where(
            RouteRound.id.in_(latest),
            RouteAsked.organisation_id == ctx.actor.organisation_id,
            visible(ctx, RouteAsked, P.ROUTELIST_ANSWER),
            ~exists().where(
                RouteAnswer.route_list_id == RouteRound.route_list_id,
                RouteAnswer.edition == RouteRound.edition,
                RouteAnswer.kind == RouteRound.kind,
                RouteAnswer.organisation_id == RouteAsked.organisation_id,
            ),
            ~and_(
                RouteRound.kind == RoundKind.CALL,
                exists().where(
                    RouteItem.route_list_id == RouteRound.route_list_id,
                    RouteItem.organisation_id == RouteAsked.organisation_id,
                    RouteItem.state.not_in(_OUT_OF_THE_COUNT),
                    or_(RouteRound.edition == 1, RouteItem.created_at >= RouteRound.opened_at),
                ),
            ),
        )
        .order_by(RouteRound.due_on, RouteRound.id)
    )
    for row in ctx.session.execute(query):
        current: RouteRound = row.RouteRound
        late = current.due_on < ctx.today
        day = format_date(current.due_on)
        yield WorklistTask(
            _("%(act)s, danh mục tuyến đường năm %(year)d", act=current.kind.label, year=row.year),
            url_for("routelists.round_of", list_id=current.route_list_id, kind=current.kind.value),
            _("Quá hạn từ ngày %(day)s", day=day) if late else _("Trả lời trước khi hết ngày %(day)s", day=day),
        )


def may_consult(ctx: Ctx, case: RouteList, data: Data) -> None:
    """There is a draft to comment on, and its term lies ahead."""
    day_ahead(ctx, case, data)
    if ctx.session.scalar(select(RouteItem.id).where(*agreed_in(case.id)).limit(1)) is None:
        raise MoveRefused(_("Danh mục năm %(year)d chưa có tuyến nào được thống nhất để lấy ý kiến.", year=case.year))


#: The moves of a list that open its rounds, and their parties.
ROUND_MOVES: Final = (
    Move(
        "call",
        _l("Kêu gọi đề xuất"),
        _l("Đã kêu gọi đề xuất"),
        (ListState.COLLECTING,),
        ListState.COLLECTING,
        P.ROUTELIST_ISSUE,
        needs=(
            day_need("due_on", _l("Hạn gửi đề xuất"), APPOINTED),
            text_need("text", _l("Nội dung, yêu cầu"), required=False),
            FilesNeed("template", _l("Văn bản, biểu mẫu"), hint=_l("Không bắt buộc; tệp mẫu của hệ thống có sẵn.")),
        ),
        guard=day_ahead,
        effect=opener(RoundKind.CALL),
        notifies=("called",),
    ),
    Move(
        "consult",
        _l("Lấy ý kiến dự thảo"),
        _l("Đã gửi dự thảo lấy ý kiến"),
        (ListState.COLLECTING,),
        ListState.COLLECTING,
        P.ROUTELIST_ISSUE,
        needs=(
            day_need("due_on", _l("Hạn góp ý"), APPOINTED),
            text_need("text", _l("Nội dung cần góp ý"), required=False),
        ),
        guard=may_consult,
        effect=opener(RoundKind.COMMENTS),
        notifies=("consulted",),
    ),
    Move(
        "remind",
        _l("Nhắc đơn vị chưa trả lời"),
        _l("Đã nhắc đơn vị chưa trả lời"),
        (ListState.COLLECTING,),
        ListState.COLLECTING,
        P.ROUTELIST_ISSUE,
        needs=(text_need("text", _l("Nội dung nhắc"), required=False),),
        obstacle=nothing_to_remind,
        notifies=("unanswered",),
    ),
)
ROUND_PARTIES: Final = {
    "called": Party(_l("Đơn vị được kêu gọi đề xuất"), audience_of(RoundKind.CALL)),
    "consulted": Party(_l("Đơn vị được lấy ý kiến"), audience_of(RoundKind.COMMENTS)),
    "unanswered": Party(_l("Đơn vị chưa trả lời"), late_audience),
}
