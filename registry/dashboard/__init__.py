"""The start page, and the figures of the province."""
