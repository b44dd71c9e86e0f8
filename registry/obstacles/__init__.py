"""Obstacles of operators and units, given to an agency, answered and rated by who raised them (R15)."""
