"""Matches of rows: registered structures, duplicate rows, and near structures."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, text

from registry.accounts.actor import with_predecessors
from registry.audit.access_log import log_access
from registry.imports.checking.batch import BatchCheck, RowProblem, scratch_table
from registry.imports.checking.codes import MATCHES, match_codes
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _, format_number
from registry.structures.kinds.kind import Shape
from registry.structures.positions.duplicates import find_near
from registry.structures.positions.mast_spacing import MASTS, find_rows_too_near, shown_metres

SAME_PLACE: Final = "structure.same_place_m"
DUPLICATE: Final = "imports.duplicate_m"
_CODES_SHOWN: Final = 3

#: Rows that may be registered already, without a decision.
DUPLICATES: Final = scratch_table("check_duplicate", Column("number", BigInteger), Column("structure_id", BigInteger))
_SAME: Final = (
    "SELECT DISTINCT ON (near.number) near.number, near.structure_id FROM check_near near"
    " JOIN check_row row ON row.number = near.number AND row.own_code IS NULL"
    " LEFT JOIN import_decision decision ON decision.batch_id = :batch AND decision.number = near.number"
    " WHERE near.same AND {decided} ORDER BY near.number, near.metres, near.structure_id"
)
_UPDATES: Final = text("INSERT INTO check_match " + _SAME.format(decided="decision.choice = 'update'"))
_DUPLICATES: Final = text(
    "INSERT INTO check_duplicate " + _SAME.format(decided="coalesce(decision.choice, 'skip') = 'skip'")
)
_ONE_TWICE: Final = text(
    "SELECT number, first, code FROM (SELECT match.number, s.code,"
    " min(match.number) OVER (PARTITION BY match.structure_id) AS first FROM check_match match"
    " JOIN structure s ON s.id = match.structure_id) taken WHERE number > first ORDER BY number"
)
_NEAR_ROWS: Final = text(
    "SELECT near.number,"
    " array_agg(near.code ORDER BY near.metres, near.code) AS codes"
    " FROM check_near near"
    " WHERE NOT EXISTS (SELECT FROM check_duplicate d WHERE d.number = near.number)"
    "  AND NOT EXISTS (SELECT FROM check_match m WHERE m.number = near.number)"
    " GROUP BY near.number ORDER BY near.number"
)
#: Clustering finds all rows with a near row at once; the near row is looked up for these few only.
_IN_FILE: Final = text(
    "SELECT place.number, other.number AS other FROM"
    " (SELECT number, spot_m, ST_ClusterDBSCAN(spot_m, :metres, 2) OVER () AS crowd FROM check_place) place"
    " CROSS JOIN LATERAL (SELECT near.number FROM check_place near WHERE near.number <> place.number"
    "  AND ST_DWithin(near.spot_m, place.spot_m, :metres) ORDER BY near.number LIMIT 1) other"
    " WHERE place.crowd IS NOT NULL"
)
#: Rows without a code at the place of an earlier row, until a decision that both are structures.
_DOUBLES: Final = text(
    "SELECT place.number, other.number AS other FROM check_place place"
    " JOIN check_row row ON row.number = place.number AND row.own_code IS NULL"
    " CROSS JOIN LATERAL (SELECT near.number FROM check_place near WHERE near.number < place.number"
    "  AND ST_DWithin(near.spot_m, place.spot_m, :metres) ORDER BY near.number LIMIT 1) other"
    " LEFT JOIN import_decision decision ON decision.batch_id = :batch AND decision.number = place.number"
    " WHERE coalesce(decision.choice, 'skip') = 'skip'"
    "  AND NOT EXISTS (SELECT FROM check_match m WHERE m.number = place.number)"
    "  AND NOT EXISTS (SELECT FROM check_duplicate d WHERE d.number = place.number)"
)
_FOUND: Final = text("SELECT owner_id, count(DISTINCT number) AS found FROM check_near GROUP BY owner_id")
_SPACING: Final = text("SELECT * FROM check_spacing ORDER BY number")
_MASTS_SEEN: Final = text(
    "SELECT owner_id, count(DISTINCT number) AS found FROM check_spacing WHERE owner_id <> ALL(:own) GROUP BY owner_id"
)
_LOCK: Final = text(
    "SELECT count(*) FROM (SELECT s.id FROM structure s WHERE s.id IN (SELECT structure_id FROM check_match)"
    " ORDER BY s.id FOR NO KEY UPDATE) locked"
)


def find_matches(check: BatchCheck) -> None:
    """Fill `check_match` and `check_duplicate`; report duplicate codes and near structures."""
    run = check.ctx.session.execute
    match_codes(check)
    check.create(DUPLICATES)
    named = check.sees_owner
    metres = _metres(check, SAME_PLACE)
    find_near(
        check.ctx,
        kind=check.plan.kind,
        shape=check.kind.shape,
        owner_id=check.owner.id,
        within_m=metres,
        duplicate_m=_metres(check, DUPLICATE),
        sees_owner=named,
    )
    run(text("ANALYZE check_near"))
    run(_UPDATES, {"batch": check.batch.id})
    run(_DUPLICATES, {"batch": check.batch.id})
    check.analyse(MATCHES)
    _find_doubles(check)
    check.analyse(DUPLICATES)
    if check.locking:
        run(_LOCK)
    check.report(_ONE_TWICE, "own_code", _matched_twice if named else _matched_twice_unnamed)
    _too_near(check)
    _near(check, metres)
    _log_access(check)


def _find_doubles(check: BatchCheck) -> None:
    """Points without a code that repeat an earlier row of the file, as those that repeat a structure."""
    if check.kind.shape is not Shape.POINT:
        return
    metres = _metres(check, DUPLICATE)
    rows = check.ctx.session.execute(_DOUBLES, {"metres": metres, "batch": check.batch.id}).all()
    check.fill(DUPLICATES, ("number", "structure_id"), ((row.number, None) for row in rows))
    check.add_problems(
        RowProblem(
            row.number,
            check.position_fields[0],
            _(
                "Cùng vị trí với dòng %(other)d của tệp, không có mã riêng: bỏ qua nếu không chọn khác.",
                other=row.other,
            ),
            blocks=False,
            other=row.other,
        )
        for row in rows
    )


def _metres(check: BatchCheck, key: str) -> float:
    return float(setting(check.ctx.session, key, check.ctx.today))


def _matched_twice(row: Any) -> str:
    return _("Dòng %(number)d cũng cập nhật công trình %(code)s; chỉ được một dòng.", number=row.first, code=row.code)


def _matched_twice_unnamed(row: Any) -> str:
    return _("Dòng %(number)d cũng ghi công trình này; chỉ được một dòng.", number=row.first)


def _near(check: BatchCheck, metres: float) -> None:
    """Remarks on rows near another row, or near a structure of the kind that the owner may see."""
    if check.kind.shape is not Shape.POINT:
        return
    field, shown = check.position_fields[0], round(metres)

    def near_row(row: Any) -> str:
        return _(
            "Cách vị trí ở dòng %(other)d không quá %(metres)d m; có thể là cùng một công trình.",
            other=row.other,
            metres=shown,
        )

    def near_structure(row: Any) -> str:
        return _(
            "Cách %(codes)s không quá %(metres)d m; có thể là cùng một công trình.",
            codes=", ".join(row.codes[:_CODES_SHOWN]),
            metres=shown,
        )

    check.report(_IN_FILE.bindparams(metres=metres), field, near_row, blocks=False)
    check.report(_NEAR_ROWS, field, near_structure, blocks=False)


def _too_near(check: BatchCheck) -> None:
    """Remarks on rows of masts nearer to another mast than the rule allows, of those that the owner may see."""
    if check.plan.kind not in MASTS or not check.sees_owner:
        return
    owners = with_predecessors(check.ctx.session, check.owner.id, check.ctx.today)
    find_rows_too_near(check.ctx, owners)

    def remark(row: Any) -> str:
        figures = {"metres": format_number(shown_metres(row)), "required": format_number(row.required)}
        if row.code is None:
            return _(
                "Cách cột ở dòng %(other)d %(metres)s m, gần hơn khoảng cách tối thiểu %(required)s m giữa các cột"
                " ăng ten.",
                other=row.near_number,
                **figures,
            )
        return _(
            "Cách cột %(code)s %(metres)s m, gần hơn khoảng cách tối thiểu %(required)s m giữa các cột ăng ten.",
            code=row.code,
            **figures,
        )

    check.report(_SPACING, check.position_fields[0], remark, blocks=False)
    owner_counts = {row.owner_id: row.found for row in check.ctx.session.execute(_MASTS_SEEN, {"own": sorted(owners)})}
    log_access(check.ctx, "mast_spacing", owner_counts, rows=sum(owner_counts.values()), batch=check.batch.id)


def _log_access(check: BatchCheck) -> None:
    """Log access to published structures near rows, for their owners."""
    owner_counts = {row.owner_id: row.found for row in check.ctx.session.execute(_FOUND)}
    log_access(check.ctx, "import", owner_counts, rows=sum(owner_counts.values()), batch=check.batch.id)
