"""Capacity: named places of a structure, and the ledger of what is used, reserved, blocked and free."""
