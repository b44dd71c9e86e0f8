"""Irregular occupation: what hangs on a structure without a contract, from its discovery to its end."""
