"""Check of a batch by sets: SQL compiled from the field declarations parses, locates and compares every row.

SQL reads plain spellings. All other texts, positions and rule violations go through the Python functions of the forms,
which alone produce sentences. Pages, console and worker use this one path; applying runs it again.
"""
