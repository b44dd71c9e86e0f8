"""PDF documents, rendered from pages in a child process."""

#: How that process ends where the system's text libraries are not installed.
MISSING = 3
