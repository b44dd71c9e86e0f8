"""Demonstration data: a province full of made-up structures, marked as such on every page, and their removal."""
