"""The agreement on what was granted: contract, installation, use, removal."""
