"""The filter of structures: its values, its address, its WHERE, and the filters that other features add."""
