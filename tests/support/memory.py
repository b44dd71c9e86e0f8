"""Where databases of tests lie: in memory where there is room, for a copy takes a twentieth of the time there.

Each share of the suite has a cluster of its own, whose server keeps to the processors of the share (tests/suite).
"""

import hashlib
import os
import shutil
from pathlib import Path

from config.settings import CHECKOUT

#: The variable with the number of the share that this process runs.
SHARE = "TEST_SHARE"
#: A run of some tests has what the first share made.
_NUMBER = os.environ.get(SHARE, "1")
#: What tests keep for the next run, but for databases that lie in memory.
FOLDER = CHECKOUT / "var" / "tests" / f"share-{_NUMBER}"
_MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made with a mode and a name of our own
#: Templates, copies of them and the log of the server.
_NEEDED_BYTES = 3 << 30


def has_memory():
    """Whether files can be kept in memory here."""
    return _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _NEEDED_BYTES


def temporary_root():
    """A folder for temporary files of database servers; None: the system's own."""
    return str(_MEMORY) if has_memory() else None


def cluster_folder():
    """The folder of this share's test cluster, kept until the machine is started again."""
    name = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
    folder = _MEMORY / f"registry-tests-{os.geteuid()}-{name}-{_NUMBER}"
    if folder.is_dir() or has_memory():
        # The account of the database server has to pass it.
        folder.mkdir(mode=0o711, exist_ok=True)
        folder.chmod(0o711)
        return folder
    return FOLDER
