"""Inspections: plans, checklists, results by structure, and what follows from them."""
