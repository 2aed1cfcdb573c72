"""A vendor's file on the shared screens: what its buttons ask for, and the tables on its page."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session, object_session

from core import clock
from core.documents import Document
from core.formats import day
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.identity import masked
from core.kinds import Action, Fact, Input, Listing
from vendors import accounts, conflicts, needs, papers, returns, review, sanctions
from vendors.categories import CATEGORY_LABELS
from vendors.dossier import PURPOSE_LABELS, AuthorisedAgent, Person, VendorAccount
from vendors.evidence import CREDENTIAL_LABELS, Need
from vendors.models import SIZE_LABELS, EnterpriseSize, Vendor, VendorStatus
from vendors.ties import TIE_LABELS

DECLARABLE = {size: label for size, label in SIZE_LABELS.items() if size is not EnterpriseSize.undeclared}
UNDER_REVIEW = frozenset({VendorStatus.registered, VendorStatus.under_review, VendorStatus.returned})

ON = Input("on", _("Day"), "date")
REASON = Input("reason", _("Reason"), "long_text")
NUMBER = Input("number", _("Account number"))


def _offered(vendor: Vendor) -> Mapping[Any, Text]:
    return {
        each.category: CATEGORY_LABELS[each.category] for each in papers.offered(_session(vendor), vendor)
    }


def _agents(vendor: Vendor) -> Mapping[Any, Text]:
    known = papers.agents(_session(vendor), vendor)
    return {each.id: f"{each.name} {each.letter}" for each in known if each.revoked_on is None}


def _people(*, is_verified: bool | None = None) -> Any:
    def choices(vendor: Vendor) -> Mapping[Any, Text]:
        return {
            each.id: f"{each.name} {CREDENTIAL_LABELS[each.credential]} {each.certificate_number}"
            for each in papers.people(_session(vendor), vendor)
            if is_verified is None or (each.verified_on is not None) is is_verified
        }

    return choices


def _ties(vendor: Vendor) -> Mapping[Any, Text]:
    open_ties = conflicts.open_ties(_session(vendor), vendor, clock.today())
    return {tie.id: f"{tie.user.name}: {TIE_LABELS[tie.kind]} {tie.hint}" for tie in open_ties}


def _session(vendor: Vendor) -> Session:
    session = object_session(vendor)
    if session is None:
        raise LookupError("the vendor belongs to no session")
    return session


RETURN_INPUTS = (
    ON,
    *(
        Input(f"remark_{field}", label, required=False, hint=review.as_it_stands(field))
        for field, label in review.FIELDS.items()
    ),
    Input(
        "reason",
        _("Reason"),
        "long_text",
        required=False,
        hint=_("What concerns the whole file; otherwise a remark at the field is enough."),
    ),
)


def _service(choices: Any) -> Input:
    return Input("category", _("Service"), "choice", choices=choices)


ACTIONS = (
    Action(
        "offer_service",
        papers.offer_service,
        (Input("category", _("Service"), "choice", choices=CATEGORY_LABELS), ON),
    ),
    Action(
        "drop_service", papers.drop_service, (Input("category", _("Service"), "choice", choices=_offered), ON)
    ),
    Action(
        "propose_account",
        accounts.propose,
        (
            Input("holder", _("Account holder"), hint=_("As a rule the registered name.")),
            Input("bank", _("Bank and branch")),
            NUMBER,
            ON,
        ),
    ),
    Action(
        "confirm_account",
        accounts.confirm,
        (
            Input(
                "number",
                _("Account number"),
                hint=_("Type it again from the vendor's own paper; it has to be the same."),
            ),
            ON,
        ),
    ),
    Action("refuse_account", accounts.refuse, (REASON, ON)),
    Action(
        "add_agent",
        papers.add_agent,
        (
            Input("name", _("Full name")),
            Input("phone", _("Phone"), required=False),
            Input("letter", _("Letter of authority"), hint=_("The file among the documents, or its number.")),
            Input("starts_on", _("Authorised from"), "date"),
            Input("ends_on", _("Last day"), "date"),
        ),
    ),
    Action(
        "revoke_agent",
        papers.revoke_agent,
        (Input("agent", _("Agent"), "choice", choices=_agents), REASON, ON),
    ),
    Action(
        "declare_size",
        papers.declare_size,
        (
            Input("size", _("Enterprise size"), "choice", choices=DECLARABLE),
            Input("figures_year", _("Year of the figures"), "integer"),
            Input("document", _("Declaration"), hint=_("The file among the documents, or its number.")),
            ON,
        ),
    ),
    Action(
        "add_person",
        papers.add_person,
        (
            Input("name", _("Full name")),
            Input("id_number", _("Identity number"), hint=_("Only a digest and the last four are kept.")),
            Input("credential", _("Registered as"), "choice", choices=CREDENTIAL_LABELS),
            Input("certificate_number", _("Certificate number")),
            Input("expires_on", _("Last day"), "date", required=False),
        ),
    ),
    Action(
        "verify_person",
        papers.verify_person,
        (
            Input("person", _("Person"), "choice", choices=_people(is_verified=False)),
            Input("source", _("Verified from"), hint=_("The registry, letter or original looked at.")),
            ON,
        ),
    ),
    Action(
        "release_person",
        papers.release_person,
        (Input("person", _("Person"), "choice", choices=_people()), ON),
    ),
    Action(
        "note_premises",
        papers.note_premises,
        (
            Input("address", _("Address")),
            Input("area", _("Area in m²"), "integer"),
            Input("evidence", _("Evidence"), hint=_("Lease or deed, and who went there.")),
            ON,
        ),
    ),
    Action(
        "grant_exception",
        sanctions.grant,
        (
            Input("purpose", _("The vendor may"), "choice", choices=PURPOSE_LABELS),
            Input("authority", _("Authority that decided")),
            Input("document_number", _("Number of its document")),
            REASON,
            Input("until", _("Until"), "date", hint=_("The last day on which it holds.")),
            ON,
        ),
    ),
    Action(
        "clear_tie", conflicts.clear, (Input("tie", _("Declared tie"), "choice", choices=_ties), REASON, ON)
    ),
)
SEND_BACK = Action("send_back", returns.send_back, RETURN_INPUTS)


def facts(session: Session, vendor: Vendor) -> list[Fact]:
    """Return where the vendor is paid, and that payments wait when they do."""
    found = []
    account, waiting = accounts.current(session, vendor), accounts.proposed(session, vendor)
    if account is not None:
        href = url_for("accounts.show", vendor_id=vendor.id, account_id=account.id)
        found.append(Fact(_("Paid to"), str(account), href))
    if waiting is not None:
        found.append(
            Fact(
                _("Payments held"), _("%(account)s is not confirmed") % {"account": str(waiting)}, tone="late"
            )
        )
    return found


def listings(session: Session, vendor: Vendor) -> list[Listing]:
    """Return the tables of a vendor's file, first what calls for something."""
    today = clock.today()
    return [
        _remarks(session, vendor),
        *(_review(session, vendor) if vendor.status in UNDER_REVIEW else ()),
        _needs(session, vendor, today),
        _accounts(session, vendor),
        _agents_listed(session, vendor, today),
        _staff(session, vendor, today),
        _declarations(session, vendor),
        _exceptions(session, vendor, today),
    ]


