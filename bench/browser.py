"""When the first structures are seen on the map, in headless Chromium, and how much panning asks for.

    EXISTING=1000000 python -m bench.browser     after `python -m bench.map` of that size: its base is taken

Told is when the first and the last tile of the first window have come, from the moment the page was asked for; a frame
later they are drawn. Pictures are drawn in software, which is part of the time.
"""

from __future__ import annotations

import statistics
import time
from functools import partial
from typing import Any, Final

from playwright.sync_api import sync_playwright

from bench.base import Base
from bench.first_picture import compare
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
            firsts, lasts, largest = [], [], 0
            for turn in range(TURNS + 1):
                context = browser.new_context(viewport=SIZE, locale="vi-VN")
                context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{PORT}"}])
                page = context.new_page()
                sizes: list[int] = []
                tiles: list[float] = []
                finished = partial(_finished, sizes, tiles)
                page.on("requestfinished", finished)
                begun = time.monotonic()
                page.goto(f"http://127.0.0.1:{PORT}/structures{address}")
                page.wait_for_selector("[data-map][data-loaded]")
                page.wait_for_load_state("networkidle")
                # The first turn warms the server.
                if turn:
                    firsts.append(tiles[0] - begun)
                    lasts.append(tiles[-1] - begun)
                sizes.clear()
                page.locator("[data-map] canvas").focus()
                for key in KEYS:
                    page.keyboard.press(key)
                    page.wait_for_timeout(400)
                largest = max([largest, *sizes])
                # What is still on its way when the page closes tells nothing any more.
                page.remove_listener("requestfinished", finished)
                context.close()
            print(
                f"{address:24} first tile after {statistics.median(firsts):.2f} s, last after"
                f" {statistics.median(lasts):.2f} s, largest answer while panning {largest / 1024:.0f} KB",
                flush=True,
            )
        browser.close()


def _finished(sizes: list[int], tiles: list[float], request: Any) -> None:
    sizes.append(int(request.sizes()["responseBodySize"]))
    if "/structures/tiles/" in request.url:
        tiles.append(time.monotonic())


def main() -> None:
    """Measure and print."""
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        with serving(Base(cluster, FOLDER)) as client:
            measure(client)
            compare(f"http://127.0.0.1:{PORT}", (client.cookie.partition("=")[0], client.cookie.partition("=")[2]))
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
