"""Mutation of the Python and the SQL that decide: `python -m tests.mutation --help`, described in docs/mutation.md."""
