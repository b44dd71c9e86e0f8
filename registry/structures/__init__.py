"""Structures: the register itself; one module per kind under kinds/."""
