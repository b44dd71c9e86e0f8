"""When the first structures are seen on the map, in headless Chromium, and how much panning asks for.

    EXISTING=1000000 python -m bench.browser     after `python -m bench.map` of that size: its base is taken

The map counts as seen when it has drawn all tiles of its window. The picture is drawn in software, which is part of
the time; with WebGL in hardware it is less.
"""

from __future__ import annotations

import statistics
import time
from typing import Any, Final

from playwright.sync_api import sync_playwright

from bench.base import Base
from bench.map import FOLDER, PORT, Client, serving
from registry.kernel.db.cluster import Cluster
from tests.e2e.conftest import CHROMIUM, FLAGS

TURNS: Final = 5
SIZE: Final[Any] = {"width": 1280, "height": 900}
#: West to east over the province, closer and closer.
ADDRESSES: Final = ("#map=8/20.0/105.3", "#map=11/19.8/105.7", "#map=13/19.81/105.77", "#map=15/19.81/105.77")
KEYS: Final = ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowUp")


def measure(client: Client) -> None:
    """One line an address."""
    name, _, value = client.cookie.partition("=")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--no-sandbox"])
        for address in ADDRESSES:
            took, largest = [], 0
            for turn in range(TURNS + 1):
                context = browser.new_context(viewport=SIZE, locale="vi-VN")
                context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{PORT}"}])
                page = context.new_page()
                sizes: list[int] = []
                page.on("requestfinished", lambda request, sizes=sizes: sizes.append(_bytes(request)))
                begun = time.monotonic()
                page.goto(f"http://127.0.0.1:{PORT}/structures{address}")
                page.wait_for_selector("[data-map][data-loaded]")
                # The first one warms the server.
                took += [time.monotonic() - begun] if turn else []
                sizes.clear()
                page.locator("[data-map]").focus()
                for key in KEYS:
                    page.keyboard.press(key)
                    page.wait_for_timeout(400)
                largest = max([largest, *sizes])
                context.close()
            print(
                f"{address:24} first structures after {statistics.median(took):.2f} s,"
                f" largest answer while panning {largest / 1024:.0f} KB",
                flush=True,
            )
        browser.close()


def _bytes(request: Any) -> int:
    sizes = request.sizes()
    return int(sizes["responseBodySize"])


def main() -> None:
    """Measure and print."""
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        with serving(Base(cluster, FOLDER)) as client:
            measure(client)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
