"""The repository says nothing of the machine it was made on."""

import re

from tests.arch.sources import files, lines_with, short
from tests.support.offenders import no_offenders

TEXT = files(
    ".py", ".html", ".js", ".mjs", ".css", ".sh", ".sql", ".md", ".toml", ".txt", ".in", ".po", ".json", ".yaml", ".yml"
)
#: Paths of a particular machine, addresses of package mirrors, and keys that look like secrets.
MACHINE = re.compile(r"/(?:work|home/\w+|Users/\w+)/(?:main|shared|src|projects?)\b|/tmp/(?:brief|bash_jobs|v311)\b")
MIRROR = re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host|PIP_INDEX|registry\.npmjs")
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bghp_[0-9A-Za-z]{36}\b|\bglpat-[\w-]{20}\b")


def outside_these_tests():
    return [path for path in TEXT if not short(path).startswith(("tests/arch/", "registry/static/vendor/"))]


def test_no_path_of_a_machine_is_named():
    no_offenders(
        "no path of a particular machine is named",
        lines_with(MACHINE, outside_these_tests()),
        "name a path of the checkout, or a setting",
    )


def test_no_mirror_of_packages_is_named():
    no_offenders(
        "no mirror of packages is named",
        lines_with(MIRROR, outside_these_tests()),
        "leave the index to the configuration of the machine",
    )


def test_no_secret_is_kept_in_the_repository():
    no_offenders("no secret is kept in the repository", lines_with(SECRET, TEXT), "remove it and make a new one")
