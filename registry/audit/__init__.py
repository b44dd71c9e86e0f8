"""Append-only records: the hash chain of changes, and notes on access and refusals."""
