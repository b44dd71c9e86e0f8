"""Requests to use others' structures, the owners' answers, and the agreements that follow."""