def need_row(need: Need, today: date) -> Sequence[Any]:
    """Return a requirement as the page and the list of what is missing show it."""
    known = need.requirement
    lamp = Markup('<span class="lamp {}">{}</span>')  # colour, shape and words
    state = lamp.format("ok" if need.is_met(today) else "late", need.words(today))
    return (CATEGORY_LABELS[need.category], state, known.authority, known.source)


NEED_HEADINGS = (_("Service"), _("State"), _("Granted by"), _("Checked at"))


def _remarks(session: Session, vendor: Vendor) -> Listing:
    waiting = review.remarks(session, vendor)
    rows = [(review.FIELDS[each.field], each.text, day(each.made_on)) for each in waiting]
    return Listing(_("To be corrected"), (_("Field"), _("What is wrong"), _("Day")), rows)


def _review(session: Session, vendor: Vendor) -> Iterator[Listing]:
    before = review.answered(session, vendor)
    rows = [(review.FIELDS[each.field], each.text, day(each.made_on)) for each in before]
    yield Listing(_("Asked for at the last return"), (_("Field"), _("What is wrong"), _("Day")), rows)
    changed = [
        (each.field, _cell(each.before), _cell(each.after)) for each in review.changes(session, vendor)
    ]
    yield Listing(_("Changed since the last decision"), (_("Field"), _("Before"), _("Now")), changed)
    alike = [(str(twin.vendor), twin.why) for twin in review.twins(session, vendor)]
    yield Listing(_("May be the same vendor"), (_("Vendor"), _("Why")), alike)


