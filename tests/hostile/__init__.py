"""Hostile and broken files, made by code: each is refused with its reason, or read as harmless text."""
