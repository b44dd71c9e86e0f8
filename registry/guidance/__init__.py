"""The lead department's library of guidance and forms (R14)."""
