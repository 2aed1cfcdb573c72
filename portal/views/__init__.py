"""The portal's own routes; each demands an account of a party, and what the scope shows is the party's."""

from portal.views import company, files, home, libraries, messages, papers, people, work
from portal.views.page import bp

__all__ = ["bp", "company", "files", "home", "libraries", "messages", "papers", "people", "work"]
