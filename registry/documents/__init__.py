"""Papers as PDF, made from pages by a process of its own."""

#: How that process ends where the system's text libraries are not installed.
MISSING = 3
