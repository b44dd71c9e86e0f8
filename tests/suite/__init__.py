"""How the whole suite is run: layers, two processes, a summary."""
