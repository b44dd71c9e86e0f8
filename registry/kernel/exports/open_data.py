"""What everyone may copy: data sets with their files, declared where lists, collections and pages are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.kernel.context import Context
from registry.kernel.db.base import Choice
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _l

#: First and last day that the data speak of; None for an open end.
Period = tuple[date | None, date | None]


class UpdateFrequency(Choice):
    """How often a data set changes; the codes are those of the EU's table of frequencies, which DCAT-AP uses."""

    CONTINUOUS = "CONT", _l("Liên tục, theo thay đổi của cơ sở dữ liệu")
    ANNUAL = "ANNUAL", _l("Hằng năm")
    IRREGULAR = "IRREG", _l("Khi có quyết định hoặc số liệu mới")


class DataTheme(Choice):
    """Subject of a data set; the codes are those of the EU's table of themes, which DCAT-AP uses."""

    TECHNOLOGY = "TECH", _l("Khoa học và công nghệ")
    REGIONS = "REGI", _l("Địa phương")
    TRANSPORT = "TRAN", _l("Giao thông")
    GOVERNMENT = "GOVE", _l("Cơ quan nhà nước")


@dataclass(frozen=True)
class OpenDataAbout:
    """What the catalogue says of a public list or collection beyond its title and files."""

    description: Any
    theme: DataTheme
    frequency: UpdateFrequency
    #: Endpoint of the page that shows it; a collection without one has its own page.
    page: str = ""
    period: Callable[[Context[Any]], Period] | None = None


@dataclass(frozen=True)
class OpenFile:
    """One file or address of an interface: label, whole address, media type, code in the EU's table of file types."""

    label: Any
    url: str
    media: str
    file_type: str
    #: Answered by the OGC API.
    is_service: bool = False


@dataclass(frozen=True)
class OpenDataSet:
    """One data set of the catalogue; `code` stays the same, for it is part of its address there."""

    code: str
    title: Any
    description: Any
    theme: DataTheme
    frequency: UpdateFrequency
    #: Whole address of the page that shows it.
    page: str
    files: tuple[OpenFile, ...]
    period: Period = (None, None)
    issued_on: date | None = None


#: Data sets that are neither a public list of exports nor a public collection.
OPEN_DATA = ExtensionPoint[Callable[[Any], Iterable[OpenDataSet]]]("exports.open_data")
