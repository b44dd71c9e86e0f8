"""What photos may cost, and why one is refused: known to the program that decodes and to the one that waits for it."""

from __future__ import annotations

from typing import Final

MAX_PIXELS: Final = 40_000_000
#: Longest side of a served photo in pixels.
SERVED_SIDE: Final = 2400
#: Seconds of processor time; 40 megapixels take about five.
CPU_S: Final = 20
#: Why there is no photo.
BROKEN, TOO_LARGE, COSTLY = "broken", "too_large", "costly"
