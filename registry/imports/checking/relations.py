"""Member lists of cables, given in one cell of a row.

Lists are looked up by sets; an unknown code refuses the row. A new cable without coordinates is drawn through its
members; a registered cable keeps its line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
    text,
    update,
)

from registry.authz.actors import Ctx
from registry.cables.carriers import cable_day, find_broken, recorded_routes
from registry.cables.models import CableMember
from registry.cables.queries import find_supports
from registry.cables.rules import read_codes
from registry.cables.service import StatedLists, draw_lists, read_lists, write_members
from registry.imports.checking.batch import FETCHED, ROW_PROBLEMS, BatchCheck, RowProblem, scratch_table
from registry.imports.checking.changes import join_register, merged_columns
from registry.imports.checking.codes import MATCHES
from registry.imports.checking.parse import FEWEST_FAILING, note_left_out, was_only_suggested, without_columns
from registry.imports.models import BatchState, ImportBatch, ImportRow
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.kernel.i18n import _
from registry.structures.commands import GivenPosition
from registry.structures.kinds import HOSTS
from registry.structures.models import Structure
from registry.structures.positions.along_route import line_columns, recorded_line
from registry.structures.relations import Hardness, sorted_by_hardness

#: Field of the member list; the name of the kind's relation.
MEMBERS: Final = "members"
_AT_ONCE: Final = 1_000
#: Most sentences of a row about what carries its cable.
_NAMED: Final = 10


_LISTS: Final = scratch_table(
    "check_member", Column("number", BigInteger), Column("ordinal", BigInteger), Column("structure_id", BigInteger)
)
_LAYINGS: Final = scratch_table("check_laying", Column("number", BigInteger), Column("laying", Text))
DRAWN: Final = scratch_table(
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
    # A list between the same ends says more than the ends.
    "  AND NOT (:ends AND cardinality(stated.ids) = 2 AND cardinality(kept.ids) > 2 AND stated.ids <@"
    "   ARRAY[kept.ids[1], kept.ids[cardinality(kept.ids)]])"
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
    has_relation = any(relation.name == MEMBERS for relation in check.kind.relations)
    return has_relation and (MEMBERS in check.column_numbers or bool(check.relation_ends(MEMBERS)))


def leave_out_unknown_codes(check: BatchCheck) -> BatchCheck:
    """Without columns of codes of other structures that were only suggested and name none of them; a note says so.

    They stay where lines are drawn through them alone, and where another table of the file may bring the structures.
    """
    members = [MEMBERS] if MEMBERS in check.column_numbers else check.relation_ends(MEMBERS)
    has_line = check.position_fields[0] in check.column_numbers or bool(check.batch.found.get("geometry_type"))
    ends = [name for name in sorted(check.kind.references) if check.column_numbers.get(name)]
    columns: dict[str, tuple[str, ...]] = dict.fromkeys(ends, (check.kind.junction,)) if has_line else {}
    columns |= dict.fromkeys(members, tuple(HOSTS)) if has_line else {}
    unknown = [
        name
        for name, kinds in columns.items()
        if was_only_suggested(check, name) and not _names_any(check, name, kinds)
    ]
    if not unknown or find_waiting(check):
        return check
    for name in unknown:
        note_left_out(check, name)
    return without_columns(check, unknown)


def _names_any(check: BatchCheck, name: str, kinds: Collection[str]) -> bool:
    """Whether a column names a structure of the kinds, or has too few values to be no column of codes."""
    rows = 0
    query = check.rows(check.cell(name)).where(func.btrim(check.cell(name)) != "")
    with check.ctx.session.execute(query, execution_options={"yield_per": FETCHED}) as result:
        for cells in result.scalars().partitions():
            codes = {code for cell in cells for code in read_codes(cell)}
            supports = find_supports(check.ctx.session, check.owner.id, codes).values()
            if any(support is None or support.kind in kinds for support in supports):
                return True
            rows += len(cells)
    return rows < FEWEST_FAILING


def find_waiting(check: BatchCheck) -> list[str]:
    """Tables of the same file that are not imported yet and whose structures the lines may name."""
    batch = check.batch
    query = select(ImportBatch.table_name, ImportBatch.state).where(
        ImportBatch.sha256 == batch.sha256,
        ImportBatch.organisation_id == batch.organisation_id,
        ImportBatch.id != batch.id,
        ImportBatch.kind != batch.kind,
        ImportBatch.table_name.is_not(None),
    )
    tables = check.ctx.session.execute(query.order_by(ImportBatch.id)).all()
    imported = {table_name for table_name, state in tables if state is BatchState.APPLIED}
    waiting = [name for name, state in tables if name is not None and state not in _ENDED and name not in imported]
    return list(dict.fromkeys(waiting))


_ENDED: Final = (BatchState.APPLIED, BatchState.CANCELLED, BatchState.UNDOING, BatchState.UNDONE)


def note_waiting(check: BatchCheck) -> None:
    """Say that rows are refused for structures that another table of the file may bring."""
    fields = [*(check.kind.references & check.written), *([MEMBERS] if has_member_lists(check) else [])]
    refused = exists().where(ROW_PROBLEMS.c.field.in_(fields), ROW_PROBLEMS.c.blocks)
    if not fields or not check.ctx.session.scalar(select(refused)):
        return
    waiting = find_waiting(check)
    if waiting:
        sentence = _(
            "Bảng %(names)s của cùng tệp chưa nhập: hãy nhập trước; bảng này được kiểm tra lại ngay sau đó.",
            names=", ".join(f"“{name}”" for name in waiting),
        )
        check.notes.append(sentence)


def resolve_member_lists(check: BatchCheck) -> None:
    """Look up member lists, report their problems, and draw rows without coordinates through their members."""
    if not has_member_lists(check):
        return
    for scratch in (_LISTS, _LAYINGS, DRAWN):
        check.create(scratch)
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
    place_drawn(check)
    for scratch in (_LISTS, _LAYINGS, DRAWN):
        check.analyse(scratch)


def place_drawn(check: BatchCheck) -> None:
    """The drawn lines are the positions of their rows, which lack none."""
    fields = [*check.position_fields, ",".join(check.position_fields)]
    check.ctx.session.execute(_PLACE)
    check.ctx.session.execute(_NOT_MISSING, {"fields": fields})


def keep_registered_lines(check: BatchCheck) -> None:
    """A line that was drawn for the row moves no registered structure."""
    check.ctx.session.execute(_KEEP_LINES)


def is_bare(check: BatchCheck) -> ColumnElement[bool]:
    """Whether a row has no coordinates."""
    is_empty: ColumnElement[bool] = func.concat(*(func.btrim(check.cell(name)) for name in check.position_fields)) == ""
    return is_empty


def _cells(check: BatchCheck) -> Iterator[tuple[dict[int, str], set[int]]]:
    """Chunks of rows: member cell by row number, and the rows without coordinates."""
    query = check.rows(ImportRow.number, check.cell(MEMBERS).label("cell"), is_bare(check).label("bare"))
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
    check.fill(DRAWN, ("number", "document", "said"), ((n, line.geojson, line.text) for n, line in lines.items()))
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


def check_carriers(check: BatchCheck, stage: Table) -> None:
    """Hold the cables of the file, as they will be, to the rules of what carries them.

    A row is refused where a form would refuse it, and remarked on where a form asks for a reason. What a registered
    cable breaks already is a remark.
    """
    if not any(relation.name == MEMBERS for relation in check.kind.relations):
        return
    routes = _routes(check, stage)
    for name in _READ_WITH_POSITIONS if has_member_lists(check) else _READ_WITH_POSITIONS[:-2]:
        check.ctx.session.execute(text(f"GRANT SELECT ON {name} TO {POSITION_READER_ROLE}"))
    findings = find_broken(check.ctx, routes.subquery("routes"))
    if not findings:
        return
    query = select(MATCHES.c.number, MATCHES.c.structure_id).where(MATCHES.c.number.in_(sorted(findings)))
    cables = {row.number: row.structure_id for row in check.ctx.session.execute(query)}
    recorded = find_broken(check.ctx, recorded_routes(sorted(cables.values())).subquery("routes")) if cables else {}
    for number, broken in findings.items():
        accepted = frozenset(
            (finding.rule.code, finding.structure_id) for finding in recorded.get(cables.get(number, 0), ())
        )
        by_hardness = sorted_by_hardness(broken, check.ctx.today, accepted)
        check.add_problems(
            RowProblem(number, MEMBERS, finding.sentence, blocks=hardness is Hardness.REFUSE)
            for hardness in Hardness
            for finding in islice(by_hardness[hardness], _NAMED)
        )


#: Scratch tables that are read with positions; the last two only where the file has lists.
_READ_WITH_POSITIONS: Final = ("check_row", "check_match", "check_place", "check_member", "check_drawn")


def _routes(check: BatchCheck, stage: Table) -> Select[Any]:
    """The routes of the rows as they will be: lists and lines of the file, else those of the register."""
    columns = merged_columns(check, stage)
    rows = (
        join_register(check, stage)
        .with_only_columns(
            stage.c.number,
            MATCHES.c.structure_id.label("line_id"),
            cast(columns["status"], Text).label("cable_status"),
            cast(columns["installed_on"], Date).label("installed_on"),
            columns["installed_year_only"].label("installed_year_only"),
        )
        .subquery("rows")
    )
    stated = table("check_place", column("number"), column("spot_m", Geometry))
    listed: Any = _LISTS if has_member_lists(check) else CableMember.__table__
    drawn: ColumnElement[bool] = literal(value=False)
    if has_member_lists(check):
        drawn = select(DRAWN.c.number).where(DRAWN.c.number == rows.c.number).exists()
        on_list = listed.c.number == rows.c.number
    else:
        on_list = listed.c.cable_id == rows.c.line_id
    # A line that was drawn through the list does not move a registered cable.
    keeps_line = and_(drawn, rows.c.line_id.is_not(None))
    recorded = Structure.__table__.alias("recorded")
    line_m = func.coalesce(case((keeps_line, None), else_=stated.c.spot_m), recorded_line(recorded), type_=Geometry)
    return (
        select(
            rows.c.number.label("key"),
            *line_columns(line_m),
            literal(check.owner.id).label("owner_id"),
            listed.c.ordinal,
            listed.c.structure_id,
            rows.c.cable_status,
            cable_day(rows.c).label("installed_on"),
            and_(drawn, rows.c.line_id.is_(None)).label("is_redrawn"),
        )
        .select_from(rows)
        .join(listed, on_list)
        .outerjoin(stated, stated.c.number == rows.c.number)
        .outerjoin(recorded, recorded.c.id == rows.c.line_id)
        .where(or_(stated.c.spot_m.is_not(None), rows.c.line_id.is_not(None)))
    )


def find_member_changes(check: BatchCheck) -> None:
    """Add changed member lists to `check_change`; a line drawn through members does not move a registered cable."""
    if not has_member_lists(check):
        return
    keep_registered_lines(check)
    run = check.ctx.session.execute
    run(text("DROP TABLE IF EXISTS pg_temp.check_relation"))
    run(_CHANGES, {"ends": MEMBERS not in check.column_numbers})
    for statement in _MERGE:
        run(statement)


def write_member_lists(ctx: Ctx, check: BatchCheck) -> None:
    """Write the member lists of new rows and of rows with a changed list."""
    if not has_member_lists(check):
        return
    rows = ctx.session.execute(_WRITTEN).all()
    for start in range(0, len(rows), _AT_ONCE):
        write_members(ctx, {row.cable_id: row.ids or [] for row in rows[start : start + _AT_ONCE]})
