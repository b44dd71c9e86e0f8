"""The indicators of the plans: what they count, their targets, and their values."""
