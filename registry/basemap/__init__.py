"""The base map under all maps: public data, imported or named by an administrator."""
