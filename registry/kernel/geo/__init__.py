"""Coordinates: reading what people write, and the one conversion between the systems."""
