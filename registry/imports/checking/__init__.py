"""The check of a batch, by sets: every row is typed, placed and compared in SQL compiled from the declarations.

What is plain is read by SQL; every other word, place and suspicion goes through the same Python functions as the
forms, which alone write sentences. Page, console and worker run this one path; applying runs it again.
"""

from registry.imports.checking.others import notes_on_others
from registry.imports.checking.results import count_unseen, save_results
from registry.imports.checking.run import Checked, run_check

__all__ = ["Checked", "count_unseen", "notes_on_others", "run_check", "save_results"]
