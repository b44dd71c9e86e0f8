"""A pole to hang telecom cable."""
