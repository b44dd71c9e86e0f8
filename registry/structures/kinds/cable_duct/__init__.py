"""Buried pipe, one or several, between two manholes."""
