"""Pages of structures."""

from registry.structures.pages import detail, editing, listing, map
from registry.structures.pages.blueprint import bp

__all__ = ["bp", "detail", "editing", "listing", "map"]
