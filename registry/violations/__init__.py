"""Violations: reported by an inspector, verified, recorded in minutes, decided, remedied, closed."""
