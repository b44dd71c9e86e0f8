"""Changes of the database and of SQL in the sources, each with the tests that should find it.

A mutant that no test finds is named in the report.
"""

from tests.mutation.sql_mutant import SqlMutant, constraint, function, right, source, trigger

CHECKED = ("tests/db/test_checks.py",)
RIGHTS = "tests/db/test_rights.py"
CAPACITY = (
    *CHECKED,
    "tests/db/test_capacity.py",
    "tests/db/test_revert.py",
    "tests/db/test_colocation_settling.py",
    RIGHTS,
)
HISTORY = ("tests/db/test_history.py", "tests/db/test_past_rebuilt.py", "tests/db/test_past_figures.py")
AUDIT = (*CHECKED, "tests/db/test_audit.py", "tests/db/test_transactions.py")
COUNTS = (RIGHTS, "tests/db/test_count_pyramid.py", "tests/db/test_map_layers.py")
POSITIONS = ("tests/db/test_positions.py", "tests/web/test_security_positions.py", "tests/db/test_places.py")
REVERT = ("tests/db/test_revert.py",)
TERRITORY = (*CHECKED, "tests/db/test_territory.py", "tests/db/test_territory_import.py")
TARIFFS = (*CHECKED, "tests/db/test_tariffs.py")
CASES = (
    *CHECKED,
    "tests/db/test_clocks.py",
    "tests/db/test_findings.py",
    "tests/db/test_violations.py",
    RIGHTS,
    "tests/db/test_occupations.py",
    "tests/db/test_occupations_referred.py",
)
IMPORTS = (
    *CHECKED,
    "tests/db/test_import_checking.py",
    "tests/db/test_imports_again.py",
    "tests/db/test_imports.py",
    "tests/db/test_import_secrets.py",
    "tests/db/test_import_unseen.py",
)

LEDGER = (
    constraint("ledger", "capacity_place", "ck_capacity_place_not_over", CAPACITY),
    constraint("ledger", "capacity_place", "ck_capacity_place_sums", CAPACITY),
    constraint("ledger", "capacity_place", "ck_capacity_place_total", CAPACITY),
    constraint("ledger", "capacity_place", "uq_capacity_place_structure_id_label", CAPACITY),
    constraint("ledger", "capacity_entry", "ck_capacity_entry_quantity", CAPACITY),
    constraint("ledger", "capacity_entry", "ck_capacity_entry_reserved_expires", CAPACITY),
    constraint("ledger", "capacity_entry", "ck_capacity_entry_ended_on", CAPACITY),
    constraint("ledger", "capacity_entry", "ck_capacity_entry_period", CAPACITY),
    trigger("ledger", "capacity_entry", "sums_insert", CAPACITY),
    trigger("ledger", "capacity_entry", "sums_update", CAPACITY),
    trigger("ledger", "capacity_entry", "sums_delete", CAPACITY),
    function(
        "ledger",
        "move_capacity()",
        CAPACITY,
        "that does not give back",
        (" UNION ALL SELECT place_id, state, -quantity AS quantity FROM old_rows", ""),
    ),
    function(
        "ledger",
        "add_capacity()",
        CAPACITY,
        "that adds reservations to what is used",
        ("FILTER (WHERE state = 'used')", "FILTER (WHERE state <> 'blocked')"),
    ),
    right("ledger", "UPDATE ON capacity_place TO registry_web", CAPACITY),
    right("ledger", "DELETE ON capacity_entry TO registry_web", CAPACITY),
)