def _cell(value: Any) -> Any:
    if not isinstance(value, Document):
        return value
    href = url_for("office.document", document_id=value.id)
    return Markup('<a href="{}">{}</a>').format(href, value.filename)


def _needs(session: Session, vendor: Vendor, today: date) -> Listing:
    rows = [need_row(need, today) for need in needs.of_vendor(session, vendor, today)]
    return Listing(_("Required for its services"), NEED_HEADINGS, rows)


def _accounts(session: Session, vendor: Vendor) -> Listing:
    rows = [
        (
            each.holder,
            each.bank,
            masked(each.last_four),
            _account_state(each),
            day(each.confirmed_on or each.proposed_on),
        )
        for each in accounts.of_vendor(session, vendor)
    ]
    headings = (_("Account holder"), _("Bank and branch"), _("Account number"), _("State"), _("Day"))
    return Listing(_("Bank accounts"), headings, rows)


def _account_state(account: VendorAccount) -> Text:
    if account.is_proposed:
        return _("Waits for a second officer; payments are held")
    if account.is_current:
        return _("Paid to")
    return _("Replaced") if account.confirmed_on is not None else _("Refused")


def _agents_listed(session: Session, vendor: Vendor, today: date) -> Listing:
    rows = [
        (
            each.name,
            each.phone,
            each.letter,
            day(each.starts_on),
            day(each.ends_on),
            _agent_state(each, today),
        )
        for each in papers.agents(session, vendor)
    ]
    headings = (
        _("Full name"),
        _("Phone"),
        _("Letter of authority"),
        _("Authorised from"),
        _("Last day"),
        _("State"),
    )
    return Listing(_("Authorised agents"), headings, rows)


def _agent_state(agent: AuthorisedAgent, today: date) -> Text:
    if agent.revoked_on is not None and agent.revoked_on <= today:
        return _("Ended")
    if agent.ends_on < today:
        return _("Lapsed")
    if agent.is_in_force(today):
        left = (agent.ends_on - today).days
        return _("Lapses in %(days)d days") % {"days": left} if left <= LAPSES_SOON else _("Holds")
    return _("Not yet in force")


LAPSES_SOON = 30


def _staff(session: Session, vendor: Vendor, today: date) -> Listing:
    rows: list[Sequence[Any]] = [
        (
            each.name,
            masked(each.id_tail),
            CREDENTIAL_LABELS[each.credential],
            each.certificate_number,
            day(each.expires_on),
            _person_state(each, today),
        )
        for each in papers.people(session, vendor)
    ]
    seen = papers.premises(session, vendor)
    if seen is not None:
        rows.append((_("Premises"), None, seen.address, f"{seen.area} m²", None, day(seen.seen_on)))
    headings = (
        _("Name"),
        _("Identity number"),
        _("Registered as"),
        _("Certificate number"),
        _("Last day"),
        _("State"),
    )
    return Listing(_("Registered people and premises"), headings, rows)


def _person_state(person: Person, today: date) -> Text:
    if person.verified_on is None:
        return _("Not verified")
    if person.expires_on is not None and person.expires_on < today:
        return _("Lapsed")
    return _("Verified from %(source)s") % {"source": person.source}


def _declarations(session: Session, vendor: Vendor) -> Listing:
    rows = [
        (SIZE_LABELS[each.size], each.figures_year, day(each.declared_on), each.document)
        for each in papers.declarations(session, vendor)
    ]
    headings = (_("Enterprise size"), _("Year of the figures"), _("Declared on"), _("Declaration"))
    return Listing(_("Declarations of size"), headings, rows)


def _exceptions(session: Session, vendor: Vendor, today: date) -> Listing:
    rows = [
        (
            PURPOSE_LABELS[each.purpose],
            each.authority,
            each.document_number,
            each.reason,
            day(each.until),
            _("Holds") if each.until >= today else _("Ended"),
        )
        for each in sanctions.exceptions(session, vendor)
    ]
    headings = (
        _("The vendor may"),
        _("Authority that decided"),
        _("Number of its document"),
        _("Reason"),
        _("Until"),
        _("State"),
    )
    return Listing(_("Exceptions to a sanction"), headings, rows)
