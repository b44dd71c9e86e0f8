"""Counts of the map: tables, triggers and functions are named after what they hold, bins of a tile and counts by cell.

Revision ID: r0056
Revises: r0055
"""

from collections.abc import Sequence

from alembic import op

revision = "r0056"
down_revision = "r0055"
branch_labels = None
depends_on = None

#: Names before and after; the longer ones come first, in both directions: bodies are changed in this order.
_TABLES = (
    ("structure_cell_tally", "structure_cell_count"),
    ("structure_tally_change", "structure_bin_change"),
    ("structure_tally", "structure_bin"),
)
_FUNCTIONS = (
    ("tally_rows", "count_changed_rows"),
    ("tally_moves", "count_moved_rows"),
    ("count_pyramid_anew", "recount_pyramid"),
)
#: Triggers of a table run in the order of their names, which stays.
_TRIGGERS = tuple((f"tally_{event}", f"tile_count_{event}") for event in ("insert", "update", "delete"))


def upgrade() -> None:
    _rename(_TABLES, _FUNCTIONS, _TRIGGERS)


def downgrade() -> None:
    _rename(*(tuple((new, old) for old, new in names) for names in (_TABLES, _FUNCTIONS, _TRIGGERS)))


def _rename(
    tables: Sequence[tuple[str, str]], functions: Sequence[tuple[str, str]], triggers: Sequence[tuple[str, str]]
) -> None:
    for old, new in tables:
        op.execute(f"ALTER TABLE {old} RENAME TO {new}")
        _rename_what_is_named_after(old, new)
    for old, new in functions:
        op.execute(f"ALTER FUNCTION {old}() RENAME TO {new}")
    for old, new in triggers:
        op.execute(f"ALTER TRIGGER {old} ON structure RENAME TO {new}")
    _replace_in_bodies((*tables, *functions))


def _rename_what_is_named_after(old: str, new: str) -> None:
    """The constraints, indexes and sequences of a table, whose names contain that of the table."""
    op.execute(
        f"""
        DO $$
        DECLARE named record;
        BEGIN
            FOR named IN SELECT conname FROM pg_constraint
                WHERE conrelid = '{new}'::regclass AND conname LIKE '%{old}%'
            LOOP
                EXECUTE format('ALTER TABLE {new} RENAME CONSTRAINT %I TO %I',
                               named.conname, replace(named.conname, '{old}', '{new}'));
            END LOOP;
            FOR named IN SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid
                WHERE indrelid = '{new}'::regclass AND relname LIKE '%{old}%'
            LOOP
                EXECUTE format('ALTER INDEX %I RENAME TO %I', named.relname, replace(named.relname, '{old}', '{new}'));
            END LOOP;
            FOR named IN SELECT relname FROM pg_class JOIN pg_depend ON objid = pg_class.oid
                WHERE refobjid = '{new}'::regclass AND relkind = 'S' AND relname LIKE '%{old}%'
            LOOP
                EXECUTE format('ALTER SEQUENCE %I RENAME TO %I',
                               named.relname, replace(named.relname, '{old}', '{new}'));
            END LOOP;
        END
        $$
        """
    )


def _replace_in_bodies(names: Sequence[tuple[str, str]]) -> None:
    """Write the functions whose bodies say a former name again; their rights stay."""
    text = "pg_get_functiondef(oid)"
    for old, new in names:
        text = f"regexp_replace({text}, '\\m((?:[a-z]+_)?){old}', '\\1{new}', 'g')"
    mentions = "|".join(old for old, _new in names)
    op.execute(
        f"""
        DO $$
        DECLARE body text;
        BEGIN
            FOR body IN SELECT {text} FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND prosrc ~ '{mentions}'
            LOOP
                EXECUTE body;
            END LOOP;
        END
        $$
        """
    )
