"""Forms: built from field declarations, submitted in a savepoint, with errors at their fields."""
