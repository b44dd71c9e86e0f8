"""What the program that checks signatures and its caller agree on."""

from typing import Final

#: Seconds of processor time for one file.
CPU_S: Final = 20
#: Why a file has no signatures to show: it is no readable PDF, or it is not signed.
BROKEN: Final = "broken"
NO_SIGNATURE: Final = "no_signature"
