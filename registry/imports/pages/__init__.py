"""Pages of imports."""

from registry.imports.pages import after, corrections, detail, layouts, listing, merging, results, values
from registry.imports.pages.blueprint import bp

__all__ = ["after", "bp", "corrections", "detail", "layouts", "listing", "merging", "results", "values"]
