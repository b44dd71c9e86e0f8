"""Pages of structures."""

from registry.structures.pages import bulk, detail, editing, listing, map
from registry.structures.pages.blueprint import bp

__all__ = ["bp", "bulk", "detail", "editing", "listing", "map"]
