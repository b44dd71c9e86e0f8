"""Screening at filing: whether what is asked for fits, by calculation; docs/screening.md has formulas and examples."""
