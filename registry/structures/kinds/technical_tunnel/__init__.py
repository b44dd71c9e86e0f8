"""A linear underground work large enough to work inside (QCVN 07-8:2023/BXD)."""