#: The second of two, which a mutant of the first alone must not change.
_OF_UPDATE = "(SELECT v.history_id FROM %2$s v WHERE v.id = o.id AND v.recorded_to IS NULL OFFSET 0) k));"
_LAST = "ORDER BY greatest(v.effective_from, p.point), v.history_id DESC"
PAST = (
    trigger("history", "structure", "history_update", HISTORY),
    trigger("history", "capacity_entry", "history_insert", HISTORY),
    trigger("history", "structure", "never_deleted", HISTORY),
    trigger("history", "structure", "remember_gone", (*HISTORY, "tests/db/test_past_rights.py")),
    function(
        "history",
        "history_writer_of(oid)",
        HISTORY,
        "that leaves former versions open",
        (_OF_UPDATE, _OF_UPDATE.replace("v.recorded_to IS NULL", "false")),
    ),
    function(
        "history",
        "history_writer_of(oid)",
        HISTORY,
        "that closes versions that are closed",
        (_OF_UPDATE, _OF_UPDATE.replace(" AND v.recorded_to IS NULL", "")),
    ),
    function(
        "history",
        "history_writer_of(oid)",
        HISTORY,
        "that leaves versions of deleted rows open",
        (" AND v.recorded_to IS NULL", " AND false"),
    ),
    function(
        "history",
        "history_writer_of(oid)",
        HISTORY,
        "that ends former versions of deleted rows again",
        (" AND v.recorded_to IS NULL", ""),
    ),
    function(
        "history",
        "history_writer_of(oid)",
        HISTORY,
        "that lets a row begin before its former version ended",
        ("FROM %2$s h WHERE h.id = n.id)),", "FROM %2$s h WHERE false)),"),
    ),
    function(
        "history",
        "history_writer_of(oid)",
        HISTORY,
        "that ends a version before it began",
        (
            "\n        UPDATE %2$s h SET recorded_to = greatest(writer.moment, h.recorded_from)",
            "\n        UPDATE %2$s h SET recorded_to = writer.moment",
        ),
    ),
    function(
        "history",
        "history_writer_of(oid)",
        HISTORY,
        "that ends a version of a deleted row before it began",
        ("greatest(writer.moment, h.recorded_from)", "writer.moment"),
    ),
    function(
        "history",
        "history_writer_of(oid)",
        (*AUDIT, *HISTORY),
        "that notes tables of which no row changed",
        ("writer.written > 0 AND position", "position"),
    ),
    function(
        "history",
        "history_writer_of(oid)",
        HISTORY,
        "without late corrections",
        ("writer.effective < writer.begun", "writer.effective < writer.begun AND false"),
    ),
    function(
        "history",
        "correction_of(oid,text)",
        HISTORY,
        "that corrects all fields",
        ("CASE WHEN n.%1$I IS DISTINCT FROM o.%1$I THEN n.%1$I ELSE h.%1$I END", "n.%1$I"),
    ),
    function(
        "history", "correction_of(oid,text)", HISTORY, "of the last version only", (_LAST, "ORDER BY v.history_id DESC")
    ),
    function(
        "history",
        "correction_of(oid,text)",
        HISTORY,
        "that takes up versions that were corrected before",
        ("AND k.effective_from <= h.effective_from", "AND false"),
    ),
    function(
        "history",
        "correction_of(oid,text)",
        HISTORY,
        "that leaves every part open",
        ("CASE WHEN is_last_point THEN NULL ELSE written_at END", "NULL::timestamptz"),
    ),
    right("history", "INSERT, UPDATE ON structure_history TO registry_web", HISTORY),
)

CHAIN = (
    trigger("audit", "audit_event", "append_only", AUDIT),
    trigger("audit", "audit_note", "append_only", AUDIT),
    right("audit", "UPDATE ON audit_event TO registry_web", AUDIT),
    right("audit", "DELETE ON audit_payload TO registry_web", AUDIT),
    constraint("audit", "audit_event", "uq_audit_event_change_id", AUDIT),
    source(
        "audit",
        "registry/audit/chain.py",
        (*AUDIT, "tests/db/test_audit_verify.py"),
        "whose digest is of all changes",
        ("_history WHERE change_id = %(change_id)s", "_history WHERE %(change_id)s > 0"),
    ),
)

