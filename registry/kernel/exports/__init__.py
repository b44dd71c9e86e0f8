"""Lists as files: one description of a list, one writer per format, and the lists that features provide."""
