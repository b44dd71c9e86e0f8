"""Pages of lists and streets."""

from registry.routelists.pages import items, lists, map
from registry.routelists.pages.blueprint import bp

__all__ = ["bp", "items", "lists", "map"]
