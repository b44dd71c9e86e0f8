"""An ordered line of poles that hang telecom cable."""
