"""What a package declares so that its records can be imported: columns and natural keys as data."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import NotFound
from core.i18n import Text
from core.permissions import Permission

CellType = Literal["text", "date", "money", "integer", "choice", "boolean"]


@dataclass(frozen=True)
class Column:
    """One column: the headings it goes by, and what its cells hold.

    ``choices`` maps each accepted word, in any language, to the stored value.
    """

    name: str
    titles: tuple[str, ...]
    type: CellType = "text"
    required: bool = False
    choices: Mapping[str, Any] = field(default_factory=dict)
    longest: int = 200
    label: Text | None = None
    # raises core.errors.InvalidInput or ValueError in the user's words, or returns the clean value
    clean: Callable[[Any], Any] | None = None
    # words that stand for an empty cell here, besides those that do everywhere
    blanks: tuple[str, ...] = ()
    # what the template shows as an example; by its type unless given
    sample: str | None = None

    @property
    def shown(self) -> Text:
        """Return the column's name for people."""
        return self.label or self.titles[0]


@dataclass(frozen=True)
class Sheet:
    """A kind of record as a sheet.

    Rows are mappings of every column's name to its clean value, None where the cell is empty.
    ``find`` maps the natural keys of some rows to the ids of records that exist already;
    ``load`` writes the rows that are new and returns their record ids in order;
    ``check`` may name what is wrong with a batch of rows beyond their shape, as (row index, column, message).
    """

    kind: str
    columns: tuple[Column, ...]
    natural_key: tuple[str, ...]
    # load(session, rows, *, by, organization, on)
    load: Callable[..., list[int]]
    # find(session, rows, *, organization)
    find: Callable[..., dict[tuple[Any, ...], int]]
    label: Text
    needs: Permission = Permission.ledger_import
    # check(session, rows, *, organization)
    check: Callable[..., list[tuple[int, str, Text]]] | None = None
    # where a blank in the natural key has a substitute: a vendor without a code goes by its name
    identify: Callable[[Mapping[str, Any]], tuple[Any, ...]] | None = None
    # the column by which people know a row: two rows of one name are worth a warning
    named_by: str = "title"

    def key(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return a row's natural key."""
        if self.identify is not None:
            return self.identify(row)
        return tuple(row.get(name) for name in self.natural_key)

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)


class Sheets:
    """The sheets that the application is composed of, by kind.

    ``upkeep`` names the acts of the trail that are no reason to keep an import: the program's own.
    """

    def __init__(self, sheets: Sequence[Sheet] = (), *, upkeep: frozenset[str] = frozenset()) -> None:
        self._by_kind = {sheet.kind: sheet for sheet in sheets}
        self.upkeep = upkeep

    def __iter__(self) -> Iterator[Sheet]:
        return iter(self._by_kind.values())

    def __getitem__(self, kind: str) -> Sheet:
        try:
            return self._by_kind[kind]
        except KeyError:
            raise NotFound from None
