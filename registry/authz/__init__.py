"""Who may do what: permissions, the matrix, row scopes, guarded routes."""
