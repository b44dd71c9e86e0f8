"""Forms: built from field declarations, submitted in a savepoint, with errors at their fields."""

from registry.kernel.forms.submit import submit

__all__ = ["submit"]
