"""Tasks of the plans: who does what by which day, and the result in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select

from registry.accounts.models import Organisation, OrganisationKind
from registry.audit.chain import record
from registry.audit.undo import restorable
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, require
from registry.indicators.models import ENDED, PlanTask, TaskState
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.fields import fields_named, value_problems
from registry.kernel.i18n import _, format_date

#: Kind of object in the audit log.
PLAN_TASK: Final = "plan_task"
#: Letters of a result that says something.
_LEAST_LETTERS: Final = 10


TASK_FIELDS: Final = ("plan", "item", "responsible", "duty", "planned_on")
RESULT_FIELDS: Final = ("state", "result_on", "result")


@dataclass(frozen=True)
class WriteTask:
    """A task, new or with other texts (`task_id`, `version`): values of TASK_FIELDS."""

    values: Mapping[str, Any]
    organisation_id: int | None
    task_id: int | None = None
    version: int | None = None


@dataclass(frozen=True)
class StateResult:
    """How far a task is: values of RESULT_FIELDS."""

    task_id: int
    version: int
    values: Mapping[str, Any]


def tasks_query(ctx: Ctx) -> Select[Any]:
    """All tasks with the short name of who states the result, without order."""
    require(ctx, P.INDICATOR_READ)
    columns: tuple[Any, ...] = (PlanTask, Organisation.short_name.label("agency"))
    query: Select[Any] = select(*columns)
    return query.outerjoin(Organisation, Organisation.id == PlanTask.organisation_id)


def list_tasks(ctx: Ctx) -> list[tuple[PlanTask, str | None]]:
    """All tasks in the order of their plans and items."""
    query = tasks_query(ctx).order_by(PlanTask.plan, PlanTask.item, PlanTask.id)
    return [(row.PlanTask, row.agency) for row in ctx.session.execute(query)]


def get_task(ctx: Ctx, task_id: int) -> PlanTask:
    """NotFound without one."""
    require(ctx, P.INDICATOR_READ)
    task = ctx.session.get(PlanTask, task_id)
    if task is None:
        raise NotFound(_("Không có nhiệm vụ này."))
    return task


def list_reporting(ctx: Ctx) -> Sequence[Organisation]:
    """The organisations of today that can be asked for a result; those of defence are not."""
    query = select(Organisation).where(Organisation.kind != OrganisationKind.DEFENCE)
    organisations = ctx.session.scalars(query.order_by(Organisation.short_name, Organisation.id)).all()
    return [organisation for organisation in organisations if organisation.exists_on(ctx.today)]


def write_task(ctx: Ctx, command: WriteTask) -> PlanTask:
    """Add a task, or change its texts; Invalid names every wrong field, Conflict says that it was changed meanwhile."""
    require(ctx, P.INDICATOR_EDIT)
    problems = value_problems(fields_named(PlanTask, *TASK_FIELDS), command.values, ctx.today)
    if command.organisation_id not in {None, *(organisation.id for organisation in list_reporting(ctx))}:
        problems["organisation"] = _("Đơn vị đã chọn không còn hoạt động; hãy chọn trong danh sách.")
    if problems:
        raise Invalid(problems)
    if command.task_id is None:
        task = PlanTask(state=TaskState.NOT_STARTED, organisation_id=command.organisation_id, **command.values)
        ctx.session.add(task)
    else:
        task = _current(ctx, command.task_id, command.version)
        task.organisation_id = command.organisation_id
        for name in TASK_FIELDS:
            setattr(task, name, command.values[name])
    ctx.session.flush()
    record(ctx, f"{PLAN_TASK}.{'add' if command.task_id is None else 'edit'}", PLAN_TASK, task.id, item=task.item)
    return task


def state_result(ctx: Ctx, command: StateResult) -> PlanTask:
    """State how far a task is; an ended one has a result of at least ten letters, dated by today at the latest."""
    require(ctx, P.PLAN_TASK_REPORT, get_task(ctx, command.task_id))
    task = _current(ctx, command.task_id, command.version)
    values = command.values
    problems = value_problems(fields_named(PlanTask, *RESULT_FIELDS), values, ctx.today)
    state, result, result_on = values["state"], values["result"], values["result_on"]
    if result is None and state in ENDED:
        problems.setdefault(
            "result", _("Nhiệm vụ “%(state)s” cần kết quả bằng lời; hãy ghi kết quả.", state=state.label)
        )
    if result is not None and sum(letter.isalpha() for letter in result) < _LEAST_LETTERS:
        problems.setdefault(
            "result",
            _("Kết quả “%(result)s” quá ngắn; cần ít nhất %(count)d chữ cái.", result=result, count=_LEAST_LETTERS),
        )
    if result is not None and result_on is None:
        problems.setdefault("result_on", _("Kết quả chưa có ngày; hãy ghi ngày mà kết quả tính đến."))
    if result is None and result_on is not None:
        problems.setdefault("result", _("Có ngày nhưng chưa có kết quả; hãy ghi kết quả hoặc bỏ ngày."))
    if result_on is not None and result_on > ctx.today:
        problems.setdefault(
            "result_on",
            _(
                "Ngày %(day)s chưa đến; muộn nhất là hôm nay %(today)s.",
                day=format_date(result_on),
                today=format_date(ctx.today),
            ),
        )
    if problems:
        raise Invalid(problems)
    for name in RESULT_FIELDS:
        setattr(task, name, values[name])
    ctx.session.flush()
    record(ctx, f"{PLAN_TASK}.result", PLAN_TASK, task.id, item=task.item, state=state.value)
    return task


def _current(ctx: Ctx, task_id: int, version: int | None) -> PlanTask:
    task = get_task(ctx, task_id)
    if task.version != version:
        raise Conflict(_("Mục %(item)s đã được người khác sửa sau khi mở trang; hãy đọc lại.", item=task.item))
    return task


def fold_of_task() -> ColumnElement[str]:
    """SQL: the words that a search reads."""
    return func.fold(func.concat_ws(" ", PlanTask.item, PlanTask.responsible, PlanTask.duty, PlanTask.result))


def _editable(ctx: Ctx, task_id: int) -> PlanTask:
    task = get_task(ctx, task_id)
    if not holds(ctx.actor, P.INDICATOR_EDIT):
        require(ctx, P.PLAN_TASK_REPORT, task)
    return task


UNDO: Final = restorable(PLAN_TASK, PlanTask, _editable, lambda _ctx, task: ("plan_tasks.detail", {"task_id": task.id}))
