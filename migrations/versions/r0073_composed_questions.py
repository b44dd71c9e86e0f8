"""Campaigns on request have questions of their own; items of the forms say their kind and what they are part of.

Revision ID: r0073
Revises: r0072
"""

import json

import sqlalchemy as sa
from alembic import op

from migrations.helpers import alter_versioned, begin_change

revision = "r0073"
down_revision = "r0072"
branch_labels = None
depends_on = None

#: Code of an item -> that of the one that it is a part of.
_PARTS = {"towers_shared": "towers", "smartphones": "mobile_broadband", "available": "all"}
_KEYS = "('campaign.form.yearly', 'campaign.form.half_yearly', 'campaign.form.ad_hoc')"


def upgrade() -> None:
    alter_versioned("report_entry", "ADD COLUMN content TEXT")
    op.execute("ALTER TABLE report_submission ADD COLUMN signed_by TEXT")
    op.drop_constraint(op.f("ck_report_campaign_form"), "report_campaign")
    op.create_check_constraint(
        op.f("ck_report_campaign_form"), "report_campaign", "form <> '[]' OR state IN ('draft', 'cancelled')"
    )
    begin_change()
    _each_row(lambda row, codes: row | _kind(row) | _part(row, codes))


def downgrade() -> None:
    begin_change()
    _each_row(lambda row, _codes: {name: row[name] for name in row if name not in ("kind", "at_most")})
    op.drop_constraint(op.f("ck_report_campaign_form"), "report_campaign")
    op.create_check_constraint(
        op.f("ck_report_campaign_form"),
        "report_campaign",
        "form_setting_id IS NOT NULL OR state IN ('draft', 'cancelled')",
    )
    op.execute("ALTER TABLE report_submission DROP COLUMN signed_by")
    alter_versioned("report_entry", "DROP COLUMN content")


def _each_row(change) -> None:
    connection = op.get_bind()
    for number, value in connection.execute(sa.text(f"SELECT id, value FROM dated_setting WHERE key IN {_KEYS}")).all():
        codes = {row["code"] for row in value["rows"]}
        rows = [change(row, codes) for row in value["rows"]]
        connection.execute(
            sa.text("UPDATE dated_setting SET value = CAST(:value AS jsonb) WHERE id = :id"),
            {"value": json.dumps(value | {"rows": rows}, ensure_ascii=False), "id": number},
        )


def _kind(row) -> dict[str, str]:
    return {"kind": "number" if row["code"] == "investment" else "whole"}


def _part(row, codes) -> dict[str, str | None]:
    whole = _PARTS.get(row["code"])
    return {"at_most": whole if whole in codes else None}
