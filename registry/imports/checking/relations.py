"""Member lists of cables, given in one cell of a row.

Lists are looked up by sets; an unknown code refuses the row. A new cable without coordinates is drawn through its
members; a registered cable keeps its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text, case, cast, func, text, update

from registry.authz.actors import Ctx
from registry.cables.service import StatedLists, draw_lists, read_lists, write_members
from registry.imports.checking.batch import FETCHED, BatchCheck, RowProblem, scratch_table
from registry.imports.checking.changes import join_register, merged_columns
from registry.imports.models import ImportRow
from registry.structures.commands import GivenPosition

#: Field of the member list; the name of the kind's relation.
MEMBERS: Final = "members"
_AT_ONCE: Final = 1_000


_LISTS: Final = scratch_table(
    "check_member", Column("number", BigInteger), Column("ordinal", BigInteger), Column("structure_id", BigInteger)
)
_LAYINGS: Final = scratch_table("check_laying", Column("number", BigInteger), Column("laying", Text))
_DRAWN: Final = scratch_table(
    "check_drawn", Column("number", BigInteger), Column("document", Text), Column("said", Text)
)
_PLACE: Final = text(
    "INSERT INTO check_place (number, spot, said)"
    " SELECT number, ST_SetSRID(ST_GeomFromGeoJSON(document), 4326), said FROM check_drawn"
)
#: Problems of empty coordinates.
_NOT_MISSING: Final = text(
    "DELETE FROM check_problem WHERE field = ANY(:fields) AND number IN (SELECT number FROM check_drawn)"
)
_KEEP_LINES: Final = text("DELETE FROM check_moved WHERE number IN (SELECT number FROM check_drawn)")
#: Registered cables whose member list changes; both lists by registered codes.
_CHANGES: Final = text(
    "WITH matched AS (SELECT match.number, match.structure_id AS cable_id FROM check_match match"
    "   WHERE NOT EXISTS (SELECT FROM check_problem bad WHERE bad.number = match.number AND bad.field = 'members')),"
    " stated AS (SELECT matched.number, array_agg(m.structure_id ORDER BY m.ordinal) AS ids,"
    "   string_agg(s.code, '; ' ORDER BY m.ordinal) AS codes FROM matched"
    "   JOIN check_member m ON m.number = matched.number JOIN structure s ON s.id = m.structure_id"
    "   GROUP BY matched.number),"
    " kept AS (SELECT matched.number, array_agg(m.structure_id ORDER BY m.ordinal) AS ids,"
    "   string_agg(s.code, '; ' ORDER BY m.ordinal) AS codes FROM matched"
    "   JOIN cable_member m ON m.cable_id = matched.cable_id JOIN structure s ON s.id = m.structure_id"
    "   GROUP BY matched.number)"
    " SELECT matched.number, jsonb_build_object('members', jsonb_build_array(coalesce(kept.codes, ''),"
    "   coalesce(stated.codes, ''))) AS changes INTO TEMPORARY check_relation FROM matched"
    " LEFT JOIN stated ON stated.number = matched.number LEFT JOIN kept ON kept.number = matched.number"
    " WHERE stated.ids IS DISTINCT FROM kept.ids"
)
_MERGE: Final = (
    text(
        "UPDATE check_change c SET changes = coalesce(c.changes, '{}') || r.changes"
        " FROM check_relation r WHERE r.number = c.number"
    ),
    text(
        "INSERT INTO check_change (number, changes) SELECT r.number, r.changes FROM check_relation r"
        " WHERE NOT EXISTS (SELECT FROM check_change c WHERE c.number = r.number)"
    ),
)
_WRITTEN: Final = text(
    "SELECT target.cable_id, array_agg(m.structure_id ORDER BY m.ordinal) FILTER (WHERE m.number IS NOT NULL) AS ids"
    " FROM (SELECT number, id AS cable_id FROM check_made UNION ALL"
    "  SELECT c.number, match.structure_id FROM check_changed c JOIN check_match match ON match.number = c.number"
    "  JOIN check_relation r ON r.number = c.number) target"
    " LEFT JOIN check_member m ON m.number = target.number GROUP BY target.cable_id ORDER BY target.cable_id"
)


def has_member_lists(check: BatchCheck) -> bool:
    return MEMBERS in check.column_numbers and any(relation.name == MEMBERS for relation in check.kind.relations)


def resolve_member_lists(check: BatchCheck) -> None:
    """Look up member lists, report their problems, and draw rows without coordinates through their members."""
    if not has_member_lists(check):
        return
    for table in (_LISTS, _LAYINGS, _DRAWN):
        check.create(table)
    for cells, bare in _cells(check):
        lists = read_lists(check.ctx, check.owner.id, cells)
        check.add_problems(
            RowProblem(number, MEMBERS, sentence)
            for number, sentences in lists.problems.items()
            for sentence in sentences
        )
        check.fill(_LISTS, ("number", "ordinal", "structure_id"), _member_rows(lists))
        check.fill(_LAYINGS, ("number", "laying"), _laying_rows(lists))
        _draw(check, lists, bare)
    fields = [*check.position_fields, ",".join(check.position_fields)]
    check.ctx.session.execute(_PLACE)
    check.ctx.session.execute(_NOT_MISSING, {"fields": fields})
    for table in (_LISTS, _LAYINGS, _DRAWN):
        check.analyse(table)


def _cells(check: BatchCheck) -> Iterator[tuple[dict[int, str], set[int]]]:
    """Chunks of rows: member cell by row number, and the rows without coordinates."""
    position_text = func.concat(*(func.btrim(check.cell(name)) for name in check.position_fields))
    query = check.rows(ImportRow.number, check.cell(MEMBERS).label("cell"), (position_text == "").label("bare"))
    for part in check.ctx.session.execute(query).partitions(FETCHED):
        yield {row.number: row.cell for row in part}, {row.number for row in part if row.bare}


def _member_rows(lists: StatedLists) -> Iterator[tuple[int, int, int]]:
    for number, supports in lists.supports.items():
        for ordinal, support in enumerate(supports, 1):
            yield number, ordinal, support.id


def _laying_rows(lists: StatedLists) -> Iterator[tuple[int, str]]:
    """Laying by members; a mixed cable needs a length that a list does not give."""
    for number in lists.supports:
        laying = lists.laying(number)
        if laying is not None and laying != "mixed":
            yield number, laying.value


def _draw(check: BatchCheck, lists: StatedLists, bare: set[int]) -> None:
    wanted = {number: supports for number, supports in lists.supports.items() if supports and number in bare}
    drawn = draw_lists(check.ctx, check.owner.id, wanted)
    lines = {number: line for number, line in drawn.items() if isinstance(line, GivenPosition)}
    check.fill(_DRAWN, ("number", "document", "said"), ((n, line.geojson, line.text) for n, line in lines.items()))
    check.add_problems(RowProblem(number, MEMBERS, str(line)) for number, line in drawn.items() if number not in lines)


def derive_laying(check: BatchCheck, stage: Table) -> None:
    """Derive the laying from the members where neither file nor register states it."""
    if not has_member_lists(check):
        return
    columns = merged_columns(check, stage)
    derived = case((columns["underground_m"].is_(None), _LAYINGS.c.laying))
    laying = cast(func.coalesce(columns["laying"], derived), stage.c.laying.type).label("laying")
    source = join_register(check, stage).outerjoin(_LAYINGS, _LAYINGS.c.number == stage.c.number)
    laid = source.with_only_columns(stage.c.number, laying).subquery("laid")
    check.ctx.session.execute(update(stage).values(laying=laid.c.laying).where(laid.c.number == stage.c.number))
    check.written.add("laying")


def find_member_changes(check: BatchCheck) -> None:
    """Add changed member lists to `check_change`; a line drawn through members does not move a registered cable."""
    if not has_member_lists(check):
        return
    run = check.ctx.session.execute
    run(_KEEP_LINES)
    run(text("DROP TABLE IF EXISTS pg_temp.check_relation"))
    run(_CHANGES)
    for statement in _MERGE:
        run(statement)


def write_member_lists(ctx: Ctx, check: BatchCheck) -> None:
    """Write the member lists of new rows and of rows with a changed list."""
    if not has_member_lists(check):
        return
    rows = ctx.session.execute(_WRITTEN).all()
    for start in range(0, len(rows), _AT_ONCE):
        write_members(ctx, {row.cable_id: row.ids or [] for row in rows[start : start + _AT_ONCE]})
