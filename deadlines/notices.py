"""A year's holiday notice, read from a CSV or JSON file that an administrator imports.

CSV: lines ``# year: 2027``, ``# title: ...``, ``# number: ...``, ``# issued_on: ...``, ``# url: ...``, then a
table ``from,to,kind,festival`` (``to`` and ``festival`` may be empty; kind is holiday or make_up). JSON: the
document of ``calendar.as_document``. Chinese headings and words are understood as well.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from core.errors import InvalidInput
from core.i18n import Text
from core.i18n import lazy_gettext as _
from deadlines.calendar import SATURDAY, Festival, Notice, YearArrangement

DATE = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D?")
META = re.compile(r"#\s*([^:\uFF1A]+)[:\uFF1A]\s*(.*)")
LONGEST_RANGE = timedelta(days=31)
YEARS = range(1949, 2200)
FIELDS: Mapping[str, Text] = {
    "from": _("from"),
    "to": _("to"),
    "kind": _("kind"),
    "festival": _("festival"),
    "year": _("year"),
    "title": _("title"),
    "issued_on": _("issued_on"),
}
# what a notice cannot do without, and what its reader asks first
MUST = frozenset({"year", "title", "number", "issued_on"})
# the table of days, where it stands without headings
COLUMNS = ("from", "to", "kind", "festival")
# off in every year since 1949: a file without them is not a whole year
ALWAYS_OFF = ((1, 1), (5, 1), (10, 1))


class NoticeFormat(StrEnum):
    """The file formats a notice can be imported from."""

    csv = "csv"
    json = "json"


def parse_notice(text: str, format: NoticeFormat) -> YearArrangement:
    """Read one year's arrangement, or raise InvalidInput naming every line and field that is wrong."""
    problems = _Problems()
    draft = (_from_csv if format is NoticeFormat.csv else _from_json)(text.lstrip("\ufeff"), problems)
    problems.refuse()
    arrangement = draft.arrangement(problems)
    problems.refuse()
    faults = arrangement_faults(arrangement)
    if faults:
        raise InvalidInput(faults)
    return arrangement


def as_notice(year: YearArrangement, language: str) -> str:
    """Write a year as the CSV that ``parse_notice`` reads, in the reader's own words."""
    words = _chinese() if language.lower().startswith("zh") else {}
    notice = year.notices[-1] if year.notices else Notice("")
    meta = {
        "year": str(year.year),
        "title": notice.title,
        "number": notice.number or "",
        "issued_on": notice.issued_on.isoformat() if notice.issued_on else "",
        "url": notice.url or "",
        "remark": year.remark or "",
    }
    lines = [f"# {words.get(name, name)}: {text}" for name, text in meta.items() if text or name in MUST]
    lines.append(",".join(words.get(name, name) for name in ("from", "to", "kind", "festival")))
    for first, last, festival in sorted(_stretches(year)):
        kind = "holiday" if festival else "make_up"
        to = "" if last == first else last.isoformat()
        name = words.get(festival, festival) if festival is not Festival.other else ""
        lines.append(f"{first.isoformat()},{to},{words.get(kind, kind)},{name}")
    return "\n".join(lines) + "\n"


def _stretches(year: YearArrangement) -> Iterator[tuple[date, date, str]]:
    ordered = [*sorted(year.holidays), *((day, "") for day in sorted(year.make_up))]
    start = 0
    for index, (day, festival) in enumerate(ordered):
        following = ordered[index + 1] if index + 1 < len(ordered) else None
        if following != (day + timedelta(days=1), festival):
            yield ordered[start][0], day, festival
            start = index + 1


def _chinese() -> dict[str, str]:
    found: dict[str, str] = {}
    for words in _words().values():
        for chinese, code in words.items():
            if not chinese.isascii():
                found.setdefault(code, chinese)
    return found


def arrangement_faults(year: YearArrangement) -> dict[str, Text]:
    """Name what is wrong with a year, by day; nothing when it can be used."""
    holidays = [day for day, _festival in year.holidays]
    faults: dict[str, Text] = {}
    for day in (*holidays, *year.make_up):
        if day.year != year.year and (day.year, day.month) != (year.year - 1, 12):
            faults[str(day)] = _(
                "%(day)s lies outside %(year)s and the December before.", day=str(day), year=year.year
            )
    for day in year.make_up:
        if day.weekday() < SATURDAY:
            faults[str(day)] = _("%(day)s is not a weekend day and needs no make-up.", day=str(day))
    for day in _repeated((*holidays, *year.make_up)):
        faults[str(day)] = _("%(day)s is listed twice.", day=str(day))
    for month, number in ALWAYS_OFF:
        day = date(year.year, month, number)
        if year.published and day not in holidays:
            faults[str(day)] = _("%(day)s is a statutory holiday and must be listed.", day=str(day))
    return faults


@dataclass
class _Problems:
    """The faults found so far, each under the place where it was found."""

    found: dict[str, Text] = field(default_factory=dict)

    def add(self, place: str, name: str, reason: Text) -> None:
        where = f"{place}.{name}" if place else name
        said = FIELDS.get(name, name)
        if place.isdigit():
            message = _("Line %(line)s, %(field)s: %(reason)s", line=place, field=said, reason=reason)
        else:
            message = _("%(field)s: %(reason)s", field=where if place else said, reason=reason)
        self.found.setdefault(where, message)

    def refuse(self) -> None:
        if self.found:
            raise InvalidInput(self.found)