_OLD = "(was.kind, was.owner_organisation_id, was.sharing_status, was.status, was.geom, was.geom_coarse)"
_NEW = "(now.kind, now.owner_organisation_id, now.sharing_status, now.status, now.geom, now.geom_coarse)"
PYRAMID = (
    trigger("counts", "structure", "tile_count_insert", COUNTS),
    trigger("counts", "structure", "tile_count_update", COUNTS),
    trigger("counts", "structure", "tile_count_delete", COUNTS),
    function("counts", "count_changed_rows()", COUNTS, "that adds what is deleted", ("ELSE -1 END", "ELSE 1 END")),
    function(
        "counts",
        "count_moved_rows()",
        COUNTS,
        "that does not see a new sharing status",
        (_OLD, _OLD.replace(" was.sharing_status,", "")),
        (_NEW, _NEW.replace(" now.sharing_status,", "")),
    ),
    function(
        "counts",
        "count_moved_rows()",
        COUNTS,
        "that does not see a new owner",
        (_OLD, _OLD.replace(" was.owner_organisation_id,", "")),
        (_NEW, _NEW.replace(" now.owner_organisation_id,", "")),
    ),
    function(
        "counts",
        "add_up_pyramid()",
        COUNTS,
        "that forgets the former count",
        ("SET count = tally.count + excluded.count", "SET count = excluded.count"),
    ),
    function(
        "counts",
        "add_up_pyramid()",
        COUNTS,
        "that keeps empty cells",
        ("DELETE FROM structure_cell_count WHERE count = 0;", ""),
    ),
    function(
        "counts",
        "add_up_pyramid()",
        COUNTS,
        "that keeps empty bins",
        ("DELETE FROM structure_bin WHERE count = 0;", ""),
    ),
    function(
        "counts",
        "recount_pyramid()",
        COUNTS,
        "that keeps the former counts",
        ("DELETE FROM structure_bin;", ""),
    ),
    right("counts", "SELECT ON structure_bin TO registry_web", COUNTS),
)

PLACES = (
    trigger("positions", "structure", "coarse_position_update", POSITIONS),
    function(
        "positions",
        "keep_coarse_position()",
        POSITIONS,
        "that gives restricted structures a cell",
        ("NEW.sharing_status = 'restricted'", "false"),
    ),
    SqlMutant(
        "positions",
        "coarse_position_update that does not see a new sharing status",
        POSITIONS,
        "DROP TRIGGER coarse_position_update ON structure;"
        " CREATE TRIGGER coarse_position_update BEFORE UPDATE ON structure FOR EACH ROW"
        " WHEN (NEW.geom IS DISTINCT FROM OLD.geom) EXECUTE FUNCTION keep_coarse_position()",
    ),
    function(
        "positions",
        "coarse_grid_m()",
        POSITIONS,
        "that takes a grid of the future",
        ("AND valid_from <=", "AND (true OR valid_from <="),
        ("AT TIME ZONE 'Asia/Ho_Chi_Minh')::date", "AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)"),
    ),
    function(
        "positions",
        "coarse_cells(geometry,double precision)",
        POSITIONS,
        "of the whole box of a line",
        ("WHERE ST_Intersects(cell.geom, flat)", ""),
    ),
    right("positions", "SELECT (geom) ON structure TO registry_web", POSITIONS),
    right("positions", "SELECT ON attachment_position TO registry_web", (*POSITIONS, "tests/db/test_files.py")),
)

BACK = (
    function(
        "revert",
        "begin_revert(bigint)",
        REVERT,
        "that minds no obstacle",
        ("IF EXISTS (SELECT FROM obstacles_of_change(change))", "IF false"),
    ),
    function(
        "revert",
        "obstacles_of_change(bigint)",
        REVERT,
        "without what was changed since",
        ("WHERE h.recorded_to IS NOT NULL", "WHERE false"),
    ),
    function(
        "revert",
        "obstacles_of_change(bigint)",
        REVERT,
        "without files",
        ("WHERE l.subject_kind = 'structure' AND", "WHERE false AND"),
    ),
    function(
        "revert",
        "obstacles_of_change(bigint)",
        REVERT,
        "without what refers to a new row",
        ("c.contype = 'f' AND", "false AND"),
    ),
    function(
        "revert",
        "revert_step(bigint,text,text,bigint,bigint)",
        REVERT,
        "that restores the former version number",
        ("CASE attname WHEN 'version' THEN 'n.version + 1'\n", "CASE attname WHEN '' THEN ''\n"),
    ),
    function(
        "revert",
        "refuse_real_deletion()",
        (*REVERT, "tests/db/test_history.py"),
        "that lets go of every structure",
        ("NOT OLD.is_sample AND", "false AND"),
    ),
)

