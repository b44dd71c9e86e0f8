"""Near a planned site: what can be shared there, and what stops a new mast."""
