"""Campaigns: the yearly, half-yearly and ad hoc reports of the operators, and the consolidated report."""
