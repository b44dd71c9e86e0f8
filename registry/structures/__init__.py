"""Structures: the register itself; one folder per kind under kinds/."""
