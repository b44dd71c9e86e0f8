"""Sixteen connections that ask a server for a time, each address of a list once: a program apart, which needs pycurl.

    COOKIE=... python -m bench.asker PORT SECONDS < addresses

Prints answers a second and their median in milliseconds. What asks works on the cores of the servers that it measures,
so what it takes for itself counts as theirs: libcurl takes a fraction of what Python's own client does.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from typing import Final

import pycurl

CONNECTIONS: Final = 16
_ANSWERS: Final = (200, 204)


def main(port: str, seconds: str) -> None:
    """Ask and print; the first other answer ends it."""
    addresses = iter(sys.stdin.read().split())
    until = time.monotonic() + float(seconds)
    times: list[float] = []
    refused: list[str] = []

    def ask() -> None:
        asking = pycurl.Curl()
        asking.setopt(pycurl.COOKIE, os.environ.get("COOKIE", ""))
        asking.setopt(pycurl.WRITEFUNCTION, len)
        while (begun := time.monotonic()) < until and not refused:
            # Taking the next of a list's iterator is one step for all threads.
            address = next(addresses, None)
            if address is None:
                refused.append("too few addresses")
                return
            asking.setopt(pycurl.URL, f"http://127.0.0.1:{port}{address}")
            asking.perform()
            if (status := asking.getinfo(pycurl.RESPONSE_CODE)) not in _ANSWERS:
                refused.append(f"{status} {address}")
            times.append(time.monotonic() - begun)

    threads = [threading.Thread(target=ask) for _number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        sys.exit(refused[0])
    print(len(times) / float(seconds), statistics.median(times) * 1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
