"""Makers of test data: real service calls with values that a person might have typed."""
