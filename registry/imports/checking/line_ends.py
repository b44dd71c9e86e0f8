"""The structures at which lines of a file end, held to the rules that forms hold them to."""

from __future__ import annotations

from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import Table, column, func, literal, or_, select, table, text, union_all, update

from registry.authz.actors import Ctx
from registry.cables.service import draw_lists, read_lists
from registry.imports.checking.batch import FETCHED, BatchCheck, RowProblem
from registry.imports.checking.changes import join_register, merged_columns
from registry.imports.checking.codes import MATCHES
from registry.imports.checking.parse import was_only_suggested
from registry.imports.checking.relations import DRAWN, find_waiting, is_bare, keep_registered_lines, place_drawn
from registry.imports.models import ImportRow
from registry.kernel.dated_settings import setting
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.commands import GivenPosition
from registry.structures.positions.line_ends import facts_of_ends
from registry.structures.relations import Hardness
from registry.structures.writing.line_ends import LIMITS, RULES, name_ends

_SCRATCH: Final = ("check_row", "check_match", "check_place")
_WRITTEN: Final = text(
    "SELECT id FROM check_made UNION ALL SELECT match.structure_id FROM check_match match"
    " JOIN check_outcome outcome ON outcome.number = match.number AND outcome.outcome = 'changed'"
)


def _draws(check: BatchCheck) -> bool:
    """Whether rows without coordinates are drawn: the file names both ends of each line."""
    return bool(check.kind.junction) and check.kind.references <= check.column_numbers.keys()


def draw_between_ends(check: BatchCheck) -> None:
    """Draw rows without coordinates straight between the structures at which they end."""
    if not _draws(check):
        return
    check.create(DRAWN)
    codes = (func.nullif(func.btrim(check.cell(name)), "") for name in sorted(check.kind.references))
    query = check.rows(ImportRow.number, func.concat_ws("; ", *codes).label("cell")).where(is_bare(check))
    for part in check.ctx.session.execute(query).partitions(FETCHED):
        lists = read_lists(check.ctx, check.owner.id, {row.number: row.cell for row in part})
        ends = {
            number: supports
            for number, supports in lists.supports.items()
            if [support.kind for support in supports] == [check.kind.junction] * len(check.kind.references)
        }
        lines = draw_lists(check.ctx, check.owner.id, ends).items()
        drawn = ((number, line.geojson, line.text) for number, line in lines if isinstance(line, GivenPosition))
        check.fill(DRAWN, ("number", "document", "said"), drawn)
    place_drawn(check)


def keep_lines_between_ends(check: BatchCheck) -> None:
    """A registered line keeps its way where the file has none."""
    if _draws(check):
        keep_registered_lines(check)


def check_ends(check: BatchCheck, stage: Table) -> None:
    """Refuse rows whose ends name no structure that they may end at, or one that is far from the line.

    Ends of new rows that name none are left out with a remark where their column was only suggested, unless another
    table of the file may bring the structure.
    """
    fields = sorted(check.kind.references & check.written)
    if not check.kind.junction or not fields:
        return
    columns = merged_columns(check, stage)
    stated: Any = table("check_place", column("number"), column("spot_m", Geometry))
    ends = union_all(
        *(
            join_register(check, stage)
            .outerjoin(stated, stated.c.number == stage.c.number)
            .with_only_columns(
                stage.c.number.label("key"),
                MATCHES.c.structure_id.label("line_id"),
                stated.c.spot_m.label("line_m"),
                literal(check.owner.id).label("owner_id"),
                literal(field).label("field"),
                columns[field].label("code"),
            )
            .where(columns[field].is_not(None))
            for field in fields
        )
    ).subquery("ends")
    for name in _SCRATCH:
        check.ctx.session.execute(text(f"GRANT SELECT ON {name} TO {POSITION_READER_ROLE}"))
    facts = facts_of_ends(ends, check.kind.junction)
    limits = setting(check.ctx.session, LIMITS, check.ctx.today)
    broken = {rule.code: func.coalesce(rule.breaks(facts.c, limits), False) for rule in RULES}
    flags = [clause.label(code) for code, clause in broken.items()]
    rows = positions.run(check.ctx, select(facts, *flags).where(or_(*broken.values())).order_by(facts.c.key)).all()
    waits = bool(rows) and bool(find_waiting(check))
    suggested = set() if waits else {name for name in fields if was_only_suggested(check, name)}
    left_out = {
        (row.key, row.field): row.code
        for row in rows
        if row.junction_id is None and row.line_id is None and row.field in suggested
    }
    for field in suggested:
        numbers = [number for number, name in left_out if name == field]
        check.ctx.session.execute(update(stage).values({field: None}).where(stage.c.number.in_(numbers)))
    check.add_problems(
        RowProblem(number, field, _left_out(code), blocks=False) for (number, field), code in left_out.items()
    )
    check.add_problems(
        RowProblem(row.key, row.field, rule.sentence(row, limits), blocks=hardness is Hardness.REFUSE)
        for row in rows
        if (row.key, row.field) not in left_out
        for rule in RULES
        if row._mapping[rule.code]
        for hardness in (rule.hardness_on(check.ctx.today),)
    )


def _left_out(code: str) -> str:
    return _(
        "Không có bể cáp “%(code)s” mà cống của đơn vị nối được: dòng được nhập, đầu này để trống; nhập bể rồi nhập lại"
        " tệp thì đầu này được nối.",
        code=code,
    )


def write_ends(ctx: Ctx, check: BatchCheck) -> None:
    """The written lines have the structures at which they end."""
    if check.kind.junction:
        name_ends(ctx, check.kind, list(ctx.session.scalars(_WRITTEN)))
