"""What a check found: corrections, duplicates, missing structures, error files."""
