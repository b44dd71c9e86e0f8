"""Structures near a place or along a line."""
