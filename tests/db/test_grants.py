"""Every grant of the application's roles, tried as the role, and each of them broken once.

What is expected follows from the reviewed lists here and in test_rights.py: a table without a line has SELECT, INSERT
and UPDATE, its history SELECT. The roles of the application try a statement of each sort; EXPLAIN checks rights as
running it does.
"""

import pytest
from sqlalchemy import text

from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE, WORKER_ROLE
from registry.structures.kinds import KINDS
from tests.db.test_rights import DELETED, FIXED, NOT_WITH_POSITIONS
from tests.support.offenders import no_offenders

#: Rows that only functions of the database write, those of its extensions, and those of revisions.
NOT_INSERTED = {
    *("admin_unit_piece", "alembic_version", "cable_use", "history_frozen", "register_identity", "revert_run"),
    *("revertible_table", "spatial_ref_sys", "structure_bin", "structure_bin_change", "structure_cell"),
    *("structure_cell_count", "structure_class", "structure_fact", "structure_fact_change", "structure_fresh_since"),
    *("structure_gone", "structure_group", "structure_number_key", "structure_year_count"),
}
#: Rows that only functions of the database read, and those that positions could be told from: counts and cells.
NOT_READ = {
    *("attachment_position", "history_frozen", "revert_run", "structure", "structure_bin", "structure_bin_change"),
    *("structure_cell", "structure_cell_count", "structure_class", "structure_fact", "structure_fact_change"),
    *("structure_fresh_since", "structure_group", "structure_history", "structure_number_key", "structure_year_count"),
}
#: Of these the reader of positions has none either.
NEVER_READ = {"history_frozen", "revert_run", "structure_number_key"}
#: Of these and of the tables of kinds, statements about positions read the history.
READ_IN_THE_PAST = {
    *(kind.model.__tablename__ for kind in KINDS.values()),
    *(
        "admin_unit",
        "cable_member",
        "capacity_entry",
        "capacity_place",
        "infra_plan",
        "organisation",
        "organisation_alias",
        "structure",
    ),
}
#: What the worker alone may, and the queue's tables, whose rights its library asks for: role -> rights.
OF_ROLES = {
    "audit_seal": {WORKER_ROLE: "SI"},
    "procrastinate_events": {WEB_ROLE: "SI", WORKER_ROLE: "SIUD"},
    "procrastinate_jobs": {WEB_ROLE: "SI", WORKER_ROLE: "SIUD"},
    "procrastinate_periodic_defers": {WORKER_ROLE: "SIUD"},
    "procrastinate_workers": {WEB_ROLE: "S", WORKER_ROLE: "SIUD"},
}
#: Tables of which the application has a right on some columns: those it has not, by the right.
WITHOUT_COLUMNS = {
    ("structure", "S"): {"geom", "geom_m", "given_position"},
    ("structure_history", "S"): {"geom", "geom_m", "given_position"},
}
WITH_COLUMNS = {
    ("capacity_place", "U"): {"diameter_mm", "height_m", "label", "level", "organisation_id", "total", "unit"}
}
#: Functions that run as the owner, or are not for everyone -> the roles that may call them.
BOTH = {WEB_ROLE, WORKER_ROLE}
EVERYONE = {POSITION_READER_ROLE, *BOTH}
FUNCTIONS = {
    "add_up_facts()": set(),
    "add_up_pyramid()": set(),
    "add_up_structures()": {WORKER_ROLE},
    "analyse_import_results()": BOTH,
    "analyse_import_rows()": BOTH,
    "begin_revert(bigint,bigint[])": BOTH,
    "cases_with_words(text,text[])": BOTH,
    "count_fresh_since(date)": {WORKER_ROLE},
    "count_structures_anew()": set(),
    "draw_structure_number()": EVERYONE,
    "end_revert()": BOTH,
    "freeze_history(timestamp with time zone)": BOTH,
    "missing_uses(bigint[])": set(),
    "move_facts()": set(),
    "obstacles_of_change(bigint)": BOTH,
    "place_cells()": set(),
    "recount_pyramid()": set(),
    "revert_step(bigint,text,text,bigint,bigint)": BOTH,
    "revert_steps(bigint,integer)": BOTH,
    "rows_of_change(bigint,text,bigint,bigint)": set(),
    "rows_to_revert(bigint,text,bigint,bigint)": set(),
    "settle_cable_use(bigint[])": EVERYONE,
    "structures_of_change(bigint)": BOTH,
    "wanted_uses(bigint[])": set(),
}
#: Of identity columns, which need no right.
CLOSED_SEQUENCES = {"audit_note_id_seq", "dated_setting_id_seq"}
RIGHTS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}

