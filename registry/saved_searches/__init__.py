"""Filters of the list of structures that people keep: for themselves or their organisation, with a notice of the new.

Only the filter is kept. What it finds is always what its reader may see when they look.
"""
