"""Named streets and roads that structures stand along."""
