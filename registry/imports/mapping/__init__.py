"""Columns of a file: fields, aliases, coordinate systems, units, templates."""
