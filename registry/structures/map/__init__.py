"""The map of structures: tiles, colours, layers, page."""
