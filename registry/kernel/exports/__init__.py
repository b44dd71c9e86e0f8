"""Lists as files: one description of a list, one writer per format, and the lists that features provide."""

from registry.kernel.exports.csv_file import csv_text, plain_cell, safe_cell

__all__ = ["csv_text", "plain_cell", "safe_cell"]
