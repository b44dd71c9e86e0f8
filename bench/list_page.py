"""A list page of two servers, in turns: how much longer the one takes than the other.

    python -m bench.list_page http://127.0.0.1:8001 http://127.0.0.1:8002 /structures /structures?sort=owner

Both answer on the same data, the first with the former commit. Of each address the median of 20 rounds of both, in
turns, is printed with the difference, and the bytes of the answer. `COOKIE` is that of a session, if any.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from typing import Final
from urllib.request import Request, urlopen

ROUNDS: Final = 20
#: Milliseconds that a list page may take longer than before.
MOST_MS: Final = 1.5


def milliseconds(url: str) -> tuple[float, int]:
    """How long an answer took, and its bytes."""
    request = Request(url, headers={"Cookie": os.environ.get("COOKIE", ""), "Accept": "text/html"})  # noqa: S310
    begun = time.perf_counter()
    with urlopen(request) as answer:  # noqa: S310 - an address of this machine
        data = answer.read()
    return (time.perf_counter() - begun) * 1_000, len(data)


def compare(former: str, present: str, path: str) -> float:
    """Print both medians of an address; how many milliseconds more the second takes."""
    for url in (former, present):
        milliseconds(url + path)
    turns = [(milliseconds(former + path), milliseconds(present + path)) for _round in range(ROUNDS)]
    before, after = (statistics.median(turn[at][0] for turn in turns) for at in (0, 1))
    size = turns[-1][1][1] / 1024
    print(f"{path:40}{before:9.1f} ms{after:9.1f} ms{after - before:+8.1f} ms{size:9.1f} KB", flush=True)
    return after - before


def main() -> None:
    """Compare the addresses that are named; 1 where one takes longer than it may."""
    former, present, *paths = sys.argv[1:]
    slower = [path for path in paths or ["/structures"] if compare(former, present, path) > MOST_MS]
    sys.exit(1 if slower else 0)


if __name__ == "__main__":
    main()
