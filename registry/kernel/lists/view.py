"""The declaration of a list, and what follows from it for files: `ListView`, mounted with `lists`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Select, func, select

from registry.kernel.context import Context
from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import TABLES, ExportFormat, ExportRecord
from registry.kernel.exports.lists import EXPORT_LISTS, FETCH_ROWS, ExportList, Source
from registry.kernel.feature import Contribution, KeyedExtensionPoint
from registry.kernel.i18n import _
from registry.kernel.lists.columns import Column, On, offered
from registry.kernel.lists.filters import Args, Chosen, Filter
from registry.kernel.lists.sorting import SortKey, SortOrder, sort_keys
from registry.kernel.text import shown

Ctx = Context[Any]
PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class Empty:
    """What a list without rows says, and the links that it offers: label and endpoint."""

    title: Any
    reason: Any
    actions: tuple[tuple[Any, str], ...] = ()


def _unread(_ctx: Ctx, _chosen: Chosen) -> Select[Any]:
    raise NotImplementedError


def _execute(ctx: Ctx, query: Select[Any]) -> Any:
    return ctx.session.execute(query)


def _stream(ctx: Ctx, query: Select[Any]) -> Any:
    return ctx.session.execute(query, execution_options={"yield_per": FETCH_ROWS})


@dataclass(frozen=True)
class Reads:
    """How the rows of a list are read: at once for a page, in portions for a file."""

    page: Callable[[Ctx, Select[Any]], Any] = _execute
    stream: Callable[[Ctx, Select[Any]], Any] = _stream


@dataclass(frozen=True)
class ListView:
    """One list: its page, its files and its addresses read this declaration."""

    #: Code of its files and of its cursors.
    code: str
    label: Any
    #: The page.
    endpoint: str
    #: That of the page.
    permission: StrEnum
    columns: tuple[Column, ...]
    #: The rows under a filter that the reader may see; without one the feature reads its pages and files itself.
    select: Callable[[Ctx, Chosen], Select[Any]] = _unread
    #: Adds to that query what only its files show.
    for_files: Callable[[Ctx, Chosen, Select[Any]], Select[Any]] = lambda _ctx, _chosen, query: query
    filters: tuple[Filter, ...] = ()
    #: Keyset order: expressions, or names of selected columns; the last is a unique id. Without one `select` sorts, and
    #: all its rows are one page.
    order: tuple[Any, ...] = ()
    descending: bool = False
    size: int = PAGE_SIZE
    #: Argument with the id of the last row read, in place of a signed cursor; such a list goes forward only.
    before: str = ""
    #: ASCII, for names of files; "" for a list without files.
    stem: str = ""
    formats: tuple[ExportFormat, ...] = TABLES
    #: Title of the files where it differs from the page's.
    file_label: Any = None
    subtitle: Any = ""
    #: Label and endpoint of the page above it: the way back from a list that no menu leads to.
    parent: tuple[Any, str] | None = None
    #: The sentence above the rows with `%(count)s`, marked by `_n_noop`; "" for none.
    #: `count_more` stands for more rows than `counted_to`.
    count: str = ""
    count_more: Any = ""
    counted_to: int | None = None
    #: As many rows as `select` has, without what only the columns need.
    counted: Callable[[Ctx, Chosen], Select[Any]] | None = None
    empty: Empty = Empty("", "")
    #: Where a filter leaves no rows; default: `empty`.
    no_match: Empty | None = None
    clear_label: Any = ""
    #: Id of the record of a row, which ties it to its symbol on a map.
    row_id: Callable[[Any], Any] | None = None
    #: Refuses values that contradict each other or are not for this reader.
    check: Callable[[Ctx, Chosen], None] | None = None
    #: Geometry of a row (WKB), the owner of its exact position, and the column that names it on a map.
    geometry: Callable[[Any], bytes | None] | None = None
    owner_id: Callable[[Any], int | None] | None = None
    name_column: str = ""
    #: The model of its records and the selected column with the WKB of their place: it is a collection of features.
    record: Any = None
    geometry_column: str = ""
    #: Arguments of an address that shows all its rows.
    whole: Mapping[str, str] = MappingProxyType({})
    #: Further statements for files.
    notes: Callable[[Ctx], tuple[tuple[str, str], ...]] = lambda _ctx: ()
    reads: Reads = Reads()
    #: Reads at once, into `ctx.memo`, what the rows of a page, or of a portion of a file, need besides their columns.
    prepare: Callable[[Ctx, list[Any]], None] | None = None

    @property
    def file_title(self) -> Any:
        """Title of the files."""
        return self.label if self.file_label is None else self.file_label

    @property
    def export(self) -> ExportList:
        """Its files."""
        return ExportList(self.code, self.file_title, self.stem, self.permission, self.open, self.formats)

    def read(self, ctx: Ctx, args: Args) -> dict[str, Any]:
        """The values of the filters in an address, defaults included; Invalid says what is wrong."""
        filter_values: dict[str, Any] = {}
        for list_filter in self.filters:
            value = list_filter.read(ctx, args)
            if value is None and list_filter.default is not None:
                value = list_filter.default(ctx)
            if value is not None:
                filter_values[list_filter.name] = value
        if self.check is not None:
            self.check(ctx, filter_values)
        return filter_values

    def arguments(self, ctx: Ctx, filter_values: Chosen) -> list[tuple[str, str]]:
        """The arguments of an address with these values."""
        return [
            (list_filter.name, text)
            for list_filter in self.filters
            if list_filter.name in filter_values
            and (list_filter.sticky or not self.is_default(ctx, list_filter, filter_values))
            for text in list_filter.write(filter_values[list_filter.name])
        ]

    def is_default(self, ctx: Ctx, list_filter: Filter, filter_values: Chosen) -> bool:
        return list_filter.default is not None and filter_values[list_filter.name] == list_filter.default(ctx)

    def query(self, ctx: Ctx, filter_values: Chosen) -> Select[Any]:
        """The rows under a filter, without order."""
        return self._narrowed(ctx, filter_values, self.select(ctx, filter_values))

    def _narrowed(self, ctx: Ctx, filter_values: Chosen, query: Select[Any]) -> Select[Any]:
        return query.where(
            *(
                list_filter.where(ctx, filter_values[list_filter.name])
                for list_filter in self.filters
                if list_filter.where and list_filter.name in filter_values
            )
        )

    def keys(self, query: Select[Any]) -> tuple[Any, ...]:
        """The expressions of the order."""
        return tuple(
            key.read(query)
            if isinstance(key, SortKey)
            else query.selected_columns[key]
            if isinstance(key, str)
            else key
            for key in self.order
        )

    def ordered(self, query: Select[Any], *, descending: bool) -> Select[Any]:
        """The query in the order of the list, or against it."""
        keys = self.keys(query)
        return query.order_by(None).order_by(*(key.desc() if descending else key for key in keys)) if keys else query

    def sort_of(self, args: Args) -> SortOrder | None:
        """The order that an address asks for; Invalid where the list has none such."""
        if "sort" not in args and "order" not in args:
            return None
        name, order = args.get("sort", ""), args.get("order", "asc")
        if order not in ("asc", "desc") or not any(
            column.name == name and column.is_sortable for column in self.columns
        ):
            raise Invalid({"sort": _("Không thể sắp xếp theo “%(sort)s”.", sort=shown(f"{name} {order}".strip()))})
        return SortOrder(name, order == "desc")

    def sorted_by(self, sort: SortOrder | None) -> ListView:
        """The same list in another order."""
        if sort is None:
            return self
        source = next(column.sort for column in self.columns if column.name == sort.name)
        order = (*sort_keys(source, is_descending=sort.is_descending), self.order[-1])
        return replace(self, order=order, descending=sort.is_descending)

    def totals(self, ctx: Ctx, filter_values: Chosen, columns: Iterable[Column]) -> dict[str, Any]:
        """The sums over all rows of those of the columns that have one, by name of the column."""
        names = {column.name: column.total for column in columns if column.total}
        if not names:
            return {}
        query = self.query(ctx, filter_values).order_by(None)
        sums = (func.sum(query.selected_columns[total]) for total in names.values())
        return dict(
            zip(
                names,
                self.reads.page(ctx, query.with_only_columns(*sums, maintain_column_froms=True)).one(),
                strict=True,
            )
        )

    def count_rows(
        self, ctx: Ctx, filter_values: Chosen, most: int | None = None, query: Select[Any] | None = None
    ) -> int:
        """Number of rows; `most` + 1 stands for any larger number. `query` is that of the rows, where it is at hand."""
        if query is None or self.counted is not None:
            query = self._narrowed(ctx, filter_values, (self.counted or self.select)(ctx, filter_values))
        limited = query.order_by(None).limit(None if most is None else most + 1)
        return int(self.reads.page(ctx, select(func.count()).select_from(limited.subquery())).scalar_one())

    def open(self, ctx: Ctx, args: Args) -> Source:
        """The rows of an address for files, in the order of the page."""
        filter_values, ordered_view = self.read(ctx, args), self.sorted_by(self.sort_of(args))
        columns = offered(self.columns, ctx, On.FILES)
        stated = [
            (str(list_filter.chip or list_filter.label), list_filter.describe(ctx, value))
            for list_filter in self.filters
            if list_filter.name in filter_values
            for value, _rest in list_filter.parts(filter_values[list_filter.name])
        ]

        def records() -> Iterator[ExportRecord]:
            query = self.for_files(ctx, filter_values, self.query(ctx, filter_values))
            stream = self.reads.stream(ctx, ordered_view.ordered(query, descending=ordered_view.descending))
            for row in self._prepared(ctx, stream):
                values = tuple(column.in_file(ctx, row) for column in columns)
                geometry = self.geometry(row) if self.geometry else None
                yield ExportRecord(values, geometry, self.owner_id(row) if self.owner_id else None)

        return Source(
            tuple(column.file_column for column in columns),
            lambda most: self.count_rows(ctx, filter_values, most),
            records,
            tuple(pair for pair in stated if pair[1]),
            self.notes(ctx),
            self.name_column,
        )

    def _prepared(self, ctx: Ctx, rows: Iterable[Any]) -> Iterable[Any]:
        if self.prepare is None:
            yield from rows
            return
        iterator = iter(rows)
        while portion := list(islice(iterator, FETCH_ROWS)):
            self.prepare(ctx, portion)
            yield from portion


LISTS: Final = KeyedExtensionPoint[ListView]("lists", key=lambda view: view.code)


def lists(*views: ListView, order: int = 0) -> tuple[Contribution, ...]:
    """Lists and their files, for `Feature.provides`."""
    return (
        LISTS.of(*views, order=order),
        EXPORT_LISTS.of(*(view.export for view in views if view.stem), order=order),
    )
