"""The library of guidance and forms of the departments, and who acknowledged what (R14)."""
