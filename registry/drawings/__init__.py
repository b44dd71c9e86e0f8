"""Drawings of structures and routes as SVG: pure functions of facts, and the facts that a reader may know."""
