"""A folder of boundary files, read and checked as far as is possible without the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.territory.importing.geojson import Outline, read_outlines
from registry.territory.importing.problems import Problems
from registry.territory.importing.tables import (
    NAMES_FILE,
    SUCCESSORS_FILE,
    UNITS_FILE,
    ListedName,
    ListedSuccession,
    ListedUnit,
    read_names,
    read_successions,
    read_units,
)


@dataclass
class FolderContents:
    """What the files of a folder say."""

    outlines: list[Outline] = field(default_factory=list)
    units: list[ListedUnit] = field(default_factory=list)
    successions: list[ListedSuccession] = field(default_factory=list)
    names: list[ListedName] = field(default_factory=list)


def read_folder(folder: Path, problems: Problems) -> FolderContents:
    """Every *.geojson of the folder and the CSV lists that stand beside; Invalid where it holds none of them."""
    if not folder.is_dir():
        raise Invalid({"folder": _("Không có thư mục '%(folder)s'.", folder=folder)})
    contents = FolderContents()
    boundary_files = sorted(folder.glob("*.geojson"))
    tables = [folder / name for name in (UNITS_FILE, SUCCESSORS_FILE, NAMES_FILE)]
    if not boundary_files and not any(table.is_file() for table in tables):
        raise Invalid({"folder": _("Thư mục '%(folder)s' không có tệp .geojson hay danh mục .csv nào.", folder=folder)})
    for path in boundary_files:
        contents.outlines += read_outlines(path, problems)
    if tables[0].is_file():
        contents.units = read_units(tables[0], problems)
    if tables[1].is_file():
        contents.successions = read_successions(tables[1], problems)
    if tables[2].is_file():
        contents.names = read_names(tables[2], problems)
    return contents
