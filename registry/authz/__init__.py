"""Authorization: permissions, the matrix, row scopes, guarded routes."""
