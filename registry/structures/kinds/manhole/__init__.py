"""A chamber to pull and join cable."""
