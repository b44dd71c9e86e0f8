"""The one search of the site."""

from __future__ import annotations

from registry.kernel.feature import Feature
from registry.search.pages import bp

FEATURE = Feature(name="search", blueprints=(bp,))
