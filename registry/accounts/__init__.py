"""Organisations with their succession, accounts, dated roles, sessions and sign-in."""
