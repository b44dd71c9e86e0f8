"""Lists of cases for every workflow: columns and filters of their pages and files, counts, and the site search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import ColumnElement, Integer, Select, case, cast, false, func, inspect, or_, select, union_all

from registry.authz.actors import Ctx
from registry.authz.scopes import holds, visible
from registry.kernel.db.base import Choice
from registry.kernel.db.matching import rows_with_words
from registry.kernel.db.row_access import has_whole_table
from registry.kernel.i18n import _, _l, _n_noop, format_moment_near
from registry.kernel.i18n.stored import stored_text
from registry.kernel.lists.columns import Column, On, TermEnd
from registry.kernel.lists.filters import Chosen, Filter, Flag, MultiChoice, Search
from registry.kernel.lists.markup import badge, hint, link
from registry.kernel.lists.sorting import SORTABLE_TYPES
from registry.kernel.lists.view import Empty, ListView
from registry.kernel.search import GROUP_SIZE, Hit, Link, Query, SearchGroup, full_number
from registry.workflow.definition import Workflow
from registry.workflow.time_left import TimeLeft, overdue_states, term_end_of, times_left
from registry.workflow.worklist import WORKLIST_SIZE, WorklistItem, assigned_clause

COUNTED_TO: Final = 10_000
_TITLE: Final = Markup("%s %s")


def match_cases(ctx: Ctx, workflow: Workflow, query: Query, size: int) -> list[Any]:
    """The visible cases with every term in number or title, or with a part of this number; an exact number first."""
    model = workflow.model
    numbered = func.coalesce(model.number == (full_number(query.text) or query.text.upper()), false())
    matching = search_clause(ctx, workflow, query.text, query.words)
    matching_cases = select(model).where(visible(ctx, model, workflow.read), matching)
    return list(ctx.session.scalars(matching_cases.order_by(numbered.desc(), model.id.desc()).limit(size)))


def count_cases(ctx: Ctx, workflow: Workflow, *where: ColumnElement[bool]) -> int:
    """The number of visible cases under these conditions."""
    return int(ctx.session.scalar(count_query(ctx, workflow, *where)) or 0)


def count_query(ctx: Ctx, workflow: Workflow, *where: ColumnElement[bool]) -> Select[Any]:
    """The query of the number of visible cases under these conditions, for counts that are read in one statement."""
    return select(func.count()).select_from(workflow.model).where(visible(ctx, workflow.model, workflow.read), *where)


def count_each(ctx: Ctx, workflow: Workflow, *conditions: ColumnElement[bool]) -> tuple[int, ...]:
    """The numbers of visible cases under each of these conditions, in one query."""
    counts = [func.count().filter(condition) for condition in conditions]
    query = select(*counts).select_from(workflow.model).where(visible(ctx, workflow.model, workflow.read))
    return tuple(int(number) for number in ctx.session.execute(query).one())


def worklist_totals(ctx: Ctx, shown: Sequence[WorklistItem]) -> list[tuple[Workflow, int]]:
    """Workflows with more assigned cases than the worklist shows, each with the total."""
    shown_of = Counter(item.workflow for item in shown)
    full = [workflow for workflow, count in shown_of.items() if count >= WORKLIST_SIZE]
    totals = [(workflow, count_cases(ctx, workflow, waiting_clause(ctx, workflow))) for workflow in full]
    return [(workflow, total) for workflow, total in totals if total > shown_of[workflow]]


def waiting_clause(ctx: Ctx, workflow: Workflow) -> ColumnElement[bool]:
    """Cases that wait for the actor."""
    waiting = assigned_clause(ctx, workflow)
    return false() if waiting is None else waiting


def search_clause(ctx: Ctx, workflow: Workflow, text: str, words: Sequence[str] = ()) -> ColumnElement[bool]:
    """Cases with every search term in number or title, or with a part of this number; `words` are those of the text.

    For statements of this context: who has not all rows of the table is refused the index.
    """
    model = workflow.model
    clauses = [rows_with_words(ctx.session, model, workflow.searched, "words", words or text.split())]
    whole = full_number(text)
    if whole is not None:
        clauses.append(model.number == whole)
    clauses += workflow.part_numbered(ctx, text)
    if len(clauses) == 1 or not has_whole_table(ctx.session, model.__tablename__):
        return or_(*clauses)
    # OR lets no index be used where one of its conditions is a subquery.
    condition: ColumnElement[bool] = model.id.in_(
        union_all(*(select(model.id).where(c).correlate(None) for c in clauses))
    )
    return condition


def overdue_clause(ctx: Ctx, workflow: Workflow) -> ColumnElement[bool]:
    """Cases whose term is over, or in a state that only the end of a term leads to."""
    model = workflow.model
    ended = func.coalesce(model.due_at <= ctx.now, false())
    clause: ColumnElement[bool] = or_(ended, model.state.in_(overdue_states(workflow)))
    return clause


def case_filters(workflow: Workflow, *own: Filter) -> tuple[Filter, ...]:
    """The filters of every list of cases; `own` are the feature's."""
    model = workflow.model
    return (
        MultiChoice(
            "state", _l("Trạng thái"), options=workflow.states, where=lambda _ctx, states: model.state.in_(states)
        ),
        Flag(
            "late",
            _l("Quá hạn"),
            chip=_l("Thời hạn"),
            text=_l("quá hạn"),
            where=lambda ctx, _on: overdue_clause(ctx, workflow),
        ),
        Flag(
            "waiting",
            _l("Chờ tôi xử lý"),
            chip=_l("Đang chờ"),
            text=_l("tôi"),
            where=lambda ctx, _on: waiting_clause(ctx, workflow),
        ),
        *own,
        Search("q", _l("Từ khóa"), where=lambda ctx, text: search_clause(ctx, workflow, text)),
    )


