"""A process that is bounded refuses what needs more memory, and goes on."""

import subprocess
import sys

from config.settings import CHECKOUT

_PROGRAM = """
from registry.kernel.memory import limit_memory
limit_memory(200)
try:
    bytearray(250 * 1024 * 1024)
except MemoryError:
    print(len(bytearray(50 * 1024 * 1024)) // 1024 // 1024)
"""


def test_an_allocation_beyond_the_bound_fails_alone():
    result = subprocess.run([sys.executable, "-c", _PROGRAM], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert result.stdout == "50\n"
