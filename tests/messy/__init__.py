"""Files as operators really send them, each made here by code, with what must come out of it."""
