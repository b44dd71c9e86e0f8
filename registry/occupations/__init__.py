"""Use of a structure without a contract, from its discovery to its end."""
