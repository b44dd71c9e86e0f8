"""Pages of structures."""
