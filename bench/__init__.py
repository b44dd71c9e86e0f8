"""Measurements that are ratios: the product beside the best plain SQL for the same work, machine and data."""
