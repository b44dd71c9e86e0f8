"""Licence, publisher and contact of open data.

Revision ID: r0098
Revises: r0097
"""

from alembic import op

from migrations.helpers import begin_change

revision = "r0098"
down_revision = "r0097"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    # A colon in the text of a value would be read as a parameter.
    op.get_bind().exec_driver_sql(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('open_data.publication', '2000-01-01', jsonb_build_object("
        "  'licence_name', 'Creative Commons Attribution 4.0 (CC BY 4.0)',"
        "  'licence_url', 'https://creativecommons.org/licenses/by/4.0/',"
        "  'publisher', 'Sở Khoa học và Công nghệ tỉnh Thanh Hóa'),"
        "  'Quy ước của hệ thống, chưa có văn bản', true)"
    )


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'open_data.publication'")
