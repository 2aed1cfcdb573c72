"""Statements that are asked again and again: compiled to the driver's words once, then only sent.

SQLAlchemy finds a statement that it knows by walking all of it, each time. For the few statements of
which every page consists that walk costs more than the answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Select
from sqlalchemy.orm import Session

Row = tuple[Any, ...]


class Prepared:
    """A select of which everything that varies is a named ``bindparam``; lists are part of the statement."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._sent: dict[str, _Sent] = {}

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Row]:
        """Return all rows, with the values as the model has them."""
        connection = session.connection()
        dialect = connection.dialect
        sent = self._sent.get(dialect.name)
        if sent is None:
            sent = self._sent[dialect.name] = _Sent(self._statement, dialect, values)
        found = connection.exec_driver_sql(sent.text, sent.bind(values)).fetchall()
        return sent.read(found)


class _Sent:
    """A statement in the words of one engine."""

    def __init__(self, statement: Select[Any], dialect: Dialect, values: Mapping[str, Any]) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        expanded = compiled.construct_expanded_state(dict(values))
        self.text: str = expanded.statement
        self._names: Sequence[str] | None = expanded.positiontup
        named = {name: param.type.dialect_impl(dialect) for name, param in compiled.binds.items()}
        processes = {name: kind.bind_processor(dialect) for name, kind in named.items()}
        self._processes: Mapping[str, Any] = {**expanded.processors, **processes}
        self._fixed = {name: self._bound(name, value) for name, value in expanded.parameters.items()}
        types = [column.type for column in statement.selected_columns]
        readers = [kind.dialect_impl(dialect).result_processor(dialect, None) for kind in types]
        self._readers = [(i, reader) for i, reader in enumerate(readers) if reader is not None]

    def _bound(self, name: str, value: Any) -> Any:
        process = self._processes.get(name)
        return process(value) if process is not None else value

    def bind(self, values: Mapping[str, Any]) -> Any:
        """Return the values as the driver takes them."""
        asked = self._fixed | {name: self._bound(name, value) for name, value in values.items()}
        return tuple(asked[name] for name in self._names) if self._names is not None else asked

    def read(self, rows: Sequence[Any]) -> list[Row]:
        """Return the rows with the values as the model has them."""
        if not rows or not self._readers:
            return [tuple(row) for row in rows]
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for position, reader in self._readers:
            columns[position] = list(map(reader, columns[position]))
        return list(zip(*columns, strict=True))
