"""Pages of imports."""

from registry.imports.pages import after, detail, listing, map, mending, report, results
from registry.imports.pages.blueprint import bp

__all__ = ["after", "bp", "detail", "listing", "map", "mending", "report", "results"]
