"""Migrations: one numbered revision for each change of the schema."""