@dataclass
class _Draft:
    """What a file says, before it is checked as a whole."""

    meta: dict[str, str]
    notices: list[Mapping[str, Any]]
    holidays: list[tuple[date, Festival]]
    make_up: list[date]

    def arrangement(self, problems: _Problems) -> YearArrangement:
        year = self.meta.get("year", "").strip()
        if not (year.isdigit() and int(year) in YEARS):
            problems.add("", "year", _("is missing or not a year"))
        notices = tuple(self._notices(problems))
        if not any(notice.title for notice in notices):
            problems.add("", "title", _("is missing: name the notice this comes from"))
        problems.refuse()
        return YearArrangement(
            year=int(year),
            holidays=tuple(sorted(self.holidays)),
            make_up=tuple(sorted(self.make_up)),
            notices=notices,
            remark=self.meta.get("remark") or None,
        )

    def _notices(self, problems: _Problems) -> Iterator[Notice]:
        for notice in self.notices or [self.meta]:
            issued = str(notice.get("issued_on") or "")
            yield Notice(
                title=str(notice.get("title") or ""),
                number=str(notice.get("number") or "") or None,
                issued_on=_date(issued, "", "issued_on", problems) if issued else None,
                url=str(notice.get("url") or "") or None,
            )


def _from_csv(text: str, problems: _Problems) -> _Draft:
    draft = _Draft({}, [], [], [])
    rows: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if meta := META.match(line.strip()):
            draft.meta[_word("fields", meta[1])] = meta[2].strip().rstrip(",")
        elif line.strip().strip(","):
            rows.append((number, line))
    if not rows:
        problems.add("", "from", _("the table of days is missing"))
        return draft
    first = next(csv.reader([rows[0][1]]))
    if DATE.fullmatch(first[0].strip()):  # typed in without headings
        headings, days = list(COLUMNS), rows
    else:
        headings, days = [_word("fields", cell) for cell in first], rows[1:]
    for missing in {"from", "kind"} - set(headings):
        problems.add(str(rows[0][0]), missing, _("there is no such column"))
    problems.refuse()
    for number, line in days:
        cells = dict(zip(headings, next(csv.reader([line])), strict=False))
        _add_row(draft, str(number), cells, problems)
    return draft


def _add_row(draft: _Draft, line: str, cells: Mapping[str, str], problems: _Problems) -> None:
    first = _date(cells["from"], line, "from", problems)
    last = _date(cells["to"], line, "to", problems) if cells.get("to", "").strip() else first
    kind = _word("kinds", cells.get("kind", ""))
    if kind not in ("holiday", "make_up"):
        problems.add(line, "kind", _("is neither holiday nor make_up"))
    festival = _festival(cells.get("festival", ""), line, problems)
    if first is None or last is None:
        return
    if not timedelta(0) <= last - first <= LONGEST_RANGE:
        problems.add(line, "to", _("lies before the first day or more than a month after it"))
        return
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if kind == "make_up":
        draft.make_up += days
    else:
        draft.holidays += [(day, festival) for day in days]


def _from_json(text: str, problems: _Problems) -> _Draft:
    draft = _Draft({}, [], [], [])
    try:
        document = json.loads(text)
    except json.JSONDecodeError as wrong:
        problems.add(str(wrong.lineno), "json", _("is not valid JSON"))
        return draft
    if not isinstance(document, dict):
        problems.add("", "json", _("is not one year's document"))
        return draft
    draft.meta = {
        key: str(document[key])
        for key in ("year", "title", "number", "issued_on", "url", "remark")
        if document.get(key)
    }
    draft.notices = [
        entry for entry in _typed(document, "notices", list, problems) if isinstance(entry, dict)
    ]
    for name, days in _typed(document, "holidays", dict, problems).items():
        place = f"holidays.{name}"
        festival = _festival(name, place, problems)
        draft.holidays += [(day, festival) for day in _dates(days, place, problems)]
    draft.make_up = list(_dates(_typed(document, "make_up", list, problems), "make_up", problems))
    return draft


def _typed(document: Mapping[str, Any], name: str, kind: Callable[[], Any], problems: _Problems) -> Any:
    content = document.get(name, kind())
    if isinstance(content, type(kind())):
        return content
    problems.add("", name, _("is not written as it should be"))
    return kind()


def _dates(days: Any, place: str, problems: _Problems) -> Iterator[date]:
    if not isinstance(days, list):
        problems.add("", place, _("is not written as it should be"))
        return
    for index, text in enumerate(days):
        day = _date(str(text), place, f"[{index}]", problems)
        if day:
            yield day


def _date(text: str, place: str, name: str, problems: _Problems) -> date | None:
    match = DATE.fullmatch(text.strip())
    with suppress(ValueError):  # 31 June looks like a date until it is made one
        if match:
            return date(*map(int, match.groups()))
    problems.add(place, name, _("%(text)s is not a date; write it like 2027-01-31", text=text.strip() or "-"))
    return None


def _festival(text: str, place: str, problems: _Problems) -> Festival:
    name = _word("festivals", text) or Festival.other.value
    if name in Festival.__members__:
        return Festival(name)
    problems.add(place, "festival", _("%(text)s is not a known festival", text=text.strip()))
    return Festival.other


def _word(kind: str, text: str) -> str:
    word = text.strip().lower()
    return _words()[kind].get(word, word)


@cache
def _words() -> dict[str, dict[str, str]]:
    text = files("deadlines").joinpath("data/calendar/words.json").read_text(encoding="utf-8")
    words: dict[str, dict[str, str]] = json.loads(text)
    return words


def _repeated(days: Iterable[date]) -> list[date]:
    return [day for day, times in Counter(days).items() if times > 1]
