"""Access kept small: roles are reviewed each quarter, and unusual reading of exact positions raises an alarm."""
