"""Check the rows of a ledger one after another: each cell, each key, and what the package knows of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from sqlalchemy.orm import Session

from core.errors import InvalidInput
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.ledger.archive import letters
from core.ledger.cells import Read, Unreadable, reader
from core.ledger.passing import Passing
from core.ledger.plan import Plan
from core.ledger.sheets import Sheet
from core.organizations import Organization

AT_ONCE = 1_000
MOST_ROWS = 200_000
MOST_KEPT = 500
MOST_SHOWN = 12

Values = dict[str, Any]
Raw = Sequence[Any]
Fate = Literal["new", "existing", "wrong"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, or worth a second look."""

    row: int
    # of the column in the file; none when the file has no such column
    position: int | None
    column: Text
    message: Text
    written: str = ""
    # of the column in the sheet
    name: str = ""

    @property
    def cell(self) -> str:
        """Return the address of the cell, such as C17."""
        return f"{letters(self.position + 1)}{self.row}" if self.position is not None else f"{self.row}"


@dataclass(slots=True)
class Line:
    """A row of the file with what its cells say."""

    number: int
    values: Values
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """A line for the preview: what its cells mean, and whether it is new, known already or wrong."""

    number: int
    fate: Fate
    values: Values
    wrong: frozenset[str]


@dataclass(slots=True)
class Batch:
    """Some rows of the file: those that can be written, and those with problems."""

    fresh: list[Line]
    wrong: list[Line]


@dataclass(slots=True)
class Tally:
    """What a check has found: counts of everything, and the first problems in full."""

    rows: int = 0
    fresh: int = 0
    existing: int = 0
    passed_over: list[int] = field(default_factory=list)
    problem_count: int = 0
    by_column: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warning_count: int = 0
    warnings: list[Problem] = field(default_factory=list)
    # the first lines as they were understood
    shown: list[Shown] = field(default_factory=list)

    def blame(self, problems: Iterable[Problem]) -> None:
        """Count problems, and keep them while there are not too many."""
        for problem in problems:
            self.problem_count += 1
            name = str(problem.column)
            self.by_column[name] = self.by_column.get(name, 0) + 1
            if len(self.problems) < MOST_KEPT:
                self.problems.append(problem)

    def warn(self, problem: Problem) -> None:
        """Count something worth a second look."""
        self.warning_count += 1
        if len(self.warnings) < MOST_KEPT:
            self.warnings.append(problem)


class Check:
    """The check of one file against what the database holds, batch after batch."""

    def __init__(self, session: Session, sheet: Sheet, plan: Plan, organization: Organization) -> None:
        self.session = session
        self.sheet = sheet
        self.plan = plan
        self.organization = organization
        self.tally = Tally()
        self._seen: dict[tuple[Any, ...], int] = {}
        self._names: dict[Any, int] = {}
        self._readers = list(_readers(sheet, plan))
        self._indexes = [index for _name, index, _read in self._readers]
        self._empty = dict.fromkeys(column.name for column in sheet.columns)
        self._passing = Passing.of(sheet, plan, self._readers)

    @property
    def positions(self) -> list[int]:
        """Return which columns of the file are asked for: every one as far as the headings reach."""
        return list(range(self.plan.width))

    def batches(self, rows: Iterable[Raw], tell: Callable[[int], None] | None = None) -> Iterator[Batch]:
        """Check rows of (number, *cells) and yield them in batches; ``tally`` grows with each."""
        waiting = iter(rows)
        while raw := list(islice(waiting, AT_ONCE)):
            lines = [line for line in map(self._line, raw) if line is not None]
            self.tally.rows += len(lines)
            if self.tally.rows > MOST_ROWS:
                raise InvalidInput({"file": _("At most %(count)d rows at once: divide it.", count=MOST_ROWS)})
            yield self._batch(lines)
            if tell:
                tell(raw[-1][0])
        if not self.tally.rows:
            raise InvalidInput({"file": _("Below the headings there is no row to be taken in.")})

    def _line(self, raw: Raw) -> Line | None:
        if not any(raw[index] for index in self._indexes):
            return None
        if self._passing.is_note(raw[1:]):
            self.tally.passed_over.append(raw[0])
            return None
        line = Line(raw[0], self._empty.copy())
        for name, index, read in self._readers:
            try:
                line.values[name] = read(raw[index])
            except Unreadable as refusal:
                line.problems.append(self._problem(line, name, refusal.message, raw[index]))
        if not line.problems and self._passing.is_sample(line.values):
            self.tally.passed_over.append(raw[0])
            return None
        return line

    def _batch(self, lines: Sequence[Line]) -> Batch:
        self._refuse_twins(lines)
        good = [line for line in lines if not line.problems]
        fresh = self._unknown(good) if good else []
        self.tally.existing += len(good) - len(fresh)
        if self.sheet.check is not None and fresh:
            given = [line.values for line in fresh]
            for index, name, message in self.sheet.check(self.session, given, organization=self.organization):
                fresh[index].problems.append(self._problem(fresh[index], name, message))
        batch = Batch(
            [line for line in fresh if not line.problems], [line for line in lines if line.problems]
        )
        self.tally.fresh += len(batch.fresh)
        for line in batch.wrong:
            self.tally.blame(line.problems)
        self._show(lines, {line.number for line in batch.fresh})
        return batch

    def _show(self, lines: Sequence[Line], fresh: set[int]) -> None:
        for line in lines[: MOST_SHOWN - len(self.tally.shown)]:
            fate: Fate = "wrong" if line.problems else "new" if line.number in fresh else "existing"
            wrong = frozenset(problem.name for problem in line.problems)
            self.tally.shown.append(Shown(line.number, fate, line.values, wrong))

    def _unknown(self, lines: list[Line]) -> list[Line]:
        known = self.sheet.find(self.session, [line.values for line in lines], organization=self.organization)
        return [line for line in lines if self.sheet.key(line.values) not in known] if known else lines

    def _refuse_twins(self, lines: Sequence[Line]) -> None:
        """Find rows of one key, which are refused, and rows of one name, which are worth a second look."""
        for line in lines:
            name = line.values.get(self.sheet.named_by)
            key = self.sheet.key(line.values)
            if any(part is not None for part in key):
                earlier = self._seen.setdefault(key, line.number)
                if earlier != line.number:
                    twin = _("Rows %(first)d and %(second)d are the same.", first=earlier, second=line.number)
                    line.problems.append(self._problem(line, self._key_column(line.values), twin))
                    continue
            if name is not None and (earlier := self._names.setdefault(name, line.number)) != line.number:
                same = _("Row %(first)d has the same name. Both are taken in.", first=earlier)
                self.tally.warn(self._problem(line, self.sheet.named_by, same, name))

    def _key_column(self, values: Values) -> str:
        named = (name for name in self.sheet.natural_key if values.get(name) is not None)
        return next(named, self.sheet.named_by)

    def _problem(self, line: Line, name: str, message: Text, written: Any = None) -> Problem:
        heading = self.plan.heading(name)
        shown = written if written is not None else line.values.get(name)
        return Problem(
            row=line.number,
            position=heading.position if heading else None,
            column=heading.text if heading else self.sheet.column(name).shown,
            message=message,
            written="" if shown is None else str(shown)[:80],
            name=name,
        )


def _readers(sheet: Sheet, plan: Plan) -> Iterator[tuple[str, int, Read]]:
    """Yield for each mapped column its name, its place behind the row number, and what reads its cells."""
    for column in sheet.columns:
        if column.name in plan.columns:
            read = reader(column, unit=plan.units.get(column.name), epoch_1904=plan.epoch_1904)
            yield column.name, plan.columns[column.name] + 1, read
