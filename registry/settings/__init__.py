"""Pages by which the lead department keeps the dated settings: terms, limits, spacing, targets."""
