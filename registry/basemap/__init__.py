"""The ground that maps are drawn on: public data, loaded or named by an administrator."""
