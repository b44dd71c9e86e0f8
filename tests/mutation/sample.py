"""Which mutants are run: a fixed number of each area, drawn by a seed that is part of the source."""

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path

from config.settings import CHECKOUT
from tests.mutation.operators import Site, keyed

#: Drawn once; another seed is another sample, and its score cannot be compared.
SEED = "15"


@dataclass(frozen=True)
class Area:
    """A part of the program that decides, and how many mutants of it are run."""

    name: str
    patterns: tuple[str, ...]
    wanted: int

    def files(self) -> list[Path]:
        return sorted({path for pattern in self.patterns for path in CHECKOUT.glob(pattern)})


AREAS = (
    Area("authz", ("registry/authz/*.py",), 24),
    Area("workflow", ("registry/workflow/*.py",), 40),
    Area("capacity", ("registry/capacity/*.py",), 16),
    Area("positions", ("registry/structures/positions/*.py",), 16),
    Area("rules", ("registry/**/rules.py", "registry/structures/kinds/*.py"), 40),
)


@dataclass(frozen=True)
class Mutant:
    """One changed place of one file."""

    area: str
    path: str
    key: str
    site: Site

    @property
    def name(self) -> str:
        return f"{self.path}:{self.site.line} {self.key}"

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def source(self) -> str:
        return (CHECKOUT / self.path).read_text(encoding="utf-8")

    def rank(self) -> bytes:
        """Its place in the draw; it depends on nothing but the place itself, so that unchanged files keep theirs."""
        return hashlib.sha256(f"{SEED}\n{self.path}\n{self.key}".encode()).digest()


def all_of(area: Area) -> list[Mutant]:
    """Every mutant of an area, those drawn first in front."""
    mutants = []
    for path in area.files():
        name = path.relative_to(CHECKOUT).as_posix()
        for key, site in keyed(ast.parse(path.read_text(encoding="utf-8"))):
            mutants.append(Mutant(area.name, name, key, site))
    return sorted(mutants, key=Mutant.rank)


def sample() -> list[Mutant]:
    """The mutants that are run."""
    drawn: dict[tuple[str, str], Mutant] = {}
    for area in AREAS:
        rest = [mutant for mutant in all_of(area) if (mutant.path, mutant.key) not in drawn]
        drawn |= {(mutant.path, mutant.key): mutant for mutant in rest[: area.wanted]}
    return list(drawn.values())
