"""Notices in the application and by mail."""

from __future__ import annotations

from registry.kernel.feature import Feature
from registry.notices.pages import bp

FEATURE = Feature(name="notices", blueprints=(bp,))
