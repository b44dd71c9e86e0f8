"""A small workflow with its own table, to try the engine without any feature: answered in time, or over."""

from datetime import date, datetime, time, timedelta
from typing import ClassVar

from sqlalchemy import MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry.audit.chain import record
from registry.authz.actors import Role
from registry.authz.permissions import P
from registry.kernel.clock import LOCAL_ZONE, end_of_day
from registry.kernel.db.base import Base, Choice, choice_type
from registry.kernel.db.session import WEB_ROLE
from registry.kernel.errors import MoveRefused
from registry.kernel.i18n import _l
from registry.notices.events import Audience, Party
from registry.workflow.calendar import TermUnit
from registry.workflow.definition import Assignee, Deadline, Move, Workflow
from registry.workflow.engine import open_case
from registry.workflow.models import Case, LegalTerm

CODE = "tried"
ANSWER, SURVEY, SETTLE = "tried.answer", "tried.survey", "tried.settle"


class State(Choice):
    ASKED = "asked", _l("Đã hỏi")
    WAITING = "waiting", _l("Chờ bổ sung")
    SURVEYED = "surveyed", _l("Đang khảo sát")
    POSTPONED = "postponed", _l("Hoãn đến ngày hẹn")
    OVERDUE = "overdue", _l("Quá hạn")
    DONE = "done", _l("Xong")


class Apart(DeclarativeBase):
    """Not among the registry's own tables."""

    metadata = MetaData()
    type_annotation_map: ClassVar = Base.type_annotation_map


class TriedCase(Case, Apart):
    __tablename__ = "tried_case"

    state: Mapped[State] = mapped_column(choice_type(State))
    created_by_id: Mapped[int | None] = mapped_column()
    postponed_to: Mapped[date | None] = mapped_column()


def _break(ctx, case, data):
    del ctx, data
    if case.title == "defect":
        message = "a defect of the feature"
        raise RuntimeError(message)
    if case.title == "refused":
        raise MoveRefused("không thể")


def _postpone(ctx, case, data):
    """The case states the day itself; each further time puts it off by a week."""
    del data
    case.postponed_to = (case.postponed_to or ctx.today) + timedelta(days=7)


def _move(name, sources, target, permission=P.CASE_ACT, **more):
    return Move(name, name, name, sources, target, permission, **more)


S = State
_TERMS = (S.ASKED, S.SURVEYED)
FLOW = Workflow(
    code=CODE,
    label="thử",
    prefix="TH",
    model=TriedCase,
    states=State,
    start=S.ASKED,
    moves=(
        _move("return", (S.ASKED,), S.WAITING),
        _move("resume", (S.WAITING,), S.ASKED),
        _move("survey", (S.ASKED,), S.SURVEYED),
        _move("postpone", (S.ASKED, S.POSTPONED), S.POSTPONED, effect=_postpone),
        _move("take_up", (S.POSTPONED,), S.ASKED),
        _move("come_due", (S.POSTPONED,), S.ASKED, P.CLOCK),
        _move("finish", (*_TERMS, S.POSTPONED, S.OVERDUE), S.DONE),
        _move("lapse", _TERMS, S.OVERDUE, P.CLOCK, effect=_break, notifies=("lead",)),
        _move("end", (S.OVERDUE,), S.DONE, P.CLOCK),
    ),
    read=P.CASE_ACT,
    page="home.index",
    index="home.index",
    parties={"lead": Party("Sở", lambda ctx, case: Audience(roles=frozenset({Role.LEAD_DEPARTMENT})))},
    judged=(),
    assignees=dict.fromkeys((S.ASKED, S.POSTPONED, S.OVERDUE), Assignee("lead", P.CASE_ACT)),
    deadlines={
        S.ASKED: Deadline("answer", ANSWER, "lapse", "quá hạn"),
        S.SURVEYED: Deadline("answer", SURVEY, "lapse", "quá hạn"),
        S.POSTPONED: Deadline(
            "postponed",
            "",
            "come_due",
            "xử lý tiếp",
            label="Hẹn",
            stated=lambda case: end_of_day(case.postponed_to),
            reminders=(1, 0),
        ),
        S.OVERDUE: Deadline("settle", SETTLE, "end", "xong"),
    },
    pauses={S.WAITING: "chờ bổ sung", S.POSTPONED: "hoãn"},
)


def create_table(connection):
    """The table of the cases, until the transaction of the test is rolled back."""
    connection.execute(text("RESET ROLE"))
    Apart.metadata.create_all(connection)
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE ON tried_case TO {WEB_ROLE}"))
    connection.execute(text(f"GRANT USAGE ON SEQUENCE tried_case_id_seq TO {WEB_ROLE}"))
    connection.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))


def add_law(ctx, key, length, unit=TermUnit.WORKING_DAY, *, valid_from="2000-01-01", reminders=()):
    """A dated row of a term."""
    first = datetime.fromisoformat(valid_from).date()
    row = LegalTerm(key=key, valid_from=first, length=length, unit=unit, reminders=list(reminders), citation="Luật thử")
    row.needs_verification = False
    ctx.session.add(row)
    ctx.session.flush()
    record(ctx, "term.add", "legal_term", row.id)
    return row


def add_laws(ctx):
    """The terms that the workflow names."""
    add_law(ctx, ANSWER, 7, reminders=(2, 1, 0))
    add_law(ctx, SURVEY, 15)
    add_law(ctx, SETTLE, 5, TermUnit.CALENDAR_DAY)


def ask(ctx, title="thử"):
    """A new case, asked now."""
    return open_case(ctx, FLOW, TriedCase(title=title, version=1))


def at(day, clock="09:00"):
    """A moment of Việt Nam."""
    return datetime.combine(datetime.fromisoformat(day).date(), time.fromisoformat(clock), tzinfo=LOCAL_ZONE)
