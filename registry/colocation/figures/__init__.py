"""Figures of requests by owner and by commune."""