AREAS_AND_PRICES = (
    constraint("territory", "admin_unit", "ex_admin_unit_code_once_a_day", TERRITORY),
    constraint("territory", "admin_unit", "ck_admin_unit_dates", TERRITORY),
    function(
        "territory",
        "unit_at(geometry,text,date)",
        TERRITORY,
        "of any day",
        ("coalesce(unit.valid_to, 'infinity') >= day", "true"),
    ),
    function(
        "territory", "unit_at(geometry,text,date)", TERRITORY, "of any level", ("unit.level = wanted_level", "true")
    ),
    constraint("tariffs", "tariff", "ex_tariff_one_price_a_day", TARIFFS),
    constraint("tariffs", "tariff", "ck_tariff_price", TARIFFS),
    trigger("tariffs", "tariff", "tariff_stays", TARIFFS),
    function(
        "tariffs",
        "tariff_stays()",
        TARIFFS,
        "that opens again what is over",
        ("IF NEW.valid_to IS DISTINCT FROM OLD.valid_to", "IF false"),
    ),
)

STEPS = (
    constraint("cases", "finding", "uq_finding_once", CASES),
    constraint("cases", "finding", "ck_finding_case_handled", CASES),
    constraint("cases", "occupation", "ck_occupation_contract_shown", CASES),
    constraint("cases", "occupation", "ck_occupation_removed_after_found", CASES),
    constraint("cases", "violation", "ck_violation_decision_after_minutes", CASES),
    constraint("cases", "violation", "ck_violation_minutes_before_decision", CASES),
    right("cases", "UPDATE ON case_event TO registry_web", CASES),
)

_LIVE = " AND s.status NOT IN ('removed', 'decommissioned')"
CHECKS = (
    source("imports", "registry/structures/positions/duplicates.py", IMPORTS, "that finds what is gone", (_LIVE, "")),
    source(
        "imports",
        "registry/structures/positions/duplicates.py",
        IMPORTS,
        "that finds what is not published",
        ("(s.owner_organisation_id = :owner OR s.is_published)", "true"),
    ),
    source(
        "imports",
        "registry/imports/checking/matches.py",
        IMPORTS,
        "that finds the codes of other owners",
        ("s.own_code = row.own_code AND s.owner_organisation_id = :owner", "s.own_code = row.own_code AND :owner > 0"),
    ),
    source(
        "imports",
        "registry/imports/checking/matches.py",
        IMPORTS,
        "that goes by batches that were not applied",
        ("AND batch.state = 'applied'", ""),
    ),
    source(
        "imports",
        "registry/imports/checking/matches.py",
        IMPORTS,
        "that overlooks a code given twice",
        ("WHERE number > first ORDER BY number", "WHERE false ORDER BY number"),
    ),
    source(
        "imports",
        "registry/imports/checking/capacity.py",
        (*IMPORTS, "tests/db/test_import_habits.py"),
        "that lets more be used than there is",
        ("WHERE used_to + kept > total", "WHERE false AND used_to + kept > total"),
    ),
    source(
        "imports",
        "registry/imports/checking/capacity.py",
        (*IMPORTS, "tests/db/test_import_habits.py"),
        "that lets the total fall below what is used",
        ("WHERE total_to < coalesce(used_to, used) + kept", "WHERE false AND total_to < kept"),
    ),
    source(
        "imports",
        "registry/imports/checking/territory.py",
        (*IMPORTS, "tests/db/test_import_communes.py"),
        "that takes communes of any day",
        ("AND coalesce(unit.valid_to, 'infinity') >= :day", "AND coalesce(:day, :day) IS NOT NULL"),
    ),
    source(
        "imports",
        "registry/imports/checking/results.py",
        IMPORTS,
        "that misses what changed since it was shown",
        ("(seen.outcome IS DISTINCT FROM now.outcome", "(false"),
        ("seen.structure_id <> now.structure_id", "false"),
        ("seen.changes IS DISTINCT FROM now.changes", "false"),
    ),
    constraint("imports", "import_row", "ck_import_row_number", IMPORTS),
    constraint("imports", "import_batch", "ck_import_batch_undone_at", IMPORTS),
)

SQL = (*LEDGER, *PAST, *CHAIN, *PYRAMID, *PLACES, *BACK, *AREAS_AND_PRICES, *STEPS, *CHECKS)
