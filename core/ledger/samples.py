"""The example that a template shows for each column: what a cell looks like, nobody's data."""

from core.ledger.cells import offered
from core.ledger.sheets import Column

BY_TYPE = {"date": "2026-03-02", "money": "120000.00", "integer": "30", "boolean": "是"}


def sample_of(column: Column) -> str:
    """Return the example for a column."""
    if column.sample is not None:
        return column.sample
    if column.type == "choice":
        return offered(column)[0]
    return BY_TYPE.get(column.type, f"示例{title_in(column, chinese=True)}"[: column.longest])


def title_in(column: Column, *, chinese: bool) -> str:
    """Return the first title of a column in a language, or its first."""
    return next((t for t in column.titles if t.isascii() is not chinese), column.titles[0])
