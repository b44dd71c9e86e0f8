"""Mapping of a file's columns: fields, aliases, coordinate systems, units, templates."""
