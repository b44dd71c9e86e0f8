"""The start page: what waits for whoever is signed in, and what the registry is for everyone else."""
