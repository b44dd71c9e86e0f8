"""Capacity: named places of a structure, and the entries that use, reserve or block them."""
