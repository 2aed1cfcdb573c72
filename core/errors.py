"""What can go wrong, in the user's words.

DomainError
├── NotFound        404  absent, or another organization's: the two look alike
├── Forbidden       403  the person may not do this
├── WrongState      409  the record is not in a state that allows it
├── Stale           409  somebody else saved first; carries both versions
├── InvalidInput    422  field -> message
├── NoRoom          503  the disk is nearly full; nothing was taken in
└── Unlawful        422  a statutory minimum period would be broken; carries rule, article, earliest day
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.i18n import Text
from core.i18n import lazy_gettext as _


class DomainError(Exception):
    """A refusal that the user can understand and act on."""

    status = 400

    def __init__(self, message: Text) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class NotFound(DomainError):
    """Say that there is no such thing, or none that this person may see."""

    status = 404

    def __init__(self, message: Text | None = None) -> None:
        super().__init__(message or _("There is no such page or record."))


class Forbidden(DomainError):
    """Refuse what the person's role or an earlier act on the same record does not allow."""

    status = 403

    def __init__(self, message: Text | None = None) -> None:
        super().__init__(message or _("You may not do this."))


class WrongState(DomainError):
    """Refuse a transition that does not start from the record's state."""

    status = 409


class Stale(DomainError):
    """Refuse to overwrite what somebody else saved meanwhile.

    ``mine`` and ``theirs`` map field labels to values, so that the page can show both versions.
    """

    status = 409

    def __init__(
        self, mine: Mapping[str, Any] | None = None, theirs: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(
            _("Somebody else saved this record while you were editing. Nothing of yours is lost.")
        )
        self.mine = dict(mine or {})
        self.theirs = dict(theirs or {})


class InvalidInput(DomainError):
    """Name every field that cannot be accepted, with the reason."""

    status = 422

    def __init__(self, fields: Mapping[str, Text]) -> None:
        super().__init__(next(iter(fields.values()), _("The input is not valid.")))
        self.fields = dict(fields)


class NoRoom(DomainError):
    """Refuse what would fill the disk; the administrator has to make room."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            _("There is too little room left on the server. Nothing was saved; tell the office.")
        )


class Unlawful(DomainError):
    """Refuse a date that would break a statutory period, and say which day would be lawful."""

    status = 422

    def __init__(
        self, message: Text, *, rule: str, statute: str, article: str, field: str, lawful_on: date | None
    ) -> None:
        super().__init__(message)
        self.rule = rule
        self.statute = statute
        self.article = article
        self.field = field
        self.lawful_on = lawful_on


class Misconfigured(Exception):
    """Refuse to start on unsafe configuration; the message names the cure in one line."""

    exit_code = 78
