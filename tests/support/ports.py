"""Ports for the servers of tests, which nothing else on this machine takes between the choice and the start."""

import itertools
import os
import socket

from tests.support.memory import SHARE

#: Below those that the kernel gives to connections (32,768 to 60,999); each share of the suite has some of its own.
_FIRST, _EACH = 20_000, 2_000
_CHOSEN = itertools.count(_FIRST + _EACH * int(os.environ.get(SHARE, "0")))


def free_port():
    """A port where nobody listens; never the same one twice."""
    return next(filter(_is_free, _CHOSEN))


def _is_free(port):
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False
