"""Organisations and their succession, user accounts, dated roles, sessions and sign-in."""
