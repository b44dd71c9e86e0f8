"""Append-only record: the hash chain of changes, and notes of looks and refusals."""
