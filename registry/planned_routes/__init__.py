"""Along a planned route: what could be re-used, what must be built, and where to dig least between two places."""
