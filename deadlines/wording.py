"""What a reminder says: the rule and the number of the record, and nothing confidential."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.i18n import gettext as _
from core.i18n import language
from deadlines.loading import load_catalogue

SOON = 7
MOST_LINES = 40
MOST_LINES_OF_A_ROBOT = 12


@dataclass(frozen=True)
class Item:
    """One deadline in a message."""

    rule_id: str
    number: str
    record_id: int
    due_on: date
    provisional: bool
    owed: bool = True


def rule_title(rule_id: str) -> str:
    """Return what a rule asks for, in the reader's language."""
    rule = load_catalogue().rules.get(rule_id)
    return rule.title.to(language()) if rule else rule_id


def urgency(item: Item, today: date) -> str:
    """Say how long there is; an unpublished calendar is never called overdue."""
    left, day = (item.due_on - today).days, item.due_on.isoformat()
    if item.provisional:
        words = _("not before %(day)s, calendar not published", day=day)
    elif left > 0:
        words = _("%(days)s days left, due on %(day)s", days=left, day=day)
    elif not item.owed:
        words = _("since %(day)s", day=day)
    elif left == 0:
        words = _("today is the last day")
    else:
        words = _("overdue by %(days)s days, it was due on %(day)s", days=-left, day=day)
    return str(words)


def subject(items: Sequence[Item], site_name: str, today: date) -> str:
    """Return the title of a message: how many deadlines, and how urgent the first of them is."""
    if len(items) == 1:
        words = _(
            "%(what)s: %(number)s, %(urgency)s",
            what=rule_title(items[0].rule_id),
            number=items[0].number,
            urgency=urgency(items[0], today),
        )
    else:
        late = sum(item.owed and not item.provisional and item.due_on < today for item in items)
        first = items[0].due_on.isoformat()
        words = (
            _("%(count)s deadlines, %(late)s of them overdue", count=len(items), late=late)
            if late
            else _("%(count)s deadlines, the first on %(day)s", count=len(items), day=first)
        )
    return f"[{site_name}] {words}"[:300]


def body(
    items: Sequence[Item], base_url: str, today: date, most: int = MOST_LINES, *, for_party: bool = False
) -> str:
    """Return the text of a message: one line for each deadline, the most urgent first.

    Somebody from an outside party is led into the portal, and to nothing of the office.
    """
    site = f"{base_url}/portal" if for_party else base_url
    lines = []
    for item in items[:most]:
        lines.append(f"{_mark(item, today)} {urgency(item, today)}")
        lines.append(f"  {rule_title(item.rule_id)} · {item.number}")
        lines.append(f"  {site}/records/{item.record_id}")
    if len(items) > most:
        lines.append(_("and %(count)s more in your inbox", count=len(items) - most))
    if for_party:
        return "\n".join([*lines, "", f"{site}/messages"])
    settings = _("How you are reminded: %(url)s", url=f"{site}/settings/notifications")
    return "\n".join([*lines, "", f"{site}/inbox", settings])


def _mark(item: Item, today: date) -> str:
    if item.provisional:
        return "?"
    if item.due_on < today and item.owed:
        return "■"
    return "▲" if (item.due_on - today).days <= SOON else "●"
