"""The floor of the list page: bare Flask, the bare driver, one keyset query, text put together."""

from html import escape
from typing import Any

from flask import Flask, request, session

from bench.databases import KEY, Office

SELECT = """
select c.id, r.number, r.title, c.vendor_name, c.category, c.amount, c.status, c.signed_on, c.ends_on
from contracts c join records r on r.id = c.id
where r.organization_id in ({scope}) and {where} order by {order} limit 51
"""
WHO = (
    "select u.id, o.path from users u join organizations o on o.id = u.organization_id where fs_uniquifier = "
)
BELOW = "select id from organizations where path like "


def bare_app(place: Office) -> Flask:
    """Return an application that knows its user, keeps to the scope and shows a page of contracts."""
    app = Flask(__name__)
    app.secret_key, app.testing = KEY, True
    connection = place.connect()
    if place.engine == "postgresql":
        connection.autocommit = True

    @app.get("/")
    def index() -> str:
        found = connection.execute(WHO + place.mark, (session["_user_id"],)).fetchone()
        scope = connection.execute(BELOW + place.mark, (found[1] + "%",)).fetchall()
        query = SELECT.format(
            scope=",".join(str(row[0]) for row in scope),
            where=request.args["where"],
            order=request.args["order"],
        )
        rows = connection.execute(query).fetchall()
        return "".join(["<table>", *(_row(row) for row in rows[:50]), "</table>"])

    return app


def _row(row: tuple[Any, ...]) -> str:
    cells = "".join(f"<td>{escape(str(value))}</td>" for value in row[1:])
    return f'<tr><td><a href="/records/{row[0]}">{row[0]}</a></td>{cells}</tr>'
