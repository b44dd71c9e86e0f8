"""Versions of the plan of passive telecom infrastructure, and whether structures and requests are in it."""
