"""The endpoints that `--endpoints` asks the table of permissions for."""

from fnmatch import fnmatch

#: Patterns such as `exports.*`; empty: the whole table.
PATTERNS = []


def selected(rows):
    """The rows of the endpoints that the command line names; None where it names none."""
    if not PATTERNS:
        return None
    return [row for row in rows if any(fnmatch(row["endpoint"], pattern) for pattern in PATTERNS)]
