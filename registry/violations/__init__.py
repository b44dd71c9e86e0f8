"""Violations: found on the spot by an inspector, verified, put into minutes, decided, remedied, closed."""
