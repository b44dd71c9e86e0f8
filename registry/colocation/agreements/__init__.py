"""Agreements on what was granted: contract, installation, use, removal."""
