"""Every role walks the links of its pages: none leads nowhere, none breaks."""

import re
from collections import Counter
from html import unescape

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from core.auth import User
from demo.loading import load

ROLES = ("officer", "approver", "finance", "librarian", "assets", "auditor", "admin")
LINK = re.compile(r'href="(/[^"#]*)')
OF_ONE_KIND = 6  # pages of one kind that are looked at


@pytest.fixture
def zone(app, session):
    with app.test_request_context():
        load(session)
    session.commit()
    return {user.email.partition("@")[0]: user for user in session.scalars(select(User))}


# the library's page of the second factor offers its choices in the old way
@pytest.mark.filterwarnings("ignore:Passing SelectField choices as tuples:DeprecationWarning")
@pytest.mark.parametrize("role", ROLES)
def test_no_link_that_a_role_is_shown_leads_nowhere(app, zone, as_user, role):
    client, adapter = as_user(zone[role]), app.url_map.bind("localhost")
    waiting, came_from, looked_at = ["/"], {"/": ""}, Counter()
    broken = []
    while waiting:
        path = waiting.pop(0)
        answer = client.get(path, buffered=True)
        if answer.status_code >= 400:
            broken.append((path, answer.status_code, came_from[path]))
        if answer.mimetype != "text/html":
            continue
        for link in map(unescape, LINK.findall(answer.text)):
            try:
                endpoint, values = adapter.match(link.partition("?")[0])
            except HTTPException:
                broken.append((link, 404, path))
                continue
            kind = (endpoint, values.get("kind") or values.get("transition"))
            if link not in came_from and endpoint != "static" and looked_at[kind] < OF_ONE_KIND:
                looked_at[kind] += 1
                came_from[link] = path
                waiting.append(link)

    assert broken == []
    assert len(came_from) > 20
