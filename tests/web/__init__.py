"""Tests through HTTP."""
