"""Database: declarative base, column types, history, sessions, the private cluster."""
