"""The registry of shared passive telecom infrastructure of a province."""
