"""Planned sites: what can be shared near a point, and which masts are too close to a new one."""
