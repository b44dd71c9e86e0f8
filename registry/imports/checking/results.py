"""Results of a check, stored by row for the preview, with counts and notes."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Text, select, text

from registry.imports.checking.batch import ROW_PROBLEMS, BatchCheck, RowProblem, scratch_table
from registry.imports.checking.parse import FULL, PARSED_TEXTS, mapped_fields, notes_on_unused, unit_of_column
from registry.imports.mapping.coordinate_systems import OtherSystem
from registry.imports.mapping.plan import default_notes, file_notes
from registry.imports.mapping.units import unit_note
from registry.imports.models import ImportRow
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _, _n
from registry.kernel.units import UNITS

FAR: Final = "imports.moved_m"
#: Rows searched for an example of a unit conversion.
_SHOWN_SAMPLES: Final = 20
#: Rows without data that are named.
_SHOWN_ROWS: Final = 10
_CREATE_OUTCOMES: Final = text(
    "CREATE TEMPORARY TABLE check_outcome ON COMMIT DROP AS"
    " SELECT row.number, CASE WHEN bad.blocked THEN 'refused' WHEN dup.number IS NOT NULL THEN 'duplicate'"
    "  WHEN match.number IS NULL THEN 'new'"
    "  WHEN change.number IS NOT NULL OR moved.number IS NOT NULL OR room.number IS NOT NULL THEN 'changed'"
    "  ELSE 'unchanged' END AS outcome,"
    "  coalesce(bad.remarked AND NOT bad.blocked, false) AS warned,"
    "  coalesce(match.structure_id, dup.structure_id) AS structure_id, moved.moved_m,"
    "  CASE WHEN change.number IS NOT NULL OR room.number IS NOT NULL"
    "   THEN coalesce(change.changes, '{}') || coalesce(room.changes, '{}') END AS changes"
    " FROM check_row row"
    " LEFT JOIN (SELECT number, bool_or(blocks) AS blocked, bool_or(NOT quiet) AS remarked FROM check_problem"
    "  GROUP BY number) bad"
    "  ON bad.number = row.number"
    " LEFT JOIN check_match match ON match.number = row.number"
    " LEFT JOIN check_duplicate dup ON dup.number = row.number"
    " LEFT JOIN check_change change ON change.number = row.number"
    " LEFT JOIN check_moved moved ON moved.number = row.number"
    " LEFT JOIN (SELECT jsonb_strip_nulls(jsonb_build_object('capacity_total', CASE WHEN total_to IS NOT NULL"
    "   THEN jsonb_build_array(coalesce(total::text, ''), total_to::text) END, 'capacity_used',"
    "   CASE WHEN used_to IS NOT NULL THEN jsonb_build_array(coalesce(used::text, ''), used_to::text) END,"
    "   'capacity_height_m', CASE WHEN given.capacity_height_m <> coalesce(height_m, -1) THEN"
    "    jsonb_build_array(coalesce(height_m::text, ''), given.capacity_height_m::text) END,"
    "   'capacity_diameter_mm', CASE WHEN given.capacity_diameter_mm <> coalesce(diameter_mm, -1) THEN"
    "    jsonb_build_array(coalesce(diameter_mm::text, ''), given.capacity_diameter_mm::text) END,"
    "   'capacity_level', CASE WHEN given.capacity_level <> coalesce(level, -1) THEN"
    "    jsonb_build_array(coalesce(level::text, ''), given.capacity_level::text) END)) AS changes, number"
    "  FROM check_capacity JOIN (SELECT number, capacity_height_m, capacity_diameter_mm, capacity_level"
    "   FROM check_row) given USING (number)"
    "  WHERE total_to IS NOT NULL OR used_to IS NOT NULL OR measured) room ON room.number = row.number"
)
#: A value to quote: printable, at most 40 characters, never cut within a word.
_SHOWN: Final = (
    "CASE WHEN length({0}) > 40 THEN regexp_replace(left({0}, 39), '\\s+\\S*$', '') || '…' ELSE {0} END".format(
        r"regexp_replace(coalesce(bad.value, row.cells[name.place], ''), "
        r"'[\u0001-\u001f\u007f-\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ue000-\uf8ff\ufeff]',"
        " '\N{REPLACEMENT CHARACTER}', 'g')"
    )
)
_SAVE: Final = (
    "INSERT INTO import_result (batch_id, number, outcome, warned, structure_id, problems, changes, moved_m, place)"
    " SELECT :batch, found.number, found.outcome, found.warned, coalesce(made.id, found.structure_id), bad.problems,"
    "  CASE WHEN found.outcome = 'changed' THEN found.changes END,"
    "  CASE WHEN found.outcome = 'changed' THEN found.moved_m END, place.spot"
    " FROM check_outcome found LEFT JOIN check_place place ON place.number = found.number"
    " LEFT JOIN check_made made ON made.number = found.number"
    " LEFT JOIN (SELECT bad.number, jsonb_agg(jsonb_build_object('field', bad.field, 'column',"
    "   coalesce(name.title, bad.field), 'value', {shown},"
    "   'reason', bad.reason, 'blocks', bad.blocks)"
    "   || CASE WHEN bad.quiet THEN '{{\"quiet\": true}}'::jsonb ELSE '{{}}' END"
    "   || CASE WHEN bad.other IS NULL THEN '{{}}' ELSE jsonb_build_object('other', bad.other,"
    "    'double', bad.field = 'own_code' AND bad.blocks) END"
    "   ORDER BY NOT bad.blocks, bad.quiet, bad.seq) AS problems"
    "  FROM check_problem bad LEFT JOIN check_name name ON name.field = bad.field"
    "  LEFT JOIN import_row row ON row.batch_id = :batch AND row.number = bad.number GROUP BY bad.number) bad"
    "  ON bad.number = found.number"
)
#: Statistics for the queries of the preview.
_ANALYSE: Final = text("SELECT analyse_import_results()")
_COUNT: Final = text(
    "SELECT outcome, count(*) AS rows, count(*) FILTER (WHERE warned) AS warned,"
    " count(*) FILTER (WHERE moved_m > :far AND outcome = 'changed') AS moved FROM check_outcome GROUP BY outcome"
)
#: Rows to write that differ from the preview; distances may differ by rounding.
_UNSEEN: Final = text(
    "SELECT count(*) FROM check_outcome now LEFT JOIN import_result seen"
    " ON seen.batch_id = :batch AND seen.number = now.number"
    " WHERE now.outcome IN ('new', 'changed') AND (seen.outcome IS DISTINCT FROM now.outcome"
    "  OR now.outcome = 'changed' AND (seen.structure_id <> now.structure_id"
    "   OR seen.changes IS DISTINCT FROM now.changes"
    "   OR abs(coalesce(seen.moved_m, 0) - coalesce(now.moved_m, 0)) > 1))"
)
_NAMES: Final = scratch_table("check_name", Column("field", Text), Column("title", Text), Column("place", BigInteger))
_OUTCOMES: Final = scratch_table(
    "check_outcome", Column("number", BigInteger), Column("outcome", Text), Column("warned", Text)
)
MADE: Final = scratch_table("check_made", Column("number", BigInteger), Column("id", BigInteger), Column("code", Text))


def decide_outcomes(check: BatchCheck) -> dict[str, int]:
    """Fill `check_outcome`; returns the number of rows by outcome."""
    run = check.ctx.session.execute
    run(text("ANALYZE check_problem"))
    run(text("DROP TABLE IF EXISTS pg_temp.check_outcome"))
    run(_CREATE_OUTCOMES)
    _add_merged_rows(check)
    run(text("ANALYZE check_outcome"))
    check.create(MADE)
    far = float(setting(check.ctx.session, FAR, check.ctx.today))
    outcome_rows = run(_COUNT, {"far": far}).all()
    counts = {"rows": sum(row.rows for row in outcome_rows)} | {row.outcome: row.rows for row in outcome_rows}
    counts["warned"] = sum(row.warned for row in outcome_rows)
    moved = sum(row.moved for row in outcome_rows)
    return counts | ({"moved": moved} if moved else {})


def _add_merged_rows(check: BatchCheck) -> None:
    """Rows that were merged into an earlier one, which no other step looks at."""
    if not check.set_aside:
        return
    rows = ((number, "duplicate", "false") for number in check.set_aside)
    check.fill(_OUTCOMES, ("number", "outcome", "warned"), rows)
    check.add_problems(
        RowProblem(number, "", _("Đã gộp vào dòng %(other)d.", other=into), blocks=False, quiet=True, other=into)
        for number, into in check.set_aside.items()
    )


def count_unseen(check: BatchCheck) -> int:
    """Number of rows that would now be written differently from the last preview."""
    return int(check.ctx.session.scalar(_UNSEEN, {"batch": check.batch.id}) or 0)


def save_results(check: BatchCheck) -> None:
    """Replace the results of the batch by those in the scratch tables."""
    run = check.ctx.session.execute
    check.create(_NAMES)
    check.fill(_NAMES, ("field", "title", "place"), _names(check))
    run(text("DELETE FROM import_result WHERE batch_id = :batch"), {"batch": check.batch.id})
    run(text(_SAVE.format(shown=_SHOWN)), {"batch": check.batch.id})
    run(_ANALYSE)


def _names(check: BatchCheck) -> list[tuple[Any, ...]]:
    fields = check.ctx.session.scalars(select(ROW_PROBLEMS.c.field).distinct()).all()
    return [
        (
            field,
            ", ".join(check.column_of(part) for part in field.split(",")),
            check.column_numbers.get(field.split(",")[0]) or None,
        )
        for field in fields
    ]


def notes_of(check: BatchCheck, counts: dict[str, int]) -> list[str]:
    """Notes on the whole file: defaults, interpretations, units."""
    notes = default_notes(check.plan.kind, check.column_numbers)
    empty = check.batch.found.get("empty") or ()
    notes += file_notes(check.plan.kind, check.batch.mapping, check.plan.constants, empty)
    if isinstance(check.plan.system, OtherSystem):
        notes.append(f"{check.plan.system.label}. {check.plan.system.sentence}")
    if check.plan.outside_area:
        notes.append(_("Cho phép vị trí ngoài địa bàn tỉnh: các dòng đó không có xã, phường."))
    notes += [*_no_data_note(check), *check.notes, *notes_on_unused(check)]
    full = check.ctx.session.scalars(
        select(PARSED_TEXTS.c.given).where(PARSED_TEXTS.c.value == FULL).order_by(PARSED_TEXTS.c.given)
    )
    notes += [
        _(
            "“%(word)s” được hiểu là “Dùng riêng, hết khả năng” khi đã dùng từ 1 vị trí trở xuống,"
            " “Đang dùng chung, hết chỗ” khi đã dùng từ 2 vị trí.",
            word=word.strip(),
        )
        for word in full
    ]
    notes += _unit_notes(check)
    if counts.get("moved"):
        far = round(float(setting(check.ctx.session, FAR, check.ctx.today)))
        notes.append(
            _n(
                "%(num)d công trình thay đổi vị trí hơn %(metres)d m so với vị trí đã đăng ký.",
                counts["moved"],
                metres=far,
            )
        )
    return notes


def _no_data_note(check: BatchCheck) -> list[str]:
    """One sentence on all rows that are no structures, with the first of them."""
    rows = [pair for pair in check.batch.found.get("no_data") or () if pair[0] in check.no_data]
    if not rows:
        return []
    return [
        _n(
            "%(num)d dòng là tên nhóm, dòng cộng hoặc chỗ ký, không phải công trình, nên không nhập: %(rows)s.",
            len(rows),
            rows="; ".join(f"{number} “{text}”" for number, text in rows[:_SHOWN_ROWS]),
        )
    ]


def _unit_notes(check: BatchCheck) -> list[str]:
    notes = []
    for name, field in mapped_fields(check).items():
        code = unit_of_column(check, field)
        if code is None or field.unit is None:
            continue
        cell = check.cell(name)
        samples = check.ctx.session.scalars(
            check.rows(cell).where(cell != "").order_by(ImportRow.number).limit(_SHOWN_SAMPLES)
        ).all()
        notes.append(unit_note(check.column_of(name), samples, UNITS[code], field.unit))
    return notes
