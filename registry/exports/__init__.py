"""Lists as files: short ones are written at once, long ones by the worker."""
