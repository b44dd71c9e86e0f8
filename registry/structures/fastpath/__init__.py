"""Fast paths of counts and pages; each stands behind a plain query, its oracle in the tests."""
