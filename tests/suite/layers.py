"""The layers of the suite: which folder belongs to which, in the order in which they run."""

from pathlib import PurePath

#: Layer -> its folders under tests/. What each may do is in docs/testing.md.
FOLDERS = {
    "unit": ("arch", "unit"),
    "db": ("db", "hostile", "messy"),
    "web": ("web", "permissions"),
    "process": ("process",),
    "browser": ("e2e",),
}
LAYERS = tuple(FOLDERS)
_LAYER_OF = {folder: layer for layer, folders in FOLDERS.items() for folder in folders}
#: How many tests the dear layers may have.
MOST = {"process": 25, "browser": 28}


def layer_of(nodeid):
    """The layer of a test by its address; None for one that `make test` does not run (trials)."""
    return _LAYER_OF.get(PurePath(nodeid.partition("::")[0]).parts[1])
