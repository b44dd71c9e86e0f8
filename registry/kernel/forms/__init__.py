"""Forms: built from field declarations, submitted in a savepoint, refused field by field."""

from registry.kernel.forms.submit import submit

__all__ = ["submit"]
