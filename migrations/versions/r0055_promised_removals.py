"""Occupations: the day by which something is to be removed is a deadline of its own, without a term of law.

Revision ID: r0055
Revises: r0054
"""

from alembic import op

from migrations.helpers import begin_change

revision = "r0055"
down_revision = "r0054"
branch_labels = None
depends_on = None

_CLOCKS = "workflow = 'occupation' AND name = 'removal'"
_PROMISED_END = "(o.remove_by + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'"


def upgrade() -> None:
    """A promised day that is over already keeps the days for a check that its term had."""
    begin_change()
    op.execute(
        "UPDATE case_clock c SET term_id = NULL, reminders = '{3,0}',"
        f" due_at = CASE WHEN c.state = 'running' AND {_PROMISED_END} > now() THEN {_PROMISED_END} ELSE c.due_at END,"
        f" remind_at = CASE WHEN {_PROMISED_END} > now()"
        f" THEN least(c.remind_at, {_PROMISED_END} - interval '16 hours') ELSE c.remind_at END"
        f" FROM occupation o WHERE c.{_CLOCKS.replace('name', 'c.name')} AND o.id = c.case_id"
    )
    op.execute(
        "UPDATE occupation o SET due_at = c.due_at FROM case_clock c"
        f" WHERE c.{_CLOCKS.replace('name', 'c.name')} AND c.case_id = o.id AND c.state = 'running'"
        " AND o.due_at IS DISTINCT FROM c.due_at"
    )
    op.execute("DELETE FROM term_proposal WHERE key = 'occupation.removal'")
    op.execute("UPDATE legal_term SET replaced_by_id = NULL WHERE key = 'occupation.removal'")
    op.execute("DELETE FROM legal_term WHERE key = 'occupation.removal'")


def downgrade() -> None:
    """Its first row comes back; a running clock gets the days of the term when its case is next changed."""
    begin_change()
    op.execute(
        "INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification) VALUES"
        " ('occupation.removal', '2000-01-01', 3, 'working_day', '{3,0}',"
        " 'Quy ước của hệ thống, chưa có văn bản', true)"
    )
    op.execute(
        "UPDATE case_clock SET reminders = NULL,"
        " term_id = (SELECT id FROM legal_term WHERE key = 'occupation.removal' AND withdrawn_at IS NULL)"
        f" WHERE {_CLOCKS}"
    )
