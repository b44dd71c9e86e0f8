"""Bulk edit: one field of many structures changed at once, previewed, applied and undone as one change."""
