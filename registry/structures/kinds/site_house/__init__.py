"""A house or shelter for telecom equipment."""
