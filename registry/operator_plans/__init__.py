"""Yearly building plans of operators by file, compared with each other and with the register."""
