"""Every endpoint against the whole cast."""
