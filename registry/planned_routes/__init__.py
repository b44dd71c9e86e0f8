"""Planned routes: what can be re-used along a line and what must be built, and paths between two points."""
