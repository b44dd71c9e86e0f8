"""Tables as files: safe cells, one description of a table, one writer a format, the lists that can be taken out."""

from registry.kernel.exports.csv_file import csv_text, plain_cell, safe_cell

__all__ = ["csv_text", "plain_cell", "safe_cell"]