#: `rights_tried(role, table)`: the letters of the statements that the role may make of all columns of a table, and the
#: columns of the others. `rights_broken(role, table)`: what is tried once each right is turned round, one at a time.
FUNCTIONS_OF_THE_TEST = """
CREATE FUNCTION pg_temp.may(tried_role text, statement text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', tried_role, true);
    EXECUTE 'EXPLAIN ' || statement;
    PERFORM set_config('role', 'none', true);
    RETURN true;
EXCEPTION WHEN insufficient_privilege THEN
    PERFORM set_config('role', 'none', true);
    RETURN false;
END $$;

CREATE FUNCTION pg_temp.rights_tried(tried_role text, tried_table text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    letters text := '';
    names text[] := ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = tried_table::regclass AND attnum > 0
                          AND NOT attisdropped ORDER BY attname);
BEGIN
    IF pg_temp.may(tried_role, format('SELECT t FROM %I t', tried_table)) THEN letters := letters || 'S'; END IF;
    IF pg_temp.may(tried_role, format('INSERT INTO %I DEFAULT VALUES', tried_table)) THEN
        letters := letters || 'I';
    END IF;
    IF (SELECT pg_temp.may(tried_role, format('UPDATE %I SET %s', tried_table,
               string_agg(format('%I = DEFAULT', name), ', '))) FROM unnest(names) name) THEN
        letters := letters || 'U';
    END IF;
    IF pg_temp.may(tried_role, format('DELETE FROM %I', tried_table)) THEN letters := letters || 'D'; END IF;
    IF letters NOT LIKE '%S%' AND has_any_column_privilege(tried_role, tried_table, 'SELECT') THEN
        letters := letters || ' S:' || (SELECT coalesce(string_agg(name, ','), '') FROM unnest(names) name
                                        WHERE pg_temp.may(tried_role, format('SELECT %I FROM %I', name, tried_table)));
    END IF;
    IF letters NOT LIKE '%U%' AND has_any_column_privilege(tried_role, tried_table, 'UPDATE') THEN
        letters := letters || ' U:' || (SELECT coalesce(string_agg(name, ','), '') FROM unnest(names) name
                                        WHERE pg_temp.may(tried_role,
                                                          format('UPDATE %I SET %I = DEFAULT', tried_table, name)));
    END IF;
    RETURN letters;
END $$;

CREATE FUNCTION pg_temp.rights_broken(tried_role text, tried_table text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    tried text;
    of_right text;
BEGIN
    FOREACH of_right IN ARRAY ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] LOOP
        BEGIN
            EXECUTE format(CASE WHEN has_table_privilege(tried_role, tried_table, of_right)
                           THEN 'REVOKE %s ON %I FROM %I' ELSE 'GRANT %s ON %I TO %I' END,
                           of_right, tried_table, tried_role);
            tried := pg_temp.rights_tried(tried_role, tried_table);
            RAISE EXCEPTION SQLSTATE 'TR001';
        EXCEPTION WHEN SQLSTATE 'TR001' THEN
            RETURN NEXT of_right || '=' || tried;
        END;
    END LOOP;
END $$;
"""
TABLES = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
)
COLUMNS = text(
    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped"
    " ORDER BY attname"
)
CALLABLE = text(
    "SELECT replace(p.oid::regprocedure::text, ', ', ',') AS name, role"
    " FROM pg_proc p LEFT JOIN unnest(CAST(:roles AS text[])) role ON has_function_privilege(role, p.oid, 'EXECUTE')"
    " WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype"
    " AND (prosecdef OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee <> 0))"
    " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')"
)


@pytest.fixture
def ctx(ctx_of):
    """The owner of the tables; all that a test changes is rolled back."""
    with ctx_of(None) as owner:
        owner.session.execute(text("RESET ROLE"))
        for function in FUNCTIONS_OF_THE_TEST.split("\n\n"):
            owner.session.execute(text(function))
        yield owner


