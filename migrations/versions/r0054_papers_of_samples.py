"""A paper of a violation goes with its case alone, so that sample data can be cleared.

Revision ID: r0054
Revises: r0053
"""

from alembic import op

revision = "r0054"
down_revision = "r0053"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE FUNCTION refuse_change_without_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The foreign key deletes from within the deletion of the case.
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$
"""


def upgrade() -> None:
    op.execute(FUNCTION)
    _refuse_by("refuse_change_without_case")
    _refer("ON DELETE CASCADE")


def downgrade() -> None:
    _refuse_by("refuse_change")
    _refer("")
    op.execute("DROP FUNCTION refuse_change_without_case()")


def _refuse_by(function: str) -> None:
    op.execute("DROP TRIGGER append_only ON violation_paper")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON violation_paper"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    )


def _refer(on_delete: str) -> None:
    op.execute(
        "ALTER TABLE violation_paper DROP CONSTRAINT fk_violation_paper_violation_id,"
        " ADD CONSTRAINT fk_violation_paper_violation_id"
        f" FOREIGN KEY (violation_id) REFERENCES violation (id) {on_delete}"
    )
