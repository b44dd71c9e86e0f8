"""Preliminary check whether requested equipment fits; formulas and examples: docs/screening.md."""
