"""What every feature builds on; it knows nothing of the domain."""
