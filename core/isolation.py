"""Row-level security: PostgreSQL's own second net under the scope, and what a session tells it.

The policies show a row to a session that says ``app.scope`` is ``all``, or is the party that the row
concerns; to one that has said nothing, no row at all. What is said ends with its transaction, so that a
pooled connection carries nothing from one person to the next.

A condition on every row keeps the planner from the index of a search, which could tell of rows that are
not to be seen. Whoever sees all of them therefore becomes ``procurement_office`` for the transaction: the
policy of that role has no condition.
"""

from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction

OFFICE = "procurement_office"
EVERYTHING, NOTHING = "all", ""

FREE, BY_ROLE, BY_WORD = "free", "role", "word"
KNOWN = "row_security"
# the connection of the running transaction
HEARS = "row_security_hears"
ASK = (
    "SELECT me.rolsuper OR me.rolbypassrls, pg_has_role(office.oid, 'MEMBER') "
    "AND has_table_privilege(office.oid, to_regclass('records'), 'SELECT') "
    "AND has_table_privilege(office.oid, to_regclass('records'), 'INSERT') "
    "FROM pg_roles me LEFT JOIN pg_roles office ON office.rolname = 'procurement_office' "
    "WHERE me.rolname = current_user"
)
SAY = "SELECT set_config('role', %s, true), set_config('app.scope', %s, true)"


def say(session: Session, word: str) -> None:
    """Say from now on whose rows the session is about: all, one party's, or none."""
    session.info["rows"] = word
    _repeat(session)


def say_all(connection: Connection) -> None:
    """Show a connection without a session, such as a migration's, every row until its transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(SAY, ("none", EVERYTHING))


def is_secured(connection: Connection) -> bool:
    """Return whether the policies bind whoever is connected: superusers pass them by."""
    return connection.dialect.name == "postgresql" and _way(connection) != FREE


def policies(table: str, mine: str) -> tuple[str, ...]:
    """Return the statements that let a party see of a table what meets a condition with ``{scope}``."""
    scope = "current_setting('app.scope', true)"
    condition = f"{scope} = '{EVERYTHING}' OR ({mine.format(scope=scope)})"
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY of_scope ON {table} USING ({condition})",
        f"CREATE POLICY of_office ON {table} TO {OFFICE} USING (true)",
    )


def without_policies(table: str) -> tuple[str, ...]:
    """Return the statements that undo it."""
    return (
        f"DROP POLICY of_office ON {table}",
        f"DROP POLICY of_scope ON {table}",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    )


@event.listens_for(Session, "after_begin")
def _say_at_begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested or connection.dialect.name != "postgresql":
        return
    session.info[HEARS] = connection
    if session.info.get("rows", EVERYTHING) != NOTHING:
        _repeat(session)


@event.listens_for(Session, "after_soft_rollback")
def _say_again(session: Session, ended: SessionTransaction) -> None:
    if ended.nested:  # what was said inside a savepoint went with it
        _repeat(session)


@event.listens_for(Session, "after_transaction_end")
def _be_silent(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(HEARS, None)


def _repeat(session: Session) -> None:
    connection: Connection | None = session.info.get(HEARS)
    if connection is not None and not connection.closed and not connection.invalidated:
        _send(connection, session.info.get("rows", EVERYTHING))


def _send(connection: Connection, word: str) -> None:
    way = _way(connection)
    driver = _driver(connection)
    if way == FREE or driver.info.transaction_status == TransactionStatus.INERROR:
        return  # a failed transaction hears nothing, and ends with what was said in it
    role = OFFICE if word == EVERYTHING and way == BY_ROLE else "none"
    driver.execute(SAY, (role, word))


def _way(connection: Connection) -> str:
    """Return how one who sees everything says so on this connection; asked once of each."""
    known: str | None = connection.info.get(KNOWN)
    if known is None:
        is_free, is_member = _driver(connection).execute(ASK).fetchone()
        known = FREE if is_free else BY_ROLE if is_member else BY_WORD
        connection.info[KNOWN] = known
    return known


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
