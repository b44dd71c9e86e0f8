"""HTTP: headers, request ids, error responses, static files, map data."""
