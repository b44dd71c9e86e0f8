"""What was recorded by mistake is withdrawn with a reason and kept; accounts belong to an organisation since a moment.

Revision ID: 0048
Revises: 0047
"""

from alembic import op

from migrations.helpers import begin_change

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

COLUMNS = (
    ("organisation_succession", "withdrawn_at", "timestamptz"),
    ("organisation_succession", "withdrawn_reason", "text"),
    ("user_account", "member_since", "timestamptz"),
    ("legal_term", "withdrawn_at", "timestamptz"),
    ("legal_term", "withdrawn_reason", "text"),
    ("legal_term", "replaced_by_id", "bigint"),
)
TERM_KEY = "uq_legal_term_key_organisation_id_valid_from"
FORMER_PAIR = "uq_organisation_succession_predecessor_id_successor_id"
ONE_SUCCESSOR = "uq_organisation_succession_predecessor_id"


def upgrade() -> None:
    """Of several successors of one organisation the first stands; accounts are as old as their first record."""
    for table, column, kind in COLUMNS:
        for each in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {each} ADD COLUMN {column} {kind}")
    begin_change()
    op.execute(
        "UPDATE user_account account SET member_since = (SELECT min(recorded_from) FROM user_account_history past"
        " WHERE past.id = account.id)"
    )
    op.execute("UPDATE user_account SET member_since = now() WHERE member_since IS NULL")
    op.execute(
        "UPDATE organisation_succession later SET withdrawn_at = now(),"
        " withdrawn_reason = 'Mỗi thời điểm chỉ một bên kế thừa toàn bộ'"
        " WHERE EXISTS (SELECT FROM organisation_succession first WHERE first.predecessor_id = later.predecessor_id"
        " AND (first.effective_on, first.id) < (later.effective_on, later.id))"
    )
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("ALTER TABLE user_account ALTER member_since SET NOT NULL")
    op.execute(
        f"ALTER TABLE organisation_succession DROP CONSTRAINT {FORMER_PAIR},"
        " ADD CONSTRAINT ck_organisation_succession_withdrawn"
        " CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL))"
    )
    op.execute(
        f"CREATE UNIQUE INDEX {ONE_SUCCESSOR} ON organisation_succession (predecessor_id) WHERE withdrawn_at IS NULL"
    )
    op.execute(
        f"ALTER TABLE legal_term DROP CONSTRAINT {TERM_KEY}, ADD CONSTRAINT ck_legal_term_withdrawn"
        " CHECK (withdrawn_at IS NOT NULL OR num_nonnulls(withdrawn_reason, replaced_by_id) = 0)"
    )
    op.create_foreign_key("fk_legal_term_replaced_by_id", "legal_term", "legal_term", ["replaced_by_id"], ["id"])
    op.execute(
        f"CREATE UNIQUE INDEX {TERM_KEY} ON legal_term (key, organisation_id, valid_from) NULLS NOT DISTINCT"
        " WHERE withdrawn_at IS NULL"
    )


def downgrade() -> None:
    """Without what was withdrawn: the older program would take it for standing."""
    begin_change()
    op.execute("UPDATE legal_term SET replaced_by_id = NULL WHERE replaced_by_id IS NOT NULL")
    op.execute(
        "UPDATE case_clock SET term_id = (SELECT kept.id FROM legal_term kept, legal_term gone"
        " WHERE gone.id = case_clock.term_id AND kept.key = gone.key AND kept.withdrawn_at IS NULL"
        " AND kept.organisation_id IS NULL ORDER BY kept.valid_from LIMIT 1)"
        " WHERE term_id IN (SELECT id FROM legal_term WHERE withdrawn_at IS NOT NULL)"
    )
    op.execute("DELETE FROM legal_term WHERE withdrawn_at IS NOT NULL")
    op.execute("DELETE FROM organisation_succession WHERE withdrawn_at IS NOT NULL")
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute(f"DROP INDEX {TERM_KEY}")
    op.execute(f"DROP INDEX {ONE_SUCCESSOR}")
    for table, column, _kind in COLUMNS:
        for each in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {each} DROP COLUMN {column} CASCADE")
    op.execute(
        f"ALTER TABLE legal_term ADD CONSTRAINT {TERM_KEY} UNIQUE NULLS NOT DISTINCT (key, organisation_id, valid_from)"
    )
    op.execute(
        f"ALTER TABLE organisation_succession ADD CONSTRAINT {FORMER_PAIR} UNIQUE (predecessor_id, successor_id)"
    )
