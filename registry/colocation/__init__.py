"""Requests to use others' structures: chosen from list, map or detail page, asked, answered, settled."""
