"""Many requests that were sent, where they are only setup: the service makes the first, its rows are copied.

Filing takes some fifty statements, and a race needs hundreds of requests before it begins. Nobody is told of a copy.
"""

from sqlalchemy import String, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT
from sqlalchemy.sql.expression import bindparam

from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.screening.models import ColocationScreening
from registry.colocation.workflow import COLOCATION
from registry.structures.models import StructureDisclosure
from registry.workflow.models import CaseClock, CaseCounter, CaseEvent
from tests.factories.colocation import filed

#: What a filed request consists of besides its own row -> the column that names the request.
PARTS = (
    (ColocationItem, "request_id", {}),
    (ColocationScreening, "request_id", {}),
    (CaseClock, "case_id", {"workflow": COLOCATION.code}),
    (CaseEvent, "case_id", {"workflow": COLOCATION.code}),
    (StructureDisclosure, "subject_id", {"subject_kind": COLOCATION.code}),
)


def filed_many(ctx, code, count):
    """The ids of so many requests that were sent for one structure, in the order in which they were filed."""
    first = filed(ctx, code)
    return [first.id, *copies(ctx, first, count - 1)]


def copies(ctx, request, count):
    """The ids of so many more requests that say what this one says."""
    ctx.session.flush()
    copied = _copy(ctx, ColocationRequest, "id", request.id, "number", _numbers(ctx, request, count), String)
    for model, key, more in PARTS:
        _copy(ctx, model, key, request.id, key, copied, BIGINT, **more)
    return copied


def _numbers(ctx, request, count):
    """The next numbers of the workflow, taken at once."""
    series = request.number.rpartition("-")[0]
    taken = update(CaseCounter).values(last=CaseCounter.last + count).returning(CaseCounter.last)
    last = ctx.session.scalar(taken.filter_by(workflow=COLOCATION.code, year=ctx.today.year))
    return [f"{series}-{number:06d}" for number in range(last - count + 1, last + 1)]


def _copy(ctx, model, key, source, changed, values, kind, **more):
    """Insert the rows that name `source` once for each value of the changed column; their ids in order."""
    table = model.__table__
    names = [column.name for column in table.columns if column.name != "id" and column.computed is None]
    numbered = func.unnest(bindparam(None, values, ARRAY(kind)))
    each = numbered.table_valued("value", with_ordinality="place").render_derived()
    rows = (
        select(*(each.c.value if name == changed else table.c[name] for name in names))
        .select_from(table.join(each, true()))
        .where(*(table.c[name] == value for name, value in ({key: source} | more).items()))
        .order_by(each.c.place, table.c.id)
    )
    insertion = insert(table).from_select(names, rows).returning(table.c.id)
    return sorted(ctx.session.scalars(insertion))
