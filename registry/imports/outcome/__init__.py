"""Decisions on checked rows, and files and maps of their problems."""
