"""What a check has found, as it is stored and shown: in every language, for whoever reads it later."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from core.config import DEFAULTS
from core.i18n import Text, speaking
from core.ledger.checking import Problem, Shown, Tally
from core.ledger.sheets import Column, Sheet

MOST_PASSED_OVER = 50


def of(tally: Tally, sheet: Sheet) -> dict[str, Any]:
    """Return the report of a check."""
    return {
        "rows": tally.rows,
        "passed_over": tally.passed_over[:MOST_PASSED_OVER],
        "passed_over_count": len(tally.passed_over),
        "by_column": tally.by_column,
        "problems": listed(tally.problems),
        "warning_count": tally.warning_count,
        "warnings": listed(tally.warnings),
        "shown": [_line(line, sheet) for line in tally.shown],
    }


def _line(line: Shown, sheet: Sheet) -> dict[str, Any]:
    values = {column.name: _shown(column, line.values.get(column.name)) for column in sheet.columns}
    return {"row": line.number, "fate": line.fate, "values": values, "wrong": sorted(line.wrong)}


def _shown(column: Column, value: Any) -> str | bool | None:
    """Return a clean value as the preview shows it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if column.type == "choice":
        return next((word for word, meant in column.choices.items() if meant == value), str(value))
    return str(value)


def listed(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return problems with their cells and what is wrong with each."""
    return [
        {
            "cell": problem.cell,
            "row": problem.row,
            "column": spoken(problem.column),
            "written": problem.written,
            "message": spoken(problem.message),
        }
        for problem in problems
    ]


def spoken(text: Text) -> dict[str, str]:
    """Return a text in every language of the program."""
    said = {}
    for language in DEFAULTS["LANGUAGES"]:
        with speaking(language):
            said[language] = str(text)
    return said
