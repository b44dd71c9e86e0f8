"""Settings, logging and server options: everything that an installation may choose."""
