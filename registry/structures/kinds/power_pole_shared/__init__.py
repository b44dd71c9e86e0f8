"""A power or lighting pole that carries telecom cable."""
