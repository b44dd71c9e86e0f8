"""Coordinates: parsing, formatting, conversion between systems, and SQL for geometries."""