def case_columns(workflow: Workflow, remark: Callable[[Ctx, Any], str] | None = None) -> tuple[Column, ...]:
    """The columns of every list of cases; `remark` is a line below the title of a case."""
    case = workflow.model.__name__
    get = attrgetter(case)

    def title(ctx: Ctx, row: Any) -> Any:
        words = stored_text(get(row).title)
        return words if remark is None else _TITLE % (words, hint(remark(ctx, row)))

    def number(_ctx: Ctx, row: Any) -> str:
        return get(row).number or _("bản nháp")

    return (
        Column(
            "number",
            _l("Số hồ sơ"),
            f"{case}.number",
            main=True,
            show=link(workflow.page, number, case_id=f"{case}.id"),
            sort=workflow.model.number,
        ),
        Column("title", _l("Nội dung"), lambda _ctx, row: stored_text(get(row).title), show=title),
        state_column(workflow),
        Column("state_since", _l("Từ thời điểm"), f"{case}.state_since", datetime, on=On.FILES),
        *term_columns(workflow),
        Column(
            "created_at",
            _l("Lập lúc"),
            f"{case}.created_at",
            datetime,
            optional=True,
            sort=workflow.model.created_at,
        ),
        Column(
            "updated_at",
            _l("Cập nhật"),
            f"{case}.state_since",
            datetime,
            show=lambda ctx, row: format_moment_near(get(row).state_since, ctx.today),
            on=On.PAGE,
            sort=workflow.model.state_since,
        ),
    )


def term_columns(workflow: Workflow) -> tuple[Column, Column]:
    """The term that runs or was missed, and in files what the page says of it; `ListView.prepare` is `read_terms`."""
    get = attrgetter(workflow.model.__name__)

    def left_of(ctx: Ctx, row: Any) -> TimeLeft | None:
        terms: Mapping[int, TimeLeft] = ctx.memo[_terms_of(workflow)]
        return terms.get(get(row).id)

    def show(ctx: Ctx, row: Any) -> Any:
        left = left_of(ctx, row)
        return None if left is None else badge(left.text, left.tone, "clock")

    def text(ctx: Ctx, row: Any) -> str | None:
        left = left_of(ctx, row)
        return None if left is None else left.text

    return (
        Column("due_at", _l("Thời hạn"), kind=TermEnd, show=show, sort=term_end_of(workflow)),
        Column("time_left", _l("Thời hạn bằng lời"), text, on=On.FILES),
    )


def term_ends(ctx: Ctx, workflow: Workflow) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """What every list of cases selects: whether the case is overdue, and the end of its term (`due_at`)."""
    return overdue_clause(ctx, workflow).label("is_overdue"), term_end_of(workflow).label("due_at")


def read_terms(workflow: Workflow) -> Callable[[Ctx, list[Any]], None]:
    """Reads the terms and the states in words of the rows of a page at once, for `ListView.prepare`."""
    get = attrgetter(workflow.model.__name__)

    def prepare(ctx: Ctx, rows: list[Any]) -> None:
        cases = [get(row) for row in rows]
        ctx.memo[_terms_of(workflow)] = times_left(ctx, workflow, cases)
        ctx.memo[_states_of(workflow)] = workflow.texts_of_states(ctx, cases)

    return prepare


def _terms_of(workflow: Workflow) -> str:
    return f"workflow.terms.{workflow.code}"


def _states_of(workflow: Workflow) -> str:
    return f"workflow.states.{workflow.code}"


def state_badge(workflow: Workflow, case: str) -> Callable[[Ctx, Any], Any]:
    """Shows the state of a case as its badge, in words where `ListView.prepare` is `read_terms`."""
    get = attrgetter(case)

    def show(ctx: Ctx, row: Any) -> Any:
        texts: Mapping[int, str] = ctx.memo.get(_states_of(workflow), {})
        state = get(row).state
        return badge(texts.get(get(row).id) or state.label, workflow.tones.get(state, "neutral"))

    return show


