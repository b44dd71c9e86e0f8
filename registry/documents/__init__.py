"""PDF documents, rendered from pages in a child process."""

#: Exit status of that process where the text libraries of the system are missing.
MISSING = 3
