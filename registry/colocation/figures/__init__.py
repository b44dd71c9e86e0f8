"""Figures of co-location by owner and by commune."""
