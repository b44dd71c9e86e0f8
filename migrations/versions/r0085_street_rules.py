"""Rules of streets with their days, and their settings; "may hang here" of lines of poles becomes such rules.

Revision ID: r0085
Revises: r0084
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql

revision = "r0085"
down_revision = "r0084"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    run_sql("r0085/street_rule.sql")
    grant("street_rule")
    mirror_history("street_rule")
    # A check compares the rules with the positions of structures.
    op.execute("GRANT SELECT ON street_rule TO registry_position_reader")
    run_sql("r0085/may_hang_here.sql")
    # The history keeps the column (`FORMER_COLUMNS`): what it says is part of the digests of its rows.
    op.execute("ALTER TABLE pole_line DROP COLUMN may_hang_here")
    op.execute("SELECT refresh_history('pole_line')")


def downgrade() -> None:
    begin_change()
    op.execute("ALTER TABLE pole_line ADD COLUMN may_hang_here BOOLEAN")
    op.execute("SELECT refresh_history('pole_line')")
    # What it said last, of lines that have one.
    op.execute(
        "UPDATE pole_line SET may_hang_here = last.value FROM (SELECT DISTINCT ON (id) id, may_hang_here AS value"
        " FROM pole_line_history WHERE may_hang_here IS NOT NULL ORDER BY id, history_id DESC) last"
        " WHERE last.id = pole_line.id"
    )
    op.execute("DELETE FROM case_event WHERE workflow = 'streetrule'")
    op.execute("DELETE FROM case_clock WHERE workflow = 'streetrule'")
    op.execute("DELETE FROM case_counter WHERE workflow = 'streetrule'")
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'street_rule.%' OR key = 'planned_route.rule_factor'")
    op.execute("DROP TABLE street_rule_history, street_rule")
