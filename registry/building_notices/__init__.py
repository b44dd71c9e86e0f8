"""Notices before building: to the telecom department, and of commencement (no permit is needed any more, R26)."""
