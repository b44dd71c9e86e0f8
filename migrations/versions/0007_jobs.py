"""Tables of the job queue (procrastinate 3.10).

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from migrations.helpers import run_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers", "procrastinate_workers")
#: The pages only put jobs into the queue; everything else is the worker's.
WEB_MAY_INSERT = ("procrastinate_jobs", "procrastinate_events")
DROP_ROUTINES = """
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN SELECT oid::regprocedure FROM pg_proc
                   WHERE proname LIKE 'procrastinate\\_%' AND pronamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('DROP FUNCTION %s', routine);
    END LOOP;
END
$$
"""


def upgrade() -> None:
    """The library's own schema, then rights."""
    for part in ("tables", "functions", "triggers"):
        run_sql(f"0007_jobs_{part}.sql")
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO registry_worker")
    for table in WEB_MAY_INSERT:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO registry_web")


def downgrade() -> None:
    """Tables first: their triggers use the functions."""
    op.execute(f"DROP TABLE {', '.join(TABLES)} CASCADE")
    op.execute(DROP_ROUTINES.replace(":", r"\:"))
    for name in ("procrastinate_job_to_defer_v1", "procrastinate_job_event_type", "procrastinate_job_status"):
        op.execute(f"DROP TYPE {name}")
