"""The administrator is told whether uploads are read behind walls: by `flask doctor`, and when a worker starts."""

from __future__ import annotations

from registry.imports.reading.selftest import selftest
from registry.kernel.cli.doctor import Finding
from registry.kernel.installation import Installation


def reading(chosen: Installation) -> Finding:
    """Whether the process that reads uploads has no network, no other files, no programs and bounded memory."""
    if not chosen.data_dir.is_dir():
        chosen.data_dir.mkdir(mode=0o700, parents=True)
    found = selftest(chosen.data_dir)
    return Finding("reading", found.ok, found.detail)
