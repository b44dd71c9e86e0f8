"""Rent that owners publish: what, where and when, one comparable figure of all, and who is told of changes."""
