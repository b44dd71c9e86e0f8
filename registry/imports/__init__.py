"""Import of structures from an operator's file: read, map columns, check every row, preview, apply."""
