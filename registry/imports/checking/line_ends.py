"""The structures at which lines of a file end, held to the rules that forms hold them to."""

from __future__ import annotations

from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import Table, column, func, literal, or_, select, table, text, union_all

from registry.authz.actors import Ctx
from registry.imports.checking.batch import BatchCheck, RowProblem
from registry.imports.checking.changes import join_register, merged_columns
from registry.imports.checking.codes import MATCHES
from registry.kernel.dated_settings import setting
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.structures import positions
from registry.structures.positions.line_ends import facts_of_ends
from registry.structures.relations import Hardness
from registry.structures.writing.line_ends import LIMITS, RULES, name_ends

_SCRATCH: Final = ("check_row", "check_match", "check_place")
_WRITTEN: Final = text(
    "SELECT id FROM check_made UNION ALL SELECT match.structure_id FROM check_match match"
    " JOIN check_outcome outcome ON outcome.number = match.number AND outcome.outcome = 'changed'"
)


def check_ends(check: BatchCheck, stage: Table) -> None:
    """Refuse rows whose ends name no structure that they may end at, or one that is far from the line."""
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
    rows = positions.run(check.ctx, select(facts, *flags).where(or_(*broken.values())).order_by(facts.c.key))
    check.add_problems(
        RowProblem(row.key, row.field, rule.sentence(row, limits), blocks=hardness is Hardness.REFUSE)
        for row in rows
        for rule in RULES
        if row._mapping[rule.code]
        for hardness in (rule.hardness_on(check.ctx.today),)
    )


def write_ends(ctx: Ctx, check: BatchCheck) -> None:
    """The written lines have the structures at which they end."""
    if check.kind.junction:
        name_ends(ctx, check.kind, list(ctx.session.scalars(_WRITTEN)))
