"""Data that stays true: owners say each year what is still correct, how fresh records are, what may be wrong."""
