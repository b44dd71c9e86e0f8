"""Data quality: yearly confirmation of records by their owners, freshness of records, checks for errors."""
