"""Guards and effects that the workflow of requests names, by who makes the moves."""