def state_column(workflow: Workflow) -> Column:
    """The state of a case in words, on the page as its badge; `ListView.prepare` is `read_terms`."""
    case = workflow.model.__name__
    get = attrgetter(case)

    def text(ctx: Ctx, row: Any) -> str:
        texts: Mapping[int, str] = ctx.memo[_states_of(workflow)]
        return texts[get(row).id]

    return Column("state", _l("Trạng thái"), text, show=state_badge(workflow, case))


def case_list(
    workflow: Workflow,
    *,
    code: str,
    columns: tuple[Column, ...],
    filters: tuple[Filter, ...] = (),
    joined: Callable[[Ctx, Chosen, Select[Any]], Select[Any]] = lambda _ctx, _chosen, query: query,
    where: Callable[[Ctx, Chosen], Sequence[ColumnElement[bool]]] = lambda _ctx, _chosen: (),
    remark: Callable[[Ctx, Any], str] | None = None,
    **more: Any,
) -> ListView:
    """The list of the cases of a workflow, the overdue ones first, then the newest.

    `columns`, `filters` and `where` are the feature's own; `joined` adds what they need on the page. `more` is of
    ListView.
    """
    model = workflow.model

    def narrowed(ctx: Ctx, filter_values: Chosen, query: Select[Any]) -> Select[Any]:
        return query.where(visible(ctx, model, workflow.read), *where(ctx, filter_values))

    return ListView(
        code=code,
        label=workflow.label,
        endpoint=workflow.index,
        permission=workflow.read,
        select=lambda ctx, filter_values: joined(
            ctx, filter_values, narrowed(ctx, filter_values, select(model, *term_ends(ctx, workflow)))
        ),
        counted=lambda ctx, filter_values: narrowed(ctx, filter_values, select(model.id)),
        columns=(*case_columns(workflow, remark), *(_of_record(model, column) for column in columns)),
        filters=case_filters(workflow, *filters),
        order=("is_overdue", model.id),
        descending=True,
        prepare=read_terms(workflow),
        record=model,
        row_id=attrgetter(f"{model.__name__}.id"),
        name_column="number",
        count=_n_noop("%(count)s hồ sơ"),
        count_more=_l("Hơn 10.000 hồ sơ"),
        counted_to=COUNTED_TO,
        empty=Empty(_l("Chưa có hồ sơ nào"), _l("Hồ sơ mà tài khoản được phép xem sẽ hiển thị tại đây cùng thời hạn.")),
        no_match=Empty(_l("Không có hồ sơ nào khớp"), _l("Bộ lọc đang quá hẹp, hoặc không có quyền xem các hồ sơ đó.")),
        **more,
    )


def _of_record(model: Any, column: Column) -> Column:
    """A column that reads an attribute of the case alone: the reader may have it on the page.

    Unless it is a code, the page can be ordered by it, too.
    """
    entity, _dot, name = column.path.partition(".")
    attribute = inspect(model).column_attrs.get(name) if entity == model.__name__ else None
    if attribute is None:
        return column
    if column.on is On.FILES:
        column = replace(column, on=On.BOTH, optional=True)
    stored = attribute.columns[0].type.python_type
    if stored not in SORTABLE_TYPES:
        # A member of a closed list stands where the list has it; the page then shows what is compared.
        return column if column.show is not None else replace(column, sort=_place_of(getattr(model, name), stored))
    return replace(column, sort=getattr(model, name))


def _place_of(attribute: Any, stored: type) -> ColumnElement[int] | None:
    """The place of a value in its closed list, no before yes; None for other types."""
    if stored is bool:
        return cast(attribute, Integer)
    if not issubclass(stored, Choice):
        return None
    return case({member: number for number, member in enumerate(stored)}, value=attribute)


def search_cases(workflow: Workflow, **kept: str) -> Callable[[Ctx, Query], SearchGroup | None]:
    """The search source of one workflow; `kept` are query arguments for the link to its full list."""

    def source(ctx: Ctx, query: Query) -> SearchGroup | None:
        if query.near or not holds(ctx.actor, workflow.read):
            return None
        cases = match_cases(ctx, workflow, query, GROUP_SIZE + 1)
        states = workflow.texts_of_states(ctx, cases)
        hits = [
            Hit(
                stored_text(case.title),
                Link(workflow.page, {"case_id": case.id}),
                case.number or _("bản nháp"),
                badge=(states[case.id], workflow.tones.get(case.state, "neutral")),
            )
            for case in cases
        ]
        more = Link(workflow.index, {**kept, "q": query.text}) if len(hits) > GROUP_SIZE else None
        return SearchGroup(workflow.code, workflow.label, hits[:GROUP_SIZE], more)

    return source
