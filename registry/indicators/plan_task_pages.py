"""Pages of the tasks of the plans: list, one task, forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from flask import render_template
from wtforms import SelectChoice, SelectField

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.indicators.models import PlanTask, TaskState
from registry.indicators.plan_tasks import (
    RESULT_FIELDS,
    TASK_FIELDS,
    StateResult,
    WriteTask,
    fold_of_task,
    get_task,
    list_reporting,
    state_result,
    tasks_query,
    write_task,
)
from registry.kernel.db.matching import contains_all
from registry.kernel.fields import facts_of, fields_named, fields_of
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.base import VersionedForm
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.lists.columns import Column, declared_columns
from registry.kernel.lists.filters import ChoiceFilter, Chosen, Flag, Search
from registry.kernel.lists.markup import link
from registry.kernel.lists.page import list_page
from registry.kernel.lists.view import Empty, ListView

bp = GuardedBlueprint("plan_tasks", __name__, errors=html_errors, url_prefix="/plan-tasks")
_FIELDS: Final = fields_of(PlanTask)


def _rows(ctx: Ctx, filter_values: Chosen) -> Any:
    query = tasks_query(ctx)
    return query.where(PlanTask.is_late_rule(ctx.today)) if filter_values.get("late") else query


def _duty(_ctx: Ctx, row: Any) -> str:
    text: str = row.PlanTask.duty
    return text


def _late(ctx: Ctx, row: Any) -> str:
    return _("quá hạn") if row.PlanTask.is_late(ctx.today) else ""


PLAN_TASKS: Final = ListView(
    code="plan-tasks",
    label=_l("Nhiệm vụ của kế hoạch"),
    subtitle=_l("Cơ quan thực hiện, thời hạn hoàn thành và kết quả thực hiện"),
    endpoint="plan_tasks.index",
    permission=P.INDICATOR_READ,
    select=_rows,
    columns=(
        Column("item", _FIELDS["item"].label, "PlanTask.item", sort=PlanTask.item),
        Column(
            "duty",
            _FIELDS["duty"].label,
            _duty,
            main=True,
            show=link("plan_tasks.detail", _duty, task_id="PlanTask.id"),
        ),
        Column("responsible", _FIELDS["responsible"].label, "PlanTask.responsible", sort=PlanTask.responsible),
        Column("planned_on", _FIELDS["planned_on"].label, "PlanTask.planned_on", kind=date, sort=PlanTask.planned_on),
        Column("late", _l("Quá hạn"), _late),
        *declared_columns(PlanTask, "state", row="PlanTask"),
        *declared_columns(PlanTask, "result_on", row="PlanTask", sort=PlanTask.result_on),
        *declared_columns(PlanTask, "result", row="PlanTask"),
        *declared_columns(PlanTask, "plan", row="PlanTask", optional=True, sort=PlanTask.plan),
    ),
    filters=(
        ChoiceFilter(
            "state", _FIELDS["state"].label, options=TaskState, where=lambda _ctx, state: PlanTask.state == state
        ),
        Flag("late", _l("Quá hạn"), chip=_l("Thời hạn hoàn thành"), text=_l("quá hạn, chưa hoàn thành")),
        Search("q", _l("Từ khóa"), where=lambda _ctx, text: contains_all(fold_of_task(), text.split())),
    ),
    order=(PlanTask.plan, PlanTask.item, PlanTask.id),
    stem="nhiem-vu-ke-hoach",
    count=_n_noop("%(count)s nhiệm vụ"),
    empty=Empty(_l("Chưa có nhiệm vụ nào"), _l("Sở thêm nhiệm vụ của kế hoạch.")),
    no_match=Empty(_l("Không có nhiệm vụ nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)


class _TaskChoices(VersionedForm):
    organisation = SelectField(
        _l("Đơn vị khai kết quả"),
        coerce=lambda text: int(text) if text else None,
        description=_l("Để trống khi Sở tự khai."),
    )

    def offer(self, organisations: Sequence[Organisation]) -> None:
        """Who can state the result."""
        self.organisation.choices = [
            SelectChoice("", _("Sở Khoa học và Công nghệ")),
            *(SelectChoice(each.id, each.short_name) for each in organisations),
        ]

    def to_command(self, task_id: int | None = None) -> WriteTask:
        version = self.read_version if task_id is not None else None
        return WriteTask(values_of(self, TASK_FIELDS), self.organisation.data, task_id, version)


TaskForm = declared_form("TaskForm", fields_named(PlanTask, *TASK_FIELDS), _TaskChoices)


class _Result(VersionedForm):
    def to_command(self, task_id: int) -> StateResult:
        return StateResult(task_id, self.read_version, values_of(self, RESULT_FIELDS))


ResultForm = declared_form("ResultForm", fields_named(PlanTask, *RESULT_FIELDS), _Result)


@bp.get("", permission=P.INDICATOR_READ)
def index(ctx: Ctx) -> str:
    may_edit = holds(ctx.actor, P.INDICATOR_EDIT)
    return render_template("indicators/tasks.html", listing=list_page(ctx, PLAN_TASKS), may_edit=may_edit)


@bp.get("/<int:task_id>", permission=P.INDICATOR_READ)
def detail(ctx: Ctx, task_id: int) -> str:
    """One task with its result."""
    task = get_task(ctx, task_id)
    return render_template(
        "indicators/task.html",
        task=task,
        facts=facts_of(task, "plan", "responsible", "planned_on", *RESULT_FIELDS),
        may_edit=holds(ctx.actor, P.INDICATOR_EDIT),
        may_report=allowed(ctx, P.PLAN_TASK_REPORT, task),
        is_late=task.is_late(ctx.today),
    )


@bp.get("/new", permission=P.INDICATOR_EDIT)
def new(ctx: Ctx) -> str:
    return _task_page(ctx, TaskForm(formdata=None, data={"version": "1"}), None)


@bp.post("/new", permission=P.INDICATOR_EDIT)
def create(ctx: Ctx) -> Page:
    form = TaskForm()
    form.offer(list_reporting(ctx))
    return _saved(
        ctx,
        form,
        lambda: write_task(ctx, form.to_command()),
        lambda: _task_page(ctx, form, None),
        _("Đã thêm nhiệm vụ."),
    )


@bp.get("/<int:task_id>/edit", permission=P.INDICATOR_EDIT)
def edit(ctx: Ctx, task_id: int) -> str:
    task = get_task(ctx, task_id)
    typed = typed_values({field.name: field for field in fields_named(PlanTask, *TASK_FIELDS)}, task)
    data = {"version": str(task.version), "organisation": task.organisation_id or "", **typed}
    return _task_page(ctx, TaskForm(formdata=None, data=data), task)


@bp.post("/<int:task_id>/edit", permission=P.INDICATOR_EDIT, endpoint="edit_post")
def edit_post(ctx: Ctx, task_id: int) -> Page:
    """Save the texts; 422 and 409 (somebody else changed it) keep what was typed."""
    task, form = get_task(ctx, task_id), TaskForm()
    form.offer(list_reporting(ctx))
    return _saved(
        ctx,
        form,
        lambda: write_task(ctx, form.to_command(task_id)),
        lambda: _task_page(ctx, form, task),
        _("Đã lưu nhiệm vụ."),
    )


@bp.get("/<int:task_id>/result", permission=P.PLAN_TASK_REPORT)
def result(ctx: Ctx, task_id: int) -> str:
    task = _own(ctx, task_id)
    typed = typed_values({field.name: field for field in fields_named(PlanTask, *RESULT_FIELDS)}, task)
    return _form_page(ResultForm(formdata=None, data={"version": str(task.version), **typed}), task, _("Ghi kết quả"))


@bp.post("/<int:task_id>/result", permission=P.PLAN_TASK_REPORT, endpoint="result_post")
def result_post(ctx: Ctx, task_id: int) -> Page:
    """Save the result; 422 and 409 (somebody else changed it) keep what was typed."""
    task, form = _own(ctx, task_id), ResultForm()
    return _saved(
        ctx,
        form,
        lambda: state_result(ctx, form.to_command(task_id)),
        lambda: _form_page(form, task, _("Ghi kết quả")),
        _("Đã ghi kết quả."),
    )


def _own(ctx: Ctx, task_id: int) -> PlanTask:
    task = get_task(ctx, task_id)
    require(ctx, P.PLAN_TASK_REPORT, task)
    return task


def _saved(ctx: Ctx, form: Any, call: Callable[[], PlanTask], page: Callable[[], str], done: str) -> Page:
    saved = submit(ctx, form, call)
    if saved is None:
        return page(), form.refusal_status
    return go(ctx, "plan_tasks.detail", done, task_id=saved.id)


def _task_page(ctx: Ctx, form: Any, task: PlanTask | None) -> str:
    form.offer(list_reporting(ctx))
    return _form_page(form, task, _("Sửa nhiệm vụ") if task else _("Thêm nhiệm vụ"))


def _form_page(form: Any, task: PlanTask | None, title: str) -> str:
    return render_template("indicators/task_form.html", form=form, task=task, title=title)
