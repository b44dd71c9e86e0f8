"""The layers of the suite: which folder belongs to which, in the order in which they run."""

from pathlib import PurePath

#: Layer -> its folders under tests/. What each may do is in docs/testing.md.
FOLDERS = {
    "unit": ("arch", "unit"),
    "db": ("db", "hostile", "messy"),
    "web": ("permissions", "web"),
    "process": ("process",),
    "browser": ("e2e",),
}
LAYERS = tuple(FOLDERS)
_LAYER_OF = {folder: layer for layer, folders in FOLDERS.items() for folder in folders}
_PLACE_OF = {folder: number for number, folder in enumerate(_LAYER_OF)}
#: How many tests the dear layers may have.
MOST = {"process": 25, "browser": 51}


def layer_of(nodeid):
    """The layer of a test by its address; None for one that `make test` does not run (trials)."""
    return _LAYER_OF.get(_folder_of(nodeid))


def place_of(nodeid):
    """A number by which tests run: the layers in their order, and the folders of a layer in theirs."""
    return _PLACE_OF.get(_folder_of(nodeid), len(_PLACE_OF))


def file_of(nodeid):
    """The file of a test, below the checkout."""
    return nodeid.partition("::")[0]


def _folder_of(nodeid):
    return PurePath(file_of(nodeid)).parts[1]
