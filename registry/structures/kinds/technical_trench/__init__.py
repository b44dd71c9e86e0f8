"""A small linear underground work without entry (QCVN 07-8:2023/BXD)."""
