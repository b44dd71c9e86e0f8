"""What was valid on a day and known at a moment: lists, maps, files and records of the past (docs/time.md)."""