def expected(ctx, role, table):
    """What `rights_tried` should answer."""
    former = table.removesuffix("_history")
    is_history = former != table
    if role == POSITION_READER_ROLE:
        is_read = former in READ_IN_THE_PAST if is_history else table not in NOT_WITH_POSITIONS
        return "S" if is_read and table not in NEVER_READ and table not in OF_ROLES else ""
    if table in OF_ROLES:
        return OF_ROLES[table].get(role, "")
    rights = "S" if is_history else "SIUD"
    withheld = {"S": NOT_READ, "I": NOT_INSERTED, "U": FIXED}
    granted = "".join(right for right in rights if (table in DELETED if right == "D" else table not in withheld[right]))
    for right in "SU":
        columns = WITH_COLUMNS.get((table, right))
        if (table, right) in WITHOUT_COLUMNS:
            columns = set(ctx.session.scalars(COLUMNS, {"table": table})) - WITHOUT_COLUMNS[table, right]
        if columns is not None:
            granted += f" {right}:{','.join(sorted(columns))}"
    return granted


def tried(ctx, role, table):
    return ctx.session.scalar(text("SELECT pg_temp.rights_tried(:role, :table)"), {"role": role, "table": table})


def differing(ctx):
    """Tables with rights that differ from the reviewed lists."""
    return [
        f"{table}: {role} has {answer!r}, {wanted!r} is expected"
        for table in ctx.session.scalars(TABLES)
        for role in sorted(EVERYONE)
        if (answer := tried(ctx, role, table)) != (wanted := expected(ctx, role, table))
    ]


def test_each_role_may_do_to_each_table_what_was_reviewed(ctx):
    no_offenders(
        "a role of the application has the reviewed rights of a table, and no other",
        differing(ctx),
        "change the grant in the migration of the table, or the lists of tests/db/test_grants.py and test_rights.py",
    )


def test_each_grant_of_a_table_that_is_turned_round_is_found(ctx):
    """A right that is taken away and one that is given besides: the statements tried differ from what was reviewed."""
    unnoticed = []
    broken = text("SELECT pg_temp.rights_broken(:role, :table)")
    # PUBLIC reads the table of the extension.
    for table in set(ctx.session.scalars(TABLES)) - {"spatial_ref_sys"}:
        for role in sorted(EVERYONE):
            wanted = expected(ctx, role, table)
            answers = ctx.session.scalars(broken, {"role": role, "table": table}).all()
            assert len(answers) == len(RIGHTS)
            unnoticed += [(role, table, answer) for answer in answers if answer.partition("=")[2] == wanted]
    assert unnoticed == []


def callable_functions(ctx):
    """Function -> the roles that may call it, of those that run as the owner or are not for everyone."""
    functions = {}
    for name, role in ctx.session.execute(CALLABLE, {"roles": sorted(EVERYONE)}):
        functions.setdefault(name, set()).update({role} - {None})
    return functions


def test_each_function_of_the_owner_is_called_by_reviewed_roles_and_a_change_of_it_is_found(ctx):
    assert callable_functions(ctx) == FUNCTIONS
    for name, roles in FUNCTIONS.items():
        for role in sorted(EVERYONE):
            with ctx.session.begin_nested() as savepoint:
                verb, target = ("REVOKE", f"FROM {role}, PUBLIC") if role in roles else ("GRANT", f"TO {role}")
                ctx.session.execute(text(f"{verb} EXECUTE ON FUNCTION {name} {target}"))
                assert callable_functions(ctx) != FUNCTIONS, (name, role)
                savepoint.rollback()


def sequences_without_right(ctx):
    query = text(
        "SELECT relname, role FROM pg_class, unnest(CAST(:roles AS text[])) role WHERE relkind = 'S'"
        " AND relnamespace = 'public'::regnamespace AND NOT has_sequence_privilege(role, pg_class.oid, 'USAGE')"
    )
    return {tuple(row) for row in ctx.session.execute(query, {"roles": sorted(BOTH)})}


def test_the_application_draws_from_each_sequence_but_closed_ones(ctx):
    closed = {(name, role) for name in CLOSED_SEQUENCES for role in BOTH}
    assert sequences_without_right(ctx) == closed
    for name in ctx.session.scalars(text("SELECT relname FROM pg_class WHERE relkind = 'S'")).all():
        with ctx.session.begin_nested() as savepoint:
            verbs = ("GRANT", "TO") if name in CLOSED_SEQUENCES else ("REVOKE", "FROM")
            change = f"{verbs[0]} USAGE ON SEQUENCE {name} {verbs[1]} {WEB_ROLE}"
            ctx.session.execute(text(change))
            assert sequences_without_right(ctx) != closed
            savepoint.rollback()
