"""Site search over the sources that features provide."""
