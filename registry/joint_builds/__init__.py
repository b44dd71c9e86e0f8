"""Announced structures in which others register, to build and use them jointly (R28)."""
