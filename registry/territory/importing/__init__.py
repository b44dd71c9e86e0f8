"""Official boundaries and code lists from a folder of GeoJSON and CSV files."""
