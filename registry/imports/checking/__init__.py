"""Check of a batch by sets: SQL compiled from the field declarations parses, locates and compares every row.

SQL reads plain spellings. All other texts, positions and rule violations go through the Python functions of the forms,
which alone produce sentences. Pages, console and worker use this one path; applying runs it again.
"""

from registry.imports.checking.results import count_unseen, save_results
from registry.imports.checking.run import CheckResult, run_check
from registry.imports.checking.unpublished import notes_on_unpublished

__all__ = ["CheckResult", "count_unseen", "notes_on_unpublished", "run_check", "save_results"]
